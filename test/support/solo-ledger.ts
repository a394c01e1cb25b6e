import { CommitQueue } from '../../src-main/node/store/commit-queue.ts';
import {
  HostedReplica,
  type RequestOutcome,
  type RequestInput,
} from '../../src-main/node/replicas/hosted-replica.ts';
import type { TimelineNote } from '../../src-main/node/base/timeline-note.ts';
import { TokenSigner } from '../../src-main/node/store/token-signer.ts';
import type { Change } from '../../src-main/node/core/ledger/change.ts';
import { rowsOfLedger } from '../../src-main/node/core/ledger/rows-of-ledger.ts';
import { createReplica, type StoredReplica } from '../../src-main/node/core/replica/replica.ts';
import type { PeerMessage } from '../../src-main/node/core/replica/message.ts';
import type { StoreBatch, StoredEvent } from '../../src-main/node/store/store.ts';
import type { Lease } from '../../src-shared/model/lease.ts';
import { soloConfig } from '../../src-shared/model/ledger-config.ts';
import type { InstalledLicense } from '../../src-shared/model/license.ts';
import { HeldStore } from './held-store.ts';
import { leaseIdOf, makeStoredLedger, makeStoredReplica, nowMs, serverId } from './records.ts';

export interface SoloLedgerOptions {
  stored?: StoredReplica;
  waitingMax?: number;
}

/** A server alone, whose ledger has these licences. */
export function makeSoloReplica(licenses: InstalledLicense[] = []): StoredReplica {
  return makeStoredReplica({
    ledger: makeStoredLedger({ config: soloConfig(serverId), licenses }),
  });
}

/** One hosted ledger with its commit queue on a store that a test holds, finishes and fails. */
export class SoloLedger {
  readonly id = 'ledger-1';
  readonly store = new HeldStore();
  readonly commits: CommitQueue;
  readonly replica: HostedReplica;
  readonly sent: { to: string; message: PeerMessage }[] = [];
  readonly notes: TimelineNote[] = [];
  /** What was logged as a fault. */
  readonly faults: unknown[] = [];
  readonly events: StoredEvent[] = [];
  removed = false;
  /** Starts of the server. */
  boots = 1;
  elapsedMs = 0;

  constructor({ stored: given = makeSoloReplica(), waitingMax }: SoloLedgerOptions = {}) {
    const stored = { ...given, ledger: { ...given.ledger, rows: rowsOfLedger(given.ledger) } };
    const log = {
      error: (message: string, error?: unknown) => void this.faults.push(error ?? message),
      info: () => undefined,
    };
    this.commits = new CommitQueue({
      store: this.store,
      log,
      onFailed: (_, number) => this.replica.step({ type: 'persistFailed', number }),
      onUnwritable: () => undefined,
      onRecovered: () => this.replica.step({ type: 'storeRecovered' }),
      onEvents: (events) => void this.events.push(...events),
      onChange: () => undefined,
    });
    this.commits.persist(this.id, 0, [{ type: 'createLedger', stored }], () => undefined);
    const boot = '0'.repeat(15);
    const ids = { serverId, demoVendorKeyId: 'demo', newLedgerId: this.id, boot: `${boot}1` };
    this.replica = new HostedReplica(this.id, createReplica(stored, ids, this.clock()), {
      clock: () => this.clock(),
      commits: this.commits,
      signer: new TokenSigner(this.store, log),
      log,
      send: (_, to, message) => void this.sent.push({ to, message }),
      sendImage: () => undefined,
      renewBoot: () => `${boot}${++this.boots}`,
      onHistoryMissed: () => undefined,
      onRemoved: () => (this.removed = true),
      note: (note) => void this.notes.push(note),
      onStep: () => undefined,
      onActiveChanged: () => undefined,
      onConfig: () => undefined,
      ...(waitingMax === undefined ? {} : { waitingMax }),
    });
  }

  /** Serves, with everything so far on the disk. */
  async start(): Promise<this> {
    this.tick();
    await this.commits.settled();
    return this;
  }

  clock() {
    return { monotonicMs: 1_000 + this.elapsedMs, wallMs: nowMs + this.elapsedMs };
  }

  tick(): void {
    this.replica.step({ type: 'ticked', mayReclaim: true });
  }

  get leasesOnDisk(): Map<string, Lease> {
    const rows = [...this.store.disk.ledger(this.id).rows.values()];
    const leases = rows.flatMap((row) => (row.kind === 'lease' && row.lease ? [row.lease] : []));
    return new Map(leases.map((lease) => [lease.id, lease]));
  }

  /** Leases and usage that a batch changes. */
  static changesOf(batch: StoreBatch): readonly Change[] {
    const writes = batch.ledgers.flatMap(({ writes }) => writes);
    return writes
      .flatMap((write) => (write.type === 'rows' ? write.changes : []))
      .filter(({ type }) => type === 'lease' || type === 'usage');
  }

  ask(input: RequestInput): Promise<RequestOutcome> {
    return this.replica.request(input);
  }

  checkout(
    number: number,
    instance = `instance-${number}`,
    feature = 'cad',
  ): Promise<RequestOutcome> {
    const client = { instance, user: 'anna', host: 'pc-1' };
    const request = { feature, units: 1, client };
    return this.ask({ type: 'checkoutRequested', leaseId: leaseIdOf(number), request });
  }

  renew(number: number): Promise<RequestOutcome> {
    return this.ask({ type: 'renewalRequested', leaseId: leaseIdOf(number) });
  }

  giveBack(number: number): Promise<RequestOutcome> {
    return this.ask({ type: 'returnRequested', leaseId: leaseIdOf(number) });
  }
}

/** Everything that can happen without the store has happened. */
export async function settleTurns(): Promise<void> {
  for (let turn = 0; turn < 8; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** What a promise came to so far. */
export function watchOutcome(promise: Promise<RequestOutcome>): {
  outcome: RequestOutcome | undefined;
} {
  const seen: { outcome: RequestOutcome | undefined } = { outcome: undefined };
  void promise.then((outcome) => (seen.outcome = outcome));
  return seen;
}

export const answeredAs = (type: string) => ({ type: 'answered', reply: { type } });
