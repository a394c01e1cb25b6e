import { z } from 'zod';
import {
  type AdminAnswer,
  adminErrorCodeSchema,
  refuse,
  type Refusal,
} from '../../../src-shared/contract/admin-error.ts';
import {
  type CallArguments,
  type CallContract,
  type CallParams,
  type CallResult,
  type PeerAnswer,
  type PeerCall,
  type PeerContract,
  peerContract,
  type PeerMethod,
} from '../../../src-shared/contract/peers.ts';
import type { Actor } from '../../../src-shared/model/actor.ts';
import { quoteServer, readSaid } from '../../../src-shared/model/said-text.ts';
import type { Log } from '../base/log.ts';

/** Who answers each call of a contract. `from` is the server that asks, `actor` who there, as it says. */
export type CallHandlers<C extends CallContract> = {
  [M in keyof C]: (
    from: string,
    args: CallArguments<C[M]>,
    actor: Actor,
  ) => Promise<AdminAnswer<CallResult<C[M]>>>;
};
export type PeerHandlers<M extends PeerMethod = PeerMethod> = Pick<CallHandlers<PeerContract>, M>;

type AnyHandler = (from: string, args: unknown, actor: Actor) => Promise<AdminAnswer<unknown>>;

export interface CallsOptions {
  send: (to: string, payload: PeerCall | PeerAnswer) => boolean;
  /** Resolves when a link that is new is up or has had the time for it; else at once. */
  untilTried: (to: string) => Promise<void>;
  nameOf: (id: string) => string;
  /** Whether a server takes part in a ledger that is kept here. */
  isPartner: (id: string) => boolean;
  log: Pick<Log, 'error' | 'warn'>;
}

type Question = Omit<PeerCall, 'type' | 'id'>;

interface OpenCall {
  to: string;
  method: string;
  resolve: (answer: AdminAnswer<unknown>) => void;
  timer: NodeJS.Timeout;
}

/** Calls of one server that are answered at a time; more are refused. */
const callsAtOnceMax = 64;

/** Questions between paired servers and their answers, over the peer link. */
export class Calls<C extends CallContract> {
  readonly #contract: C;
  readonly #options: CallsOptions;
  #handlers = new Map<string, AnyHandler>();
  readonly #asked = new Map<number, OpenCall>();
  readonly #answering = new Map<string, number>();
  #lastId = 0;

  constructor(contract: C, options: CallsOptions) {
    this.#contract = contract;
    this.#options = options;
  }

  /** Answers what others ask from now on. There is a handler for every call of the contract. */
  answerWith(handlers: CallHandlers<C>): void {
    this.#handlers = new Map(Object.entries<AnyHandler>(handlers as Record<string, AnyHandler>));
  }

  /** Asks another server. A failure is a value, also when it cannot be reached. */
  async call<M extends keyof C & string>(
    to: string,
    method: M,
    args: CallParams<C[M]>,
    actor?: Actor,
  ): Promise<AdminAnswer<CallResult<C[M]>>> {
    const { result, waitMsMax } = this.#entry(method);
    const by = actor?.kind === 'admin' ? { by: actor.name } : {};
    const answer = await this.#ask(to, { method, args, ...by }, waitMsMax);
    if (!answer.ok) return answer;
    const schema = result instanceof z.ZodType ? result : result(args as never);
    const parsed = schema.safeParse(answer.value);
    if (parsed.success) return { ok: true, value: parsed.data as CallResult<C[M]> };
    this.#options.log.warn(`${this.#options.nameOf(to)} answered ${method} in an unknown shape.`);
    return unreachable(`${this.#options.nameOf(to)} gave an answer that cannot be understood.`);
  }

  /** What a call comes to while there is no link. */
  refuseUnconnected(to: string): Refusal {
    const { nameOf } = this.#options;
    return unreachable(`${nameOf(to)} is not connected. Start it and see that the two connect.`);
  }

