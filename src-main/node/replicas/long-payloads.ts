import { JsonRefused, parseSliced } from '../base/sliced-json.ts';
import type { LongHead, LongMessage } from '../peers/link/long-message.ts';
import type { PeerCalls } from '../peers/peer-calls.ts';
import type { Complaints } from './complaints.ts';
import type { HostedReplica } from './hosted-replica.ts';
import {
  callJsonLimits,
  ledgerMessageLimits,
  messageDepth,
  messageJsonLimits,
} from './message-limits.ts';
import { type ParsedPayload, parseLongPayload } from './parse-payload.ts';

export interface LongPayloadsOptions {
  replicaOf: (ledger: string) => HostedReplica | undefined;
  /** Whether a server is heard as one that takes part in a ledger. */
  hears: (replica: HostedReplica, from: string) => boolean;
  calls: Pick<PeerCalls, 'longestCall' | 'longestAnswer'>;
  complaints: Pick<Complaints, 'note'>;
  /** The sender speaks of a ledger that is not kept here. */
  onStrangeLedger: (from: string, ledger: string) => void;
}

/** Characters of long messages of one server that wait to be parsed. */
const waitingCharsMax = 32 * 1024 * 1024;

/** A licence as its vendor signed it. */
const rowTextCharsMax = 1024 * 1024;

/** An order can hold a licence file, of which every character can be written as two. */
const textCharsMax = 9 * 1024 * 1024;

/**
 * Long payloads of other servers. Who sent one, of what kind and how long it is decides whether it is
 * parsed at all; then the loop is free every few milliseconds. What the same server sends meanwhile
 * waits for its turn.
 */
export class LongPayloads {
  readonly #options: LongPayloadsOptions;
  /** By server: what is to be done, one after the other, and how much of it waits. */
  readonly #turns = new Map<string, { last: Promise<void>; chars: number; count: number }>();

  constructor(options: LongPayloadsOptions) {
    this.#options = options;
  }

  /** Whether something of that server is being parsed, so that what follows has to wait. */
  isBusy(from: string): boolean {
    return this.#turns.has(from);
  }

  /** Whether a message is read at all, by its head and its length in bytes, before it has come. */
  wants(from: string, head: LongHead, bytes: number): boolean {
    // A character has three bytes at most.
    const refusal = this.#refuse(from, head, bytes / 3);
    if (refusal !== null && refusal !== '') this.#options.complaints.note(from, refusal);
    return refusal === null;
  }

  /** Calls back with the payload, unless it is not wanted. */
  take(
    from: string,
    message: LongMessage,
    onParsed: (parsed: ParsedPayload) => Promise<void>,
  ): void {
    const refusal = this.#refuse(from, message.head, message.text.length);
    const waiting = (this.#turns.get(from)?.chars ?? 0) + message.text.length;
    if (refusal !== null) {
      if (refusal !== '') this.#options.complaints.note(from, refusal);
    } else if (waiting > waitingCharsMax) {
      this.#options.complaints.note(from, 'more of it waits already than can be taken');
    } else {
      this.#enqueue(from, message.text.length, async () => {
        await onParsed(await this.#parse(message));
      });
    }
  }

  /** Does something after what that server sent before. */
  inTurn(from: string, work: () => void): void {
    this.#enqueue(from, 0, async () => work());
  }

  #enqueue(from: string, chars: number, work: () => Promise<void>): void {
    const turn = this.#turns.get(from) ?? { last: Promise.resolve(), chars: 0, count: 0 };
    this.#turns.set(from, turn);
    turn.chars += chars;
    turn.count++;
    const fail = (error: unknown) => this.#options.complaints.note(from, String(error));
    turn.last = turn.last
      .then(work)
      .catch(fail)
      .finally(() => {
        turn.chars -= chars;
        if (--turn.count === 0) this.#turns.delete(from);
      });
  }

  /** Why it is not parsed; empty: it is not worth a word; null: it is. */
  #refuse(from: string, head: LongHead, chars: number): string | null {
    const charsMax = this.#charsMax(from, head);
    if (typeof charsMax === 'string') return charsMax;
    return chars <= charsMax ? null : `it is longer than ${charsMax} characters`;
  }

  #charsMax(from: string, head: LongHead): number | string {
    const { replicaOf, hears, calls, onStrangeLedger } = this.#options;
    switch (head.type) {
      case 'ledger': {
        const replica = replicaOf(head.ledger);
        if (!replica) {
          onStrangeLedger(from, head.ledger);
          return '';
        }
        if (!hears(replica, from)) return 'it takes no part in this ledger';
        return ledgerMessageLimits(head.message).charsMax;
      }
      case 'call':
        return calls.longestCall(from, head.method);
      case 'answer':
        return calls.longestAnswer(from, head.id);
      case 'unknown':
        return 'what it is is never so long';
    }
  }

  async #parse({ head, text }: LongMessage): Promise<ParsedPayload> {
    const limits =
      head.type === 'ledger'
        ? messageJsonLimits(head.message, messageDepth.link, rowTextCharsMax)
        : callJsonLimits(textCharsMax);
    try {
      const value = await parseSliced(text, limits);
      const data: unknown = typeof value === 'object' && value && Reflect.get(value, 'data');
      return await parseLongPayload(data);
    } catch (error) {
      if (error instanceof JsonRefused) return { ok: false, problem: error.message };
      throw error;
    }
  }
}
