import { type AdminAnswer, refuse } from '../../../src-shared/contract/admin-error.ts';
import { type LedgerConfig, primaryOf } from '../../../src-shared/model/ledger-config.ts';
import type { MissingDataStatus } from '../../../src-shared/model/missing-data.ts';
import { formatInstant } from '../../../src-shared/model/scalars.ts';
import type { Actor } from '../../../src-shared/model/actor.ts';
import { joinNames } from '../../../src-shared/view/join-names.ts';
import type { Log } from '../base/log.ts';
import type { TimelineNote } from '../base/timeline-note.ts';
import type { CommitQueue } from '../store/commit-queue.ts';
import { type DataLoss, forgetLoss, writeLoss } from '../store/data-loss.ts';
import type { HostedReplica } from './hosted-replica.ts';
import { othersOf } from './membership.ts';
import type { Replicas } from './replicas.ts';

const nothingMissing =
  'No data of this server is missing. A loss is accepted on a server whose data is missing, as its status says.';

const forceHint = 'To accept the loss all the same: understudy ledger accept-loss --force';

export interface MissingDataOptions {
  serverId: string;
  /** Who orders something here. */
  admin: Actor;
  /** What was found at this start, or at an earlier one. */
  dataLoss: DataLoss | null;
  /** Where that is kept. */
  file: string;
  replicas: () => Replicas;
  commits: Pick<CommitQueue, 'settled'>;
  wallMs: () => number;
  nameOf: (id: string) => string;
  note: (note: TimelineNote) => void;
  log: Pick<Log, 'warn'>;
  /** The state that admins see is another one than before. */
  onChange: () => void;
}

/**
 * What this server has lost. Its ledgers are incomplete until another member has given back what it has,
 * or an admin accepts the loss: until then this server serves none of them (protocol section 3b).
 */