  /**
   * How long a call of a server may be that is too long to be parsed as it comes, or why it is not
   * taken at all. Nothing of it but its method was read.
   */
  longestCall(from: string, method: string): number | string {
    const entry = Object.hasOwn(this.#contract, method) ? this.#contract[method] : undefined;
    if (!entry?.callCharsMax) return 'a call of that name is never so long';
    const isWanted = entry.ofPartners !== true || this.#options.isPartner(from);
    return isWanted ? entry.callCharsMax : 'it takes no part in a ledger here';
  }

  /** How long an answer may be, or why it is not wanted: only of the server that was asked. */
  longestAnswer(from: string, id: number): number | string {
    const asked = this.#asked.get(id);
    if (asked?.to !== from) return 'it answers what nobody asked';
    return this.#entry(asked.method).answerCharsMax ?? 'an answer to that is never so long';
  }

  take(from: string, payload: PeerCall | PeerAnswer): void {
    if (payload.type === 'call') void this.#answer(from, payload);
    else this.#noteAnswer(from, payload);
  }

  /** Nothing that was asked of this server will be answered any more. */
  noteDisconnected(id: string): void {
    for (const [callId, { to, timer, resolve }] of this.#asked) {
      if (to !== id) continue;
      clearTimeout(timer);
      this.#asked.delete(callId);
      resolve(unreachable(`The connection to ${this.#options.nameOf(to)} was lost meanwhile.`));
    }
  }

  async #ask(to: string, question: Question, timeoutMs: number): Promise<AdminAnswer<unknown>> {
    const asked = this.#send(to, question, timeoutMs);
    if (asked) return asked;
    await this.#options.untilTried(to);
    return this.#send(to, question, timeoutMs) ?? this.refuseUnconnected(to);
  }

  /** Undefined: there is no link now. */
  #send(
    to: string,
    question: Question,
    timeoutMs: number,
  ): Promise<AdminAnswer<unknown>> | undefined {
    const { send, nameOf } = this.#options;
    const id = ++this.#lastId;
    if (!send(to, { type: 'call', id, ...question })) return undefined;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#asked.delete(id);
        resolve(unreachable(`${nameOf(to)} did not answer in time.`));
      }, timeoutMs);
      this.#asked.set(id, { to, method: question.method, resolve, timer });
    });
  }

  async #answer(from: string, { id, method, args, by }: PeerCall): Promise<void> {
    const { send, log, nameOf } = this.#options;
    const actor: Actor =
      by === undefined
        ? { kind: 'server', name: nameOf(from), server: from }
        : { kind: 'admin', name: by, server: from };
    const count = this.#answering.get(from) ?? 0;
    const reply = (answer: PeerAnswer['answer']) => send(from, { type: 'answer', id, answer });
    if (count >= callsAtOnceMax) {
      reply({
        ok: false,
        code: 'BAD_REQUEST',
        message: 'Too many calls at once. Try again in a moment.',
      });
      return;
    }
    this.#answering.set(from, count + 1);
    try {
      reply(await this.#run(from, method, args, actor));
    } catch (error) {
      log.error(`The call ${readSaid(method, 64)} of ${nameOf(from)} failed`, error);
      reply({
        ok: false,
        code: 'INTERNAL',
        message: 'The other server met an internal error; its log has the details.',
      });
    } finally {
      const left = (this.#answering.get(from) ?? 1) - 1;
      if (left > 0) this.#answering.set(from, left);
      else this.#answering.delete(from);
    }
  }

  #entry(method: string): CallContract[string] {
    const entry = this.#contract[method];
    if (!entry) throw new Error(`${method} is no call`);
    return entry;
  }

  async #run(
    from: string,
    method: string,
    args: unknown,
    actor: Actor,
  ): Promise<AdminAnswer<unknown>> {
    if (!Object.hasOwn(this.#contract, method)) {
      const message = `The other server does not know ${method}. Install the same version of Understudy on both.`;
      return refuse('NO_SUCH_METHOD', message);
    }
    const parsed = this.#entry(method).params.safeParse(args);
    if (!parsed.success) {
      const message = `The other server does not understand ${method}. Install the same version of Understudy on both.`;
      return refuse('BAD_REQUEST', message);
    }
    const handle = this.#handlers.get(method);
    if (!handle) throw new Error(`nobody answers ${method} yet`);
    return handle(from, parsed.data, actor);
  }

  #noteAnswer(from: string, { id, answer }: PeerAnswer): void {
    const asked = this.#asked.get(id);
    if (asked?.to !== from) return;
    clearTimeout(asked.timer);
    this.#asked.delete(id);
    if (answer.ok) asked.resolve({ ok: true, value: answer.value });
    else {
      const code = adminErrorCodeSchema.safeParse(answer.code);
      asked.resolve({
        ok: false,
        code: code.success ? code.data : 'INTERNAL',
        message: quoteServer(this.#options.nameOf(from), answer.message),
      });
    }
  }
}

function unreachable(message: string): Refusal {
  return refuse('SERVER_UNREACHABLE', message);
}

/** The calls of paired servers. */
export class PeerCalls extends Calls<PeerContract> {
  constructor(options: CallsOptions) {
    super(peerContract, options);
  }
}
