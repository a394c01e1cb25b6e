import {
  adminErrorSchema,
  type AdminAnswer,
  type AdminError,
} from '../../src-shared/contract/admin-error.ts';
import {
  adminContract,
  type AdminMethod,
  type AdminParams,
  type AdminResult,
  isPatient,
  unchangedLine,
  watchPaces,
  type WatchPace,
} from '../../src-shared/contract/admin.ts';
import { parseJson } from '../../src-shared/model/json.ts';
import { nodeSnapshotSchema, type NodeSnapshot } from '../../src-shared/model/node-snapshot.ts';
import { type RawReply, openStream, post } from './admin-request.ts';
import { LineSplitter } from './line-splitter.ts';
import { findPipeProgram } from './pipe-maker.ts';

/** Longest answer or line of the stream that is read, in bytes. */
export const adminAnswerBytesMax = 32 * 1024 * 1024;

export interface AdminClientOptions {
  /** Socket or pipe of the node: `adminAddress(dataDirectory)`. */
  address: string;
  /** What says who has made the pipe; `findPipeProgram()` unless told. */
  pipeProgram?: string | null;
  /** Longest time for one call; 15 s unless told, enough for a large import. */
  timeoutMs?: number;
  /** Longest time for a call in which other servers take part; 2 min unless told. */
  patientTimeoutMs?: number;
  /** A node that is late by so much with the line that it sends at the pace of the watch is away; 4 s. */
  watchLateMs?: number;
}

/**
 * The admin interface of a node on this machine. Failures are values: `NODE_AWAY` when no node
 * listens at the address, `INTERNAL` when it answers in a way that this version does not know.
 */
export class AdminClient {
  readonly #address: string;
  readonly #pipeProgram: string | null;
  readonly #timeoutMs: number;
  readonly #patientTimeoutMs: number;
  readonly #watchLateMs: number;

  constructor(options: AdminClientOptions) {
    const { address, timeoutMs = 15_000, patientTimeoutMs = 120_000 } = options;
    this.#address = address;
    this.#pipeProgram = options.pipeProgram === undefined ? findPipeProgram() : options.pipeProgram;
    this.#timeoutMs = timeoutMs;
    this.#patientTimeoutMs = patientTimeoutMs;
    this.#watchLateMs = options.watchLateMs ?? 4_000;
  }

  async call<M extends AdminMethod>(
    method: M,
    params: AdminParams<M>,
  ): Promise<AdminAnswer<AdminResult<M>>> {
    const reply = await post({
      address: this.#address,
      pipeProgram: this.#pipeProgram,
      path: `/admin/v1/${method}`,
      body: JSON.stringify(params),
      timeoutMs: isPatient(method) ? this.#patientTimeoutMs : this.#timeoutMs,
      answerBytesMax: adminAnswerBytesMax,
    });
    if (!reply.ok) return reply;
    const document = parseJson(reply.text);
    if (reply.status !== 200) return parseRefusal(reply, document);
    const result = adminContract[method].result.safeParse(document);
    if (!result.success) return notUnderstood(`its answer to ${method}`);
    return { ok: true, value: result.data as AdminResult<M> };
  }

  /**
   * Calls back with a snapshot at every change and now and then, and in between by `onUnchanged` that
   * nothing has changed, at the pace of `watchPaces`, until the function that it returns is called or
   * the node ends it, which `onEnd` tells with the reason. `onEnd` is called at most once, and not after
   * the stream was stopped.
   */
  watch(
    onSnapshot: (snapshot: NodeSnapshot) => void,
    onEnd: (error: AdminError) => void,
    onUnchanged: () => void = () => undefined,
    pace: WatchPace = 'close',
  ) {
    const silenceMs = watchPaces[pace].heardEveryMs + this.#watchLateMs;
    let over = false;
    const end = (error: AdminError | null): void => {
      if (over) return;
      over = true;
      clearTimeout(silence);
      stream.close();
      if (error) onEnd(error);
    };
    const awayBySilence = (): void =>
      end({
        code: 'NODE_AWAY',
        message: `The server has sent nothing for ${silenceMs / 1_000} s.`,
      });
    const silence = setTimeout(awayBySilence, silenceMs);
    const lines = new LineSplitter(adminAnswerBytesMax, (line) => {
      if (over) return;
      if (line === unchangedLine) {
        silence.refresh();
        return onUnchanged();
      }
      const snapshot = nodeSnapshotSchema.safeParse(parseJson(line));
      if (!snapshot.success) return end(notUnderstood('its state'));
      silence.refresh();
      onSnapshot(snapshot.data);
    });
    const stream = openStream({
      address: this.#address,
      pipeProgram: this.#pipeProgram,
      path: `/admin/v1/watch?unchanged=1&pace=${pace}`,
      onData: (chunk) => {
        if (!lines.push(chunk)) end(notUnderstood('a line that is too long'));
      },
      onEnd: end,
    });
    return () => end(null);
  }
}

function parseRefusal(reply: RawReply, document: unknown): AdminAnswer<never> {
  const refusal = adminErrorSchema.safeParse(document);
  if (refusal.success) return { ok: false, ...refusal.data.error };
  return notUnderstood(`status ${reply.status}`);
}

function notUnderstood(what: string): { ok: false } & AdminError {
  return {
    ok: false,
    code: 'INTERNAL',
    message:
      `The server answered with something that this program does not understand (${what}). ` +
      'Make sure that both are of the same version.',
  };
}
