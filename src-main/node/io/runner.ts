import type { TokenClaims } from '../../../src-shared/contract/client-api.ts';
import type { Change } from '../core/change.ts';
import type { Effect, LeaseTerms, Reply } from '../core/effect.ts';
import type { CoreEvent } from '../core/event.ts';
import { tickMs } from '../core/lease-clock.ts';
import type { LedgerState } from '../core/ledger.ts';
import { step, type StepResult } from '../core/step.ts';
import { type Store, StoreUnavailable } from '../store.ts';
import type { Clock } from './clock.ts';
import type { Log } from './log.ts';
import { Batch, type HeldReply } from './runner-batch.ts';

/** What a request came to. `token` comes with a lease. */
export type Outcome =
  | { type: 'answered'; reply: Reply; token: string | null }
  | { type: 'unavailable'; message: string; retryAfterSeconds: number };

type Settle = (outcome: Outcome) => void;

/** An event that is answered; the runner adds the number. */
export type RequestEvent = Extract<CoreEvent, { requestId: number }>;
type WithoutId<E> = E extends RequestEvent ? Omit<E, 'requestId'> : never;
export type RequestInput = WithoutId<RequestEvent>;
export type NoticeEvent = Exclude<CoreEvent, RequestEvent>;

export interface RunnerOptions {
  store: Store;
  clock: Clock;
  log: Pick<Log, 'error' | 'warn' | 'info'>;
  /** The ledger as it was loaded, with what its start has to write. */
  start: StepResult;
  /** Requests that may wait for their answer; more are refused with `Retry-After`. */
  waitingMax?: number;
  /** Time between two tries to write after one failed. */
  probeEveryMs?: number;
}

/** Figures since the start. */
export interface CommitFigures {
  commitCount: number;
  commitSeconds: number;
  commitFailures: number;
  changeCount: number;
}

const waitingMaxDefault = 20_000;
const probeEveryMsDefault = 1_000;

/**
 * The only caller of `step`. It gives every event its time, carries effects out in their order and
 * lets no answer leave before what it depends on is durable (protocol section 2). While one batch
 * is written the next one is gathered, so that concurrent requests share a flush.
 */
