import { type z } from 'zod';
import type { AdminAnswer } from '../../../src-shared/contract/admin.ts';
import { adminErrorCodeSchema } from '../../../src-shared/contract/admin.ts';
import type { Log } from '../base/log.ts';
import type { LinkPayload } from '../replicas/peer-payload.ts';

type Call = Extract<LinkPayload, { type: 'call' }>;
type Answer = Extract<LinkPayload, { type: 'answer' }>;

/** What one paired server may ask another. */
export interface PeerMethod<P extends z.ZodType = z.ZodType> {
  params: P;
  handle: (from: string, args: z.output<P>) => Promise<AdminAnswer<unknown>>;
}

/** Ties the arguments of a handler to its schema. */
export function peerMethod<P extends z.ZodType>(
  params: P,
  handle: PeerMethod<P>['handle'],
): PeerMethod {
  return { params, handle: (from, args) => handle(from, args as z.output<P>) };
}

export interface PeerCallsOptions {
  send: (to: string, payload: LinkPayload) => boolean;
  nameOf: (id: string) => string;
  log: Pick<Log, 'error' | 'warn'>;
}

interface Asked {
  to: string;
  resolve: (answer: AdminAnswer<unknown>) => void;
  timer: NodeJS.Timeout;
}

/** Calls of one server that are answered at a time; more are refused. */
const callsAtOnceMax = 64;

const timeoutMsDefault = 5_000;

/** Questions between paired servers and their answers, over the peer link. */
export class PeerCalls {
  readonly #options: PeerCallsOptions;
  readonly #methods = new Map<string, PeerMethod>();
  readonly #asked = new Map<number, Asked>();
  readonly #answering = new Map<string, number>();
  #lastId = 0;

  constructor(options: PeerCallsOptions) {
    this.#options = options;
  }

  register(methods: Record<string, PeerMethod>): void {
    for (const [name, method] of Object.entries(methods)) this.#methods.set(name, method);
  }

  /** Asks another server. A failure is a value, also when it cannot be reached. */
  async call<R>(
    to: string,
    method: string,
    args: unknown,
    result: z.ZodType<R>,
    timeoutMs = timeoutMsDefault,
  ): Promise<AdminAnswer<R>> {
    const answer = await this.#ask(to, method, args, timeoutMs);
    if (!answer.ok) return answer;
    const parsed = result.safeParse(answer.value);
    if (parsed.success) return { ok: true, value: parsed.data };
    this.#options.log.warn(`${this.#options.nameOf(to)} answered ${method} in an unknown shape.`);
    return unreachable(`${this.#options.nameOf(to)} gave an answer that cannot be understood.`);
  }

  take(from: string, payload: Call | Answer): void {
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

  #ask(
    to: string,
    method: string,
    args: unknown,
    timeoutMs: number,
  ): Promise<AdminAnswer<unknown>> {
    const { send, nameOf } = this.#options;
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#asked.delete(id);
        resolve(unreachable(`${nameOf(to)} did not answer in time.`));
      }, timeoutMs);
      this.#asked.set(id, { to, resolve, timer });
      if (send(to, { type: 'call', id, method, args })) return;
      clearTimeout(timer);
      this.#asked.delete(id);
      resolve(
        unreachable(`${nameOf(to)} is not connected. Start it and see that the two connect.`),
      );
    });
  }

  async #answer(from: string, { id, method, args }: Call): Promise<void> {
    const { send, log } = this.#options;
    const count = this.#answering.get(from) ?? 0;
    const reply = (answer: Answer['answer']) => send(from, { type: 'answer', id, answer });
    if (count >= callsAtOnceMax) {
      reply({ ok: false, code: 'BAD_REQUEST', message: 'Too many calls at once.' });
      return;
    }
    this.#answering.set(from, count + 1);
    try {
      reply(await this.#run(from, method, args));
    } catch (error) {
      log.error(`The call ${method} of another server failed`, error);
      reply({ ok: false, code: 'INTERNAL', message: 'That server met an internal error.' });
    } finally {
      const left = (this.#answering.get(from) ?? 1) - 1;
      if (left > 0) this.#answering.set(from, left);
      else this.#answering.delete(from);
    }
  }

  async #run(from: string, name: string, args: unknown): Promise<AdminAnswer<unknown>> {
    const method = this.#methods.get(name);
    if (!method) {
      const message = `That server does not know ${name}: it may be another version.`;
      return { ok: false, code: 'NO_SUCH_METHOD', message };
    }
    const parsed = method.params.safeParse(args);
    if (!parsed.success) {
      const message = `The arguments of ${name} are not what that server expects.`;
      return { ok: false, code: 'BAD_REQUEST', message };
    }
    return method.handle(from, parsed.data);
  }

  #noteAnswer(from: string, { id, answer }: Answer): void {
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
        message: answer.message,
      });
    }
  }
}

function unreachable(message: string): AdminAnswer<never> {
  return { ok: false, code: 'SERVER_UNREACHABLE', message };
}
