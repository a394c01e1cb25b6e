import { rank, type Row, spellIdOf } from '../../src-main/node/core/rows/row.ts';
import type { PeerMessage } from '../../src-main/node/core/replica/message.ts';
import { PeerCalls } from '../../src-main/node/peers/peer-calls.ts';
import { cutImage, cutMessage, Transfers } from '../../src-main/node/replicas/transfers.ts';
import { imagePartsOf } from '../support/image-parts.ts';
import type { ImagePart } from '../../src-main/node/store/store.ts';
import { messageSamples } from '../support/peer-messages.ts';
import { leaseIdOf, makeLease, nowMs, otherId } from '../support/records.ts';
import { makeLedger, takeMessage } from './fuzz-ledger.ts';
import { mutate, type Random } from './mutate.ts';
import { type Json, mutateJson, pick } from './mutate-json.ts';

const spell = spellIdOf(5, 'ab'.repeat(8));
const term = { number: 5, member: otherId, boot: 'ab'.repeat(8) };

/** What a log can say of a transfer that is no good; anything else is a fault of this server. */
const faultWords = /TypeError|RangeError|Cannot read|is not a function|is not iterable/;

/** Longest line that a broken transfer may write. */
const lineCharsMax = 600;

/** A member that offers images and long messages, and then sends whatever it likes. */
export class TransfersTarget {
  readonly #transfers: Transfers;
  #parts: string[] = [];
  #fault: Error | undefined;
  #offers = 0;
  /** Messages that came whole. */
  taken = 0;

  constructor() {
    const warn = (line: string) => {
      const isLine = line.length <= lineCharsMax && !/\p{Cc}/u.test(line);
      if (!isLine || faultWords.test(line)) this.#fault = new Error(`the log has: ${line}`);
    };
    const calls: PeerCalls = new PeerCalls({
      send: (to, payload) => {
        if (payload.type !== 'call') return true;
        const text = this.#parts.shift();
        const value = { text: text ?? '', last: text === undefined };
        queueMicrotask(() =>
          calls.take(to, { type: 'answer', id: payload.id, answer: { ok: true, value } }),
        );
        return true;
      },
      untilTried: () => Promise.resolve(),
      nameOf: () => 'Other',
      isPartner: () => true,
      log: { warn, error: warn },
    });
    this.#transfers = new Transfers(calls, { warn });
  }

  /** Throws when a transfer ends otherwise than with a message or a sentence, or the ledger breaks. */
  async fuzz(random: Random): Promise<void> {
    const isImage = random.below(2) === 0;
    const texts = isImage ? await imageParts(random) : await messageParts(random);
    this.#parts = spoil(texts, random);
    const offer = { type: 'offer', ledger: 'ledger-1', transfer: ++this.#offers } as const;
    const figures = { commitIndex: 3, usageAfter: 0, eventsAfter: 0, configVersion: 2 };
    const what = isImage
      ? ({ type: 'image', term, ...figures } as const)
      : ({ type: 'message' } as const);
    const message = await this.#transfers.fetch(otherId, { ...offer, what });
    if (this.#fault) throw this.#fault;
    if (!message) return;
    this.taken++;
    takeMessage(makeLedger(random), message);
  }

  async stop(): Promise<void> {
    this.#transfers.stop();
  }
}

async function messageParts(random: Random): Promise<string[]> {
  const samples = messageSamples(term);
  const rows = Array.from({ length: random.below(40) }, (_, n) => rowOf(n));
  const long: PeerMessage[] = [
    { ...samples.rows, rows: [...samples.rows.rows, ...rows] },
    { ...samples.piece, rows: [...samples.piece.rows, ...rows] },
    { ...samples.found, rows: [...samples.found.rows, ...rows] },
    samples.append,
  ];
  const message = pick(long, random) ?? samples.rows;
  const changed = mutateJson(JSON.parse(JSON.stringify(message)) as Json, random);
  if (changed === null || typeof changed !== 'object') return [JSON.stringify(changed)];
  return collect(cutMessage(changed as unknown as PeerMessage));
}

function rowOf(n: number): Row {
  return {
    ...{ kind: 'lease', id: leaseIdOf(100 + n), by: spell, write: 1, rank: rank.returned },
    ...{ stampMs: nowMs, licenseId: 'acme-cad', instance: 'i', borrowUntilMs: null, lease: null },
  };
}

async function imageParts(random: Random): Promise<string[]> {
  const { image } = messageSamples(term).image;
  const leases = Array.from({ length: random.below(4) * 5 }, (_, n) => makeLease(n));
  const parts = imagePartsOf({ ...image, ledger: { ...image.ledger, leases } }, 5).map(
    (part): ImagePart => {
      if (part.type === 'head') return part;
      const docs = part.docs.map((doc) =>
        JSON.stringify(mutateJson(JSON.parse(doc) as Json, random)),
      );
      return { ...part, docs };
    },
  );
  const texts = await collect(cutImage(each(parts)));
  if (random.below(2) === 0) return texts;
  const [first = '{}', ...rest] = texts;
  return [JSON.stringify(mutateJson(JSON.parse(first) as Json, random)), ...rest];
}

/** The parts cut elsewhere, changed, in another order or without one. */
function spoil(texts: string[], random: Random): string[] {
  switch (random.below(6)) {
    case 0:
      return texts.map((text) => mutate(Buffer.from(text), random).toString());
    case 1: {
      const whole = texts.join('');
      const at = random.below(whole.length + 1);
      return [whole.slice(0, at), whole.slice(at)];
    }
    case 2:
      return texts.toReversed();
    case 3:
      return texts.toSpliced(random.below(texts.length + 1), 1);
    default:
      return texts;
  }
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T, void, void> {
  yield* items;
}

async function collect(texts: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const text of texts) all.push(text);
  return all;
}