export class Runner {
  readonly figures: CommitFigures = {
    commitCount: 0,
    commitSeconds: 0,
    commitFailures: 0,
    changeCount: 0,
  };
  readonly #options: RunnerOptions;
  readonly #state: LedgerState;
  readonly #waiting = new Map<number, Settle>();
  readonly #listeners = new Set<(durable: readonly Change[]) => void>();
  #lastRequestId = 0;
  #gathered = new Batch();
  #writing: Promise<void> | undefined;
  #flushPlanned = false;
  #failure: string | undefined;
  #stopping = false;
  #ticker: NodeJS.Timeout | undefined;
  #prober: NodeJS.Timeout | undefined;

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#state = options.start.state;
    this.#execute(options.start.effects);
    this.#ticker = setInterval(() => this.notify({ type: 'clockTicked' }), tickMs);
  }

  /** The ledger, to be read only. It can be ahead of the disk by the batch under way. */
  get state(): LedgerState {
    return this.#state;
  }

  /** Why nothing can be written now; undefined while the store works. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Calls back after something changed, with what became durable. Returns the end of it. */
  onChange(listener: (durable: readonly Change[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** One request; its outcome is final and durable. */
  request(input: RequestInput): Promise<Outcome> {
    if (this.#stopping) return Promise.resolve(unavailable('This server is stopping.', 5));
    const waitingMax = this.#options.waitingMax ?? waitingMaxDefault;
    if (this.#waiting.size >= waitingMax) {
      return Promise.resolve(unavailable(`${waitingMax} requests are waiting already.`, 1));
    }
    return new Promise((resolve) => {
      const requestId = ++this.#lastRequestId;
      this.#waiting.set(requestId, resolve);
      this.#step({ ...input, requestId });
    });
  }

  /** Something that nobody waits for. */
  notify(event: NoticeEvent): void {
    this.#step(event);
  }

  /** Resolves when everything so far is durable; rejects with StoreUnavailable when it cannot be. */
  async settled(): Promise<void> {
    while (this.#writing || !this.#gathered.isEmpty) {
      this.#flush();
      await this.#writing;
    }
    if (this.#failure !== undefined) throw new StoreUnavailable(this.#failure);
  }

  /** Writes what is only in memory, answers what waits and takes nothing more. */
  async stop(): Promise<void> {
    if (this.#stopping) return;
    this.#step({ type: 'stopRequested' });
    this.#stopping = true;
    clearInterval(this.#ticker);
    clearTimeout(this.#prober);
    await this.settled().catch((error: unknown) => {
      this.#options.log.error(`The last changes could not be written: ${String(error)}`);
    });
  }

  #step(event: CoreEvent): void {
    const at = this.#options.clock();
    try {
      this.#execute(step(this.#state, event, at).effects);
    } catch (error) {
      // A bug. The request it came with is refused; the others go on.
      this.#options.log.error(`The event ${event.type} failed`, error);
      if ('requestId' in event) this.#settle(event.requestId, unavailable('Internal error.', 5));
    }
  }

  #execute(effects: readonly Effect[]): void {
    const lost: Change[] = [];
    for (const effect of effects) {
      if (effect.type === 'persist') {
        if (this.#failure === undefined) this.#gathered.addChanges(effect.changes);
        else lost.push(...effect.changes);
      } else if (lost.length > 0) this.#settle(effect.requestId, this.#cannotWrite());
      else this.#hold(effect);
    }
    if (lost.length > 0) this.#step({ type: 'changesWithdrawn', changes: lost });
    this.#planFlush();
  }

  #hold({ requestId, reply }: Extract<Effect, { type: 'reply' }>): void {
    const terms = termsOf(reply);
    const nothingPending = this.#writing === undefined && !this.#gathered.hasChanges;
    if (nothingPending && terms === null) {
      this.#settle(requestId, { type: 'answered', reply, token: null });
    } else {
      const claims = terms && this.#claimsOf(terms);
      this.#gathered.addReply({ requestId, reply, claims });
    }
  }

  #claimsOf({ lease, term, endsAtMs }: LeaseTerms): TokenClaims {
    return {
      iss: this.#state.serverId,
      ledger: this.#state.meta.id,
      term,
      lease: lease.id,
      license: lease.licenseId,
      feature: lease.feature,
      units: lease.units,
      holder: lease.holder.instance,
      iat: Math.floor(this.#options.clock().wallMs / 1000),
      exp: Math.floor(endsAtMs / 1000),
    };
  }

  // After the requests that arrived in the same turn of the loop, so that they share the batch.
  #planFlush(): void {
    if (this.#flushPlanned || this.#writing || this.#gathered.isEmpty) return;
    this.#flushPlanned = true;
    setImmediate(() => {
      this.#flushPlanned = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#writing || this.#gathered.isEmpty) return;
    const batch = this.#gathered;
    this.#gathered = new Batch();
    this.#writing = this.#write(batch).finally(() => {
      this.#writing = undefined;
      this.#planFlush();
    });
  }

  async #write(batch: Batch): Promise<void> {
    const { store } = this.#options;
    const begunMs = performance.now();
    const { changes, claims } = batch;
    try {
      const tokens = batch.hasChanges
        ? (await store.commit({ changes, claims })).tokens
        : await store.sign(claims);
      if (batch.hasChanges) {
        this.figures.commitCount++;
        this.figures.commitSeconds += (performance.now() - begunMs) / 1000;
        this.figures.changeCount += changes.length;
      }
      this.#deliver(batch.replies, tokens);
      if (batch.hasChanges) this.#tell(changes);
    } catch (error) {
      if (batch.hasChanges) this.#withdraw(batch, error);
      else this.#refuse(batch.replies, error);
    }
  }

  #deliver(replies: readonly HeldReply[], tokens: readonly string[]): void {
    let next = 0;
    for (const { requestId, reply, claims } of replies) {
      const token = claims ? (tokens[next++] ?? null) : null;
      this.#settle(requestId, { type: 'answered', reply, token });
    }
  }

  #refuse(replies: readonly HeldReply[], error: unknown): void {
    this.#options.log.error('Tokens could not be signed', error);
    for (const { requestId } of replies) {
      this.#settle(requestId, unavailable('Internal error.', 5));
    }
  }

  /**
   * Nothing of this batch was written: memory goes back to what is durable, and that includes what
   * was gathered since, which builds on it. Renewals of durable leases need no disk and go on.
   */
  #withdraw(batch: Batch, error: unknown): void {
    const { log } = this.#options;
    const known = error instanceof StoreUnavailable;
    if (!known) log.error('The store failed in an unexpected way', error);
    this.figures.commitFailures++;
    const cause = known ? error.message : 'an internal error; see the log';
    log.error(`Cannot write: ${cause}. ${batch.changes.length} changes were taken back.`);
    const gathered = this.#gathered;
    this.#gathered = new Batch();
    this.#failure = cause;
    this.#step({ type: 'changesWithdrawn', changes: [...batch.changes, ...gathered.changes] });
    this.#step({ type: 'storeFailed', failed: true });
    for (const held of [...batch.replies, ...gathered.replies]) {
      if (held.reply.type === 'leaseRenewed') this.#gathered.addReply(held);
      else if (isRefusal(held.reply)) {
        this.#settle(held.requestId, { type: 'answered', reply: held.reply, token: null });
      } else this.#settle(held.requestId, this.#cannotWrite());
    }
    this.#planProbe();
    this.#tell([]);
  }

  #planProbe(): void {
    this.#prober = setTimeout(
      () => void this.#probe(),
      this.#options.probeEveryMs ?? probeEveryMsDefault,
    );
  }

  async #probe(): Promise<void> {
    try {
      await this.#options.store.probe();
    } catch (error) {
      if (error instanceof StoreUnavailable) this.#failure = error.message;
      if (!this.#stopping) this.#planProbe();
      return;
    }
    if (this.#stopping) return;
    this.#options.log.info('The disk can be written again.');
    this.#failure = undefined;
    this.#step({ type: 'storeFailed', failed: false });
    this.#tell([]);
  }

  #cannotWrite(): Outcome {
    const cause = this.#failure ?? 'the disk failed';
    return unavailable(`This server cannot write to its disk: ${cause}.`, 5);
  }

  #settle(requestId: number, outcome: Outcome): void {
    const settle = this.#waiting.get(requestId);
    this.#waiting.delete(requestId);
    settle?.(outcome);
  }

  #tell(durable: readonly Change[]): void {
    for (const listener of this.#listeners) listener(durable);
  }
}

function unavailable(message: string, retryAfterSeconds: number): Outcome {
  return { type: 'unavailable', message, retryAfterSeconds };
}

function termsOf(reply: Reply): LeaseTerms | null {
  return reply.type === 'leaseGranted' || reply.type === 'leaseRenewed' ? reply.terms : null;
}

function isRefusal(reply: Reply): boolean {
  return reply.type === 'refused' || reply.type === 'adminRefused';
}
