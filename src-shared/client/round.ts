import type { LeaseAnswer } from '../contract/client-api.ts';
import {
  type Attempt,
  decides,
  deriveRefusal,
  type AttemptOutcome,
  type ServerRefusal,
} from './attempt.ts';
import { retryDelayMs } from './backoff.ts';
import type { Seat } from './client-state.ts';
import type { Exchange, ExchangeContext } from './exchange.ts';
import type { Route } from './server-directory.ts';

/** How long a server that keeps a lease is waited for until the next one is asked as well. */
const patienceMs = 500;

/** Wait between asking the others again while a slow server is waited for, for so many laps. */
const lapMs = 250;
const quickLapsMax = 40;

/** A lease as a server gave it. */
export interface Grant {
  answer: LeaseAnswer;
  route: Route;
  /** Of the request. */
  nonce: string;
  sentAtMs: number;
}

export type RoundResult =
  | { type: 'granted'; grant: Grant }
  /** A server that should know the lease does not, and no other one does. */
  | { type: 'noSuchLease'; refusal: ServerRefusal }
  | { type: 'ended' }
  | { type: 'refused'; refusal: ServerRefusal }
  /** The caller wanted it no longer. */
  | { type: 'stopped'; attempts: Attempt[] };

/** The lease that a round is about, and who has it. */
export type HeldLease = Pick<Seat, 'lease' | 'term' | 'server' | 'tier'> & {
  servedBy: Pick<Seat['servedBy'], 'id'>;
};

export interface RoundOptions {
  context: ExchangeContext;
  routes: Route[];
  /** `skip`: servers that this round need not ask again. */
  ask: (route: Route, skip: ReadonlySet<string>) => Promise<Exchange>;
  stopped: () => boolean;
  /** Null: a new one is asked for. */
  held: HeldLease | null;
}

/**
 * Asks servers in turn until one gives what is wanted. What concerns a lease that is held can be asked
 * of several at a time without harm: when one is slow, the next is asked too, and while one is still
 * awaited, the others are asked again, for one of them may take over.
 */
export function askInTurn(options: RoundOptions): Promise<RoundResult> {
  return new Round(options).run();
}

class Round {
  readonly #options: RoundOptions;
  #attempts: Attempt[] = [];
  /** The last outcome of each address. */
  readonly #heard = new Map<string, AttemptOutcome>();
  readonly #underWay = new Map<string, Promise<void>>();
  #gone = false;
  #result: RoundResult | null = null;

  constructor(options: RoundOptions) {
    this.#options = options;
  }

