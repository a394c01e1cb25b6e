import type { AdminAnswer } from '../../../src-shared/contract/admin-error.ts';
import type { AdminResult } from '../../../src-shared/contract/admin.ts';
import { formatInstant } from '../../../src-shared/model/scalars.ts';
import type {
  ConfigRelationship,
  SharedInvitation,
} from '../../../src-shared/model/server-config.ts';
import type { VendorPublicKey } from '../../../src-shared/model/vendor.ts';
import type { Log } from '../base/log.ts';
import type { TimelineNote } from '../base/timeline-note.ts';
import type { Servers } from '../peers/servers.ts';
import type { RelationshipService } from '../relationships/relationship-service.ts';
import { relationshipOfOwn } from '../relationships/relationship-status.ts';
import { type UnattendedFile, usedBy } from '../settings/unattended-file.ts';
import { whyOtherMembers } from './member-commands.ts';
import { differencesOf, orderOf, planOfWish } from './relationship-difference.ts';

export interface UnattendedWorkOptions {
  ownId: string;
  file: UnattendedFile;
  trust: (content: string) => Promise<AdminAnswer<AdminResult<'vendor.trust'>>>;
  servers: Pick<Servers, 'pair'>;
  relationships: Pick<RelationshipService, 'statuses' | 'create' | 'set'>;
  nowMs: () => number;
  note: (note: TimelineNote) => void;
  log: Pick<Log, 'info' | 'error'>;
  /** First and longest wait before what failed is tried again. */
  retryFirstMs?: number;
  retryMaxMs?: number;
}

/** A server that refuses a code is not asked again sooner: each wrong code costs a try there. */
const refusedWaitMs = 10_000;

/** How long something may wait before the timeline says so. */
const toldAfterMs = 60_000;

/** How long whoever applied a file waits for what can be done at once. */
const lookMsMax = 15_000;

/**
 * Does what a configuration file has this server do by itself: trust vendors, pair with other servers, set a
 * relationship up. What cannot be done yet is tried again until it can, also after a start.
 */
export class UnattendedWork {
  readonly #options: UnattendedWorkOptions;
  /** Why something waits, by what it is. */
  readonly #reasons = new Map<string, { message: string; sinceMs: number; told: boolean }>();
  /** When an address is asked again that has refused a code. */
  readonly #refusedUntilMs = new Map<string, number>();
  #delayMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> | undefined;
  #stopped = false;

  constructor(options: UnattendedWorkOptions) {
    this.#options = options;
  }

  start(): void {
    void this.look();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#round;
  }

