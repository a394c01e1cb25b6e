import { setImmediate as nextTurn } from 'node:timers/promises';
import { refuse } from '../../../src-shared/contract/admin-error.ts';
import { readSaid } from '../../../src-shared/model/said-text.ts';
import type { PeerMessage } from '../core/replica/message.ts';
import type { ImagePart } from '../store/store.ts';
import type { Log } from '../base/log.ts';
import { parseSliced } from '../base/sliced-json.ts';
import { ledgerMessageLimits, messageDepth, messageJsonLimits } from './message-limits.ts';
import { type ImageHead, type Offer, replicaMessageSchema } from './peer-payload.ts';
import {
  addImagePage,
  type ImageLists,
  parseImageHead,
  parseLongMessage,
} from './parse-payload.ts';
import type { PeerCalls, PeerHandlers } from '../peers/peer-calls.ts';

/** What broke a transfer off may repeat what was sent. */
const whyMax = 300;

/** Transfers to other servers at a time; the oldest gives way. */
const outgoingMax = 8;

/** A transfer that nobody fetches from for so long is given up. */
const idleMsMax = 30_000;

/** Characters of one part of a long message. */
const partChars = 256 * 1024;

/** What is taken in at most; less in tests. */
interface TransferLimits {
  charsMax: number;
  /** Longest time for all of one transfer. */
  msMax: number;
}

const limitsDefault: TransferLimits = { charsMax: 192 * 1024 * 1024, msMax: 600_000 };

interface Outgoing {
  to: string;
  parts: AsyncIterator<string>;
  next: number;
  timer: NodeJS.Timeout;
}

/**
 * What is too long for a message of the peer link: images of ledgers and many rows. The
 * receiver fetches one part after the other, so that heartbeats pass between them and neither side
 * holds more than it can take.
 */
export class Transfers {
  readonly #calls: PeerCalls;
  readonly #log: Pick<Log, 'warn'>;
  readonly #limits: TransferLimits;
  readonly #outgoing = new Map<number, Outgoing>();
  readonly #incoming = new Set<string>();
  #lastId = 0;

  constructor(calls: PeerCalls, log: Pick<Log, 'warn'>, limits: Partial<TransferLimits> = {}) {
    this.#calls = calls;
    this.#log = log;
    this.#limits = { ...limitsDefault, ...limits };
  }

  handlers(): PeerHandlers<'transfer.part'> {
    return {
      'transfer.part': async (from, { transfer, part }) => {
        const outgoing = this.#outgoing.get(transfer);
        if (outgoing?.to !== from || outgoing.next !== part) {
          return refuse('BAD_REQUEST', 'There is no such part.');
        }
        outgoing.next++;
        outgoing.timer.refresh();
        const next = await outgoing.parts.next();
        const last = next.done === true;
        if (last) this.#end(transfer);
        return { ok: true, value: { text: last ? '' : next.value, last } };
      },
    };
  }