export class MissingData {
  readonly #options: MissingDataOptions;
  #loss: DataLoss | null;
  /** What the timeline says when nothing is missing any longer. */
  #end: TimelineNote = {
    kind: 'dataGivenBack',
    severity: 'info',
    message: 'The data that was missing here is complete again.',
  };
  #settling: Promise<boolean> | undefined;
  #hasFailed = false;
  /** All ledgers are there, so that one which is not complete is not missed. */
  #hasBegun = false;
  /** What was found while this server runs is written down, or cannot be. */
  #written = Promise.resolve();

  constructor(options: MissingDataOptions) {
    this.#options = options;
    this.#loss = options.dataLoss;
  }

  /** Whether some of what this server had of a ledger may be missing here. */
  concerns(config: LedgerConfig): boolean {
    if (!this.#loss) return false;
    const isAlone = othersOf(config, this.#options.serverId).length === 0;
    switch (this.#loss.kind) {
      case 'missing':
        return true;
      case 'restored':
        return !isAlone;
      case 'putBack':
        return !isAlone && config.membership.rule === 'majority';
    }
  }

  /**
   * The data directory is a copy of an earlier time: where votes decide, what this server promised and
   * acknowledged since is missing. Where rows are united no more is believed of it than it has.
   */
  notePutBack(): void {
    if (this.#loss) return;
    const loss: DataLoss = {
      noticedMs: Math.round(this.#options.wallMs()),
      kind: 'putBack',
      cause: 'The data directory of this server was put back from an earlier state',
    };
    for (const replica of this.#options.replicas().all()) replica.step({ type: 'putBackNoticed' });
    if (this.#incomplete().length === 0) return;
    this.#loss = loss;
    this.begin();
    this.#options.onChange();
    this.#written = writeLoss(this.#options.file, loss).catch((error: unknown) => {
      this.#options.log.warn('That this directory was put back cannot be written down', error);
    });
  }

  /** Says on the timeline what is missing; called when the ledgers are taken up. */
  begin(): void {
    this.#hasBegun = true;
    const status = this.status();
    if (!status) return;
    this.#options.note({ kind: 'dataMissing', severity: 'error', message: status.message });
    this.look();
  }

  /** Null: nothing is. */
  status(): MissingDataStatus | null {
    if (!this.#loss) return null;
    const { noticedMs, cause } = this.#loss;
    const waiting = this.#incomplete();
    const givers = new Set(waiting.flatMap((one) => this.#othersOf(one)));
    const lost = waiting.filter((one) => this.#othersOf(one).length === 0);
    const message = `${cause}. ${this.#describe([...givers], lost)}`;
    const warning = this.#warn(waiting);
    return { noticedAt: formatInstant(noticedMs), message, warning, givers: [...givers] };
  }

  /** Something happened to a ledger: another member may have given back the last of it. */
  look(): void {
    if (!this.#loss || !this.#hasBegun || this.#settling) return;
    if (this.#incomplete().length > 0) return;
    void this.#settle();
  }

  /**
   * An admin gives up what is missing. What other members have stays what it is, but for what `status` warns of.
   * `force`: that, too, is given up.
   */
  async accept(force: boolean): Promise<AdminAnswer<Record<string, never>>> {
    if (!this.#loss) return refuse('BAD_REQUEST', nothingMissing);
    const warning = this.#warn(this.#incomplete());
    if (warning !== null && !force) return refuse('BAD_REQUEST', `${warning} ${forceHint}`);
    const message = `An admin accepted the loss of data: ${this.#loss.cause}. This server serves again.`;
    const { admin: actor } = this.#options;
    this.#end = { kind: 'dataLossAccepted', severity: 'warning', message, actor };
    const replicas = this.#options.replicas();
    for (const replica of replicas.all()) replica.step({ type: 'lossAccepted' });
    // Where nobody else takes part, this server serves before the admin is told that it does.
    replicas.tick();
    if (await this.#settle()) return { ok: true, value: {} };
    return refuse(
      'STORE_UNAVAILABLE',
      'The loss is accepted until the next start of this server only: the disk cannot be written. Make ' +
        'room on it; it is written down as soon as it can be.',
    );
  }

  #incomplete(): HostedReplica[] {
    return this.#options
      .replicas()
      .all()
      .filter(({ state }) => state.incomplete && !state.removed);
  }

  /** Where a majority decides: who has something that does not come to hold when this server votes again. */
  #warn(waiting: readonly HostedReplica[]): string | null {
    return this.#warnOfLater(waiting) ?? this.#warnOfBeyond(waiting);
  }

  /** Servers that were taken in after what this server has: it knows nothing of them as members. */
  #warnOfLater(waiting: readonly HostedReplica[]): string | null {
    const { nameOf, replicas } = this.#options;
    const strict = waiting.filter((one) => one.view().config.membership.rule === 'majority');
    const later = new Set(strict.flatMap((one) => replicas().laterMembers(one)));
    if (later.size === 0) return null;
    const names = joinNames([...later].map(nameOf));
    return (
      `${names} ${later.size === 1 ? 'was' : 'were'} taken in after the state that this server was put back to, and ` +
      `may have licences and seats that came since. When the loss is accepted here, the servers of that state go on ` +
      `without ${names}, and what came since is dropped. If a newer backup of this server is there, restore that one ` +
      `instead. Otherwise accept the loss, and then let ${names} take the place again of the server that is gone: ` +
      'understudy relationship replace OLD NEW'
    );
  }

  #warnOfBeyond(waiting: readonly HostedReplica[]): string | null {
    const { nameOf } = this.#options;
    const beyond = waiting.flatMap((replica) => replica.view().beyond);
    const dropped = new Set(beyond.flatMap(({ id, goesFirst }) => (goesFirst ? [] : [nameOf(id)])));
    if (dropped.size === 0) return null;
    const names = joinNames([...dropped]);
    return (
      `${names} ${dropped.size === 1 ? 'has' : 'have'} changes that this server does not have, and this server ` +
      'has others that were made after it was put back. When the loss is accepted here, those of ' +
      `${names} are dropped: licences can go back to an older version, and seats that were granted or given ` +
      'back be forgotten. The timeline then says which. To keep those instead, stop this server, put its data ' +
      `directory back from the copy once more, start it while ${names} runs, and accept the loss then.`
    );
  }

  #othersOf(replica: HostedReplica): string[] {
    return othersOf(replica.view().config, this.#options.serverId);
  }

  #describe(givers: readonly string[], lost: readonly HostedReplica[]): string {
    const { nameOf, serverId } = this.#options;
    const accept = 'or an admin accepts the loss: understudy ledger accept-loss';
    if (givers.length > 0 && lost.length === 0) {
      const names = givers.map(nameOf).join(' or ');
      return `This server does not serve until ${names} has given back what is missing, ${accept}.`;
    }
    const own = lost.some((replica) => primaryOf(replica) === serverId);
    const what = own ? 'its own licences' : 'these licences';
    return (
      `This server does not serve ${what} until a backup is restored (understudy restore), a server that ` +
      `protects it has given them back, ${accept}.`
    );
  }

  /** What was given back is on the disk before it is forgotten that it was missing. */
  #settle(): Promise<boolean> {
    this.#settling ??= this.#settleOnce().finally(() => {
      this.#settling = undefined;
    });
    return this.#settling;
  }

  async #settleOnce(): Promise<boolean> {
    const { commits, file, log, onChange } = this.#options;
    try {
      await commits.settled();
      await this.#written;
      await forgetLoss(file);
      this.#loss = null;
      this.#options.note(this.#end);
      onChange();
      return true;
    } catch (error) {
      // The next step of a ledger tries again.
      if (!this.#hasFailed) log.warn('That data was missing cannot be forgotten yet', error);
      this.#hasFailed = true;
      return false;
    }
  }
}