  /** Something may be possible that was not: it is tried soon. */
  poke(): void {
    if (this.#stopped || !this.#isAnyLeft()) return;
    this.#delayMs = 0;
    if (!this.#round) this.#schedule();
  }

  /** Tries everything that is left, now; resolves when it has, or after a while. */
  async look(): Promise<void> {
    await this.#round;
    if (this.#stopped) return;
    this.#refusedUntilMs.clear();
    this.#delayMs = 0;
    const round = this.#run();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, lookMsMax);
    });
    await Promise.race([round, late]);
    clearTimeout(timer);
  }

  /** What is not done yet and why, as sentences. */
  waits(): string[] {
    const { file, nowMs } = this.#options;
    const awaited = file.state.invitations.flatMap(({ address, pairedWith, untilMs }, index) =>
      address === null && pairedWith === null && untilMs > nowMs()
        ? [
            `pairings[${index}]: another server has until ${formatInstant(untilMs)} to pair with this one.`,
          ]
        : [],
    );
    return [...[...this.#reasons.values()].map(({ message }) => message), ...awaited];
  }

  #isAnyLeft(): boolean {
    const { vendors, relationship } = this.#options.file.state;
    return vendors.length > 0 || relationship !== null || this.#joins().length > 0;
  }

  /** Servers that this one is to ask. */
  #joins(): (SharedInvitation & { address: string })[] {
    const { file, nowMs } = this.#options;
    return file.state.invitations.flatMap((invitation) => {
      const { address, pairedWith, untilMs } = invitation;
      const isOpen = address !== null && pairedWith === null && untilMs > nowMs();
      return isOpen ? [{ ...invitation, address }] : [];
    });
  }

  #schedule(): void {
    const { retryFirstMs = 1_000, retryMaxMs = 60_000 } = this.#options;
    clearTimeout(this.#timer);
    this.#delayMs = Math.min(retryMaxMs, Math.max(retryFirstMs, this.#delayMs * 2));
    this.#timer = setTimeout(() => void this.#run(), this.#delayMs);
  }

  #run(): Promise<void> {
    clearTimeout(this.#timer);
    this.#round ??= this.#tryAll()
      .catch((error: unknown) => this.#options.log.error('A configuration waits', error))
      .finally(() => {
        this.#round = undefined;
        if (!this.#stopped && this.#isAnyLeft()) this.#schedule();
      });
    return this.#round;
  }

  async #tryAll(): Promise<void> {
    for (const vendor of this.#options.file.state.vendors) await this.#trust(vendor);
    const joins = this.#joins();
    for (const join of joins) {
      if (this.#stopped) return;
      await this.#pair(join);
    }
    this.#forgetJoins(joins);
    const { relationship } = this.#options.file.state;
    if (relationship) await this.#relate(relationship.wish, relationship.made);
    else this.#reasons.delete('relationship');
  }

  async #trust(vendor: VendorPublicKey): Promise<void> {
    const { file, trust } = this.#options;
    const key = `vendor ${vendor.publicKey.x}`;
    const answer = await trust(JSON.stringify(vendor));
    if (!answer.ok)
      return this.#wait(key, `${vendor.vendor} is not trusted yet: ${answer.message}`);
    this.#reasons.delete(key);
    await file.change((state) => ({
      ...state,
      vendors: state.vendors.filter(({ publicKey }) => publicKey.x !== vendor.publicKey.x),
    }));
  }

  async #pair({ address, code, allow }: SharedInvitation & { address: string }): Promise<void> {
    if ((this.#refusedUntilMs.get(code) ?? 0) > performance.now()) return;
    const key = `pair ${code}`;
    const answer = await this.#options.servers.pair(address, code, allow);
    if (answer.ok) {
      this.#reasons.delete(key);
      const { id } = answer.value.server;
      return this.#options.file.change((state) => usedBy(state, code, id));
    }
    if (answer.code !== 'SERVER_UNREACHABLE') {
      this.#refusedUntilMs.set(code, performance.now() + refusedWaitMs);
    }
    this.#wait(key, `Not paired with ${address} yet: ${answer.message}`);
  }

  /** What was paired meanwhile, was withdrawn or has run out is waited for no longer. */
  #forgetJoins(tried: readonly SharedInvitation[]): void {
    const left = this.#joins().map(({ code }) => `pair ${code}`);
    for (const key of [...this.#reasons.keys()]) {
      if (!key.startsWith('pair ') || left.includes(key)) continue;
      this.#reasons.delete(key);
      const isOver = tried.some(({ code }) => key === `pair ${code}`);
      if (isOver) this.#options.log.info('An invitation of the configuration file has run out.');
    }
  }

  async #relate(wish: ConfigRelationship, made: boolean): Promise<void> {
    const { relationships, ownId } = this.#options;
    const all = relationships.statuses();
    const current = relationshipOfOwn(ownId, all);
    if (!current && made) return this.#endRelating();
    if (!current) {
      const answer = await relationships.create(planOfWish(wish, ownId));
      if (!answer.ok) return this.#waitToRelate(answer.message);
      await this.#options.file.change((state) => ({
        ...state,
        relationship: { wish, made: true },
      }));
      return this.#relate(wish, true);
    }
    const others = whyOtherMembers(wish, current, { ownId, ofSeveral: all.length > 1 });
    if (others !== null) return this.#waitToRelate(others);
    if (current.state !== 'established') return this.#waitToRelate(current.pending ?? '');
    const differences = differencesOf(wish, current, ownId);
    if (differences.length === 0) return this.#endRelating();
    const { settings = {}, ...change } = orderOf(differences);
    const answer = await relationships.set({ settings, ...change, relationship: current.id });
    if (answer.ok) await this.#endRelating();
    else this.#waitToRelate(answer.message);
  }

  #waitToRelate(reason: string): void {
    const message = `The relationship is not as the configuration file says yet. ${reason}`.trim();
    this.#wait('relationship', message);
  }

  async #endRelating(): Promise<void> {
    this.#reasons.delete('relationship');
    await this.#options.file.change((state) => ({ ...state, relationship: null }));
  }

  #wait(key: string, message: string): void {
    const nowMs = performance.now();
    const { sinceMs = nowMs, told = false } = this.#reasons.get(key) ?? {};
    const isNews = !told && nowMs - sinceMs >= toldAfterMs;
    if (isNews) this.#options.note({ kind: 'configRefused', severity: 'warning', message });
    this.#reasons.set(key, { message, sinceMs, told: told || isNews });
  }
}