  async run(): Promise<RoundResult> {
    const { context, routes, held, stopped } = this.#options;
    const { ports, config } = context;
    const lastLapMs = ports.monotonicMs() + config.timeoutMs;
    for (let lap = 1; ; lap++) {
      for (const route of routes) {
        if (stopped()) return this.#stop();
        if (!this.#isWorthAsking(route)) continue;
        this.#ask(route);
        await this.#somethingSaid(held === null ? null : patienceMs);
        if (this.#result !== null) return this.#result;
      }
      if (held === null || this.#underWay.size === 0) break;
      await this.#somethingSaid(lapDelayMs(lap, held, ports.random()));
      if (this.#result !== null) return this.#result;
      if (this.#underWay.size === 0 || ports.monotonicMs() >= lastLapMs) break;
      this.#beginLap();
    }
    while (this.#underWay.size > 0) {
      await this.#somethingSaid(null);
      if (this.#result !== null) return this.#result;
    }
    const refusal = deriveRefusal(this.#attempts);
    return { type: this.#gone ? 'noSuchLease' : 'refused', refusal };
  }

  /** What is under way may still give a lease, which then has to be known. */
  async #stop(): Promise<RoundResult> {
    await Promise.all(this.#underWay.values());
    return this.#result ?? { type: 'stopped', attempts: this.#attempts };
  }

  /** Forgets what may be different now, but not that a server has let a request wait. */
  #beginLap(): void {
    const { directory } = this.#options.context;
    for (const [target, outcome] of this.#heard) {
      if (!decides(outcome) && !directory.isSilent(target)) this.#heard.delete(target);
    }
    this.#attempts = this.#attempts.filter(({ server }) => this.#heard.has(server));
  }

  #isWorthAsking({ target, id }: Route): boolean {
    if (this.#underWay.has(target) || this.#heard.has(target)) return false;
    const { directory } = this.#options.context;
    const known = id ?? directory.idOf(target);
    if (known === undefined) return true;
    return ![...this.#heard].some(
      ([other, outcome]) => answered(outcome) && directory.idOf(other) === known,
    );
  }

  #ask(route: Route): void {
    const { context, routes } = this.#options;
    const silent = routes.filter(({ target }) => context.directory.isSilent(target));
    const skip = new Set([
      ...this.#underWay.keys(),
      ...this.#heard.keys(),
      // To follow a redirection there would keep the server from being asked again in the meantime.
      ...silent.map(({ target }) => target),
    ]);
    const done = this.#options.ask(route, skip).then((said) => {
      this.#underWay.delete(route.target);
      this.#result ??= this.#judge(route, said);
    });
    this.#underWay.set(route.target, done);
  }

  /** What an exchange means for the round; null: the next server is asked. */
  #judge(first: Route, { attempts, route, sentAtMs, ...said }: Exchange): RoundResult | null {
    const { context, held } = this.#options;
    const { directory } = context;
    const outcome = this.#isStale(said.outcome) ? staleOutcome(route.target) : said.outcome;
    const sharesLeases = this.#sharesLeases(first, route);
    for (const [i, attempt] of attempts.entries()) {
      const own = i === attempts.length - 1 ? outcome : attempt.outcome;
      this.#heard.set(attempt.server, own);
      if (sharesLeases || !isUnknownLease(own)) this.#attempts.push({ ...attempt, outcome: own });
    }
    if (outcome.type === 'granted') {
      directory.learn(route.tier, outcome.answer.servers);
      const { answer, nonce } = outcome;
      return { type: 'granted', grant: { answer, nonce, route, sentAtMs } };
    }
    if (held === null || !sharesLeases) return null;
    if (outcome.type === 'ended') return { type: 'ended' };
    if (isUnknownLease(outcome)) this.#gone = true;
    return null;
  }

  /** Whether a server keeps the lease, so that its word on it counts: also one at another address. */
  #sharesLeases(first: Route, { target, tier }: Route): boolean {
    const { context, held } = this.#options;
    if (held === null || first.target === held.server) return true;
    const id = context.directory.idOf(target) ?? '';
    return id === held.servedBy.id || context.directory.sharesLeases(id, tier);
  }

  /** A grant of a server that has not heard yet that another one has taken over. */
  #isStale(outcome: AttemptOutcome): boolean {
    const { held } = this.#options;
    if (held === null || outcome.type !== 'granted') return false;
    const { lease, term, servedBy } = outcome.answer;
    return lease.id === held.lease.id && term < held.term && servedBy.id !== held.servedBy.id;
  }

  /** Resolves when a request under way has been answered, or `ms` are over; null: however long. */
  #somethingSaid(ms: number | null): Promise<void> {
    const { ports } = this.#options.context;
    return new Promise((resolve) => {
      const cancel = ms === null ? () => undefined : ports.schedule(ms, resolve);
      void Promise.race(this.#underWay.values()).then(() => {
        cancel();
        resolve();
      });
    });
  }
}

function lapDelayMs(lap: number, { lease }: HeldLease, random: number): number {
  if (lap <= quickLapsMax) return Math.round(lapMs * (0.5 + 0.5 * random));
  const failure = { count: lap - quickLapsMax, outage: false, retryAfterMs: 0 };
  return retryDelayMs(failure, lease.ttlSeconds, random);
}

function staleOutcome(target: string): AttemptOutcome {
  return {
    type: 'stale',
    detail: `${target} does not know yet that another server has taken over from it.`,
  };
}

/** What any server says of a lease that it has never known. */
function isUnknownLease(outcome: AttemptOutcome): boolean {
  if (outcome.type === 'ended') return true;
  return outcome.type === 'refused' && outcome.code === 'LS_NO_SUCH_LEASE';
}

function answered(outcome: AttemptOutcome): boolean {
  return outcome.type !== 'unreachable' && outcome.type !== 'distrusted';
}