  /** Makes parts ready for one server, which is to be told the number that this returns. */
  offer(to: string, parts: AsyncIterable<string>): number {
    const id = ++this.#lastId;
    for (const [oldest] of this.#outgoing) {
      if (this.#outgoing.size < outgoingMax) break;
      this.#end(oldest);
    }
    const timer = setTimeout(() => this.#end(id), idleMsMax);
    this.#outgoing.set(id, { to, parts: parts[Symbol.asyncIterator](), next: 0, timer });
    return id;
  }

  /**
   * Fetches what was offered; undefined when it could not be had, was not what it should be, or
   * when the same ledger is being fetched from that server already.
   */
  async fetch(from: string, { ledger, transfer, what }: Offer): Promise<PeerMessage | undefined> {
    const key = `${from} ${ledger} ${what.type}`;
    if (this.#incoming.has(key)) return undefined;
    this.#incoming.add(key);
    try {
      const parts = this.#fetchParts(from, transfer);
      if (what.type === 'message') return await parseMessage(await joinParts(parts));
      const image = await assembleImage(parts);
      return { ...what, image };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#log.warn(`A transfer of ledger ${ledger} broke off: ${readSaid(why, whyMax)}`);
      return undefined;
    } finally {
      this.#incoming.delete(key);
    }
  }

  stop(): void {
    for (const id of [...this.#outgoing.keys()]) this.#end(id);
  }

  async *#fetchParts(from: string, transfer: number): AsyncGenerator<string> {
    let chars = 0;
    const { charsMax, msMax } = this.#limits;
    const endMs = performance.now() + msMax;
    for (let part = 0; ; part++) {
      const answer = await this.#calls.call(from, 'transfer.part', { transfer, part });
      if (!answer.ok) throw new Error(answer.message);
      if (answer.value.last) return;
      chars += answer.value.text.length;
      if (answer.value.text === '') throw new Error('a part of it is empty');
      if (chars > charsMax) throw new Error('it is too long');
      if (performance.now() > endMs) throw new Error('it takes too long');
      yield answer.value.text;
    }
  }

  #end(id: number): void {
    const outgoing = this.#outgoing.get(id);
    if (!outgoing) return;
    clearTimeout(outgoing.timer);
    this.#outgoing.delete(id);
    void outgoing.parts.return?.();
  }
}

/** A long message in parts. */
export async function* cutMessage(message: PeerMessage): AsyncGenerator<string> {
  let text = '';
  for (const piece of piecesOf(message)) {
    text += piece;
    for (; text.length >= partChars; text = text.slice(partChars)) yield text.slice(0, partChars);
  }
  if (text !== '') yield text;
}

/** Whether the text of a message has more characters; no more of it is made than it takes to know. */
export function isLongerThan(message: PeerMessage, charsMax: number): boolean {
  let chars = 0;
  for (const piece of piecesOf(message)) {
    chars += piece.length;
    if (chars > charsMax) return true;
  }
  return false;
}

/** Lists that can be long, of which an item is made into text at a time. */
const longLists = ['entries', 'rows', 'history'];

/** The text of a message piece by piece, with its type first. */
function* piecesOf(message: PeerMessage): Generator<string, void, void> {
  const fields = Object.entries(message).filter(([, value]) => value !== undefined);
  for (const [n, [key, value]] of fields.entries()) {
    const name = `${n === 0 ? '{' : ','}${JSON.stringify(key)}:`;
    if (!longLists.includes(key) || !Array.isArray(value)) yield name + JSON.stringify(value);
    else {
      for (const [at, item] of value.entries()) {
        yield (at === 0 ? `${name}[` : ',') + JSON.stringify(item);
      }
      yield value.length === 0 ? `${name}[]` : ']';
    }
  }
  yield '}';
}

/** An image of the store in parts: the head, then one list after the other, a page at a time. */
export async function* cutImage(parts: AsyncIterable<ImagePart>): AsyncGenerator<string> {
  for await (const part of parts) {
    if (part.type === 'page') yield `{"${part.list}":[${part.docs.join(',')}]}`;
    else yield JSON.stringify({ position: part.position, ledger: part.ledger });
  }
}

/** The type of the message stands in its first part, and with it how long all of it may be. */
async function joinParts(parts: AsyncIterable<string>): Promise<string> {
  const texts: string[] = [];
  let charsLeft = 0;
  for await (const text of parts) {
    if (texts.length === 0) charsLeft = ledgerMessageLimits(typeOf(text)).charsMax;
    charsLeft -= text.length;
    if (charsLeft < 0) throw new Error('it is too long');
    texts.push(text);
  }
  return texts.join('');
}

function typeOf(text: string): string {
  return /^\{"type":"(\w{1,32})"/.exec(text.slice(0, 64))?.[1] ?? '';
}

async function parseMessage(text: string): Promise<PeerMessage> {
  const limits = messageJsonLimits(typeOf(text), messageDepth.transfer, partChars);
  const value = await parseSliced(text, limits);
  if (typeof value !== 'object' || value === null) throw new Error('it is no message');
  const parsed = await parseLongMessage(value);
  if (!parsed.ok) throw new Error(parsed.problem);
  const { emptied, lists } = parsed.value;
  return { ...replicaMessageSchema.parse(emptied), ...lists } as PeerMessage;
}

type Image = Extract<PeerMessage, { type: 'image' }>['image'];

/** Long are the rows of a head, and the list of a page. */
const imageLimits = {
  ...{ valuesMax: 500_000, depthMax: 24, textCharsMax: partChars },
  ...{ listMax: 500, longListsAt: [2, 3] },
};

// A part at a time, with the loop free between them.
async function assembleImage(parts: AsyncIterable<string>): Promise<Image> {
  let head: ImageHead | undefined;
  const lists: ImageLists = { licenses: [], vendors: [], ended: [], leases: [] };
  for await (const text of parts) {
    const value = await parseSliced(text, imageLimits);
    if (head) await addImagePage(lists, value);
    else head = await parseImageHead(value);
    await nextTurn();
  }
  if (!head) throw new Error('it has no beginning');
  return { position: head.position, ledger: { ...head.ledger, ...lists } };
}
