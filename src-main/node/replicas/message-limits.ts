import type { JsonLimits } from '../base/sliced-json.ts';

/** What a long message of one kind may be. */
export interface MessageLimits {
  /** Characters of the message, in one frame or fetched in parts. */
  charsMax: number;
  /** Values of every kind in it. */
  valuesMax: number;
}

/** Everything that is no more than a few fields, and every call and answer: contract of the peers. */
const ordinary: MessageLimits = { charsMax: 64 * 1024, valuesMax: 100_000 };

/** A write of the active: all that the requests of one turn came to. */
const write: MessageLimits = { charsMax: 16 * 1024 * 1024, valuesMax: 1_500_000 };

/** Rows of which each can be a licence with all its versions. */
const piece: MessageLimits = { charsMax: 16 * 1024 * 1024, valuesMax: 200_000 };

/** The sums of all buckets, as numbers of up to ten digits. */
const sums: MessageLimits = { charsMax: 128 * 1024, valuesMax: 10_000 };

const byKind: ReadonlyMap<string, MessageLimits> = new Map([
  ['append', write],
  ['rows', write],
  ['piece', piece],
  ['found', piece],
  ['buckets', sums],
  ['gather', sums],
]);

/** How long a message of the replicas may be, by its type. */
export function ledgerMessageLimits(type: string): MessageLimits {
  return byKind.get(type) ?? ordinary;
}

/** Values of a list that is none of the long ones of a message, and of an object. */
const listMax = 500;

/** Of an answer, which is parsed as a whole. */
const answerListMax = 2_000;

const depthMax = 24;

/** Depth at which a message stands in the JSON of a link, and in that of a transfer. */
export const messageDepth = { link: 3, transfer: 1 } as const;

/** What the JSON of a message may be. Long are its own lists, and the changes of an entry. */
export function messageJsonLimits(type: string, depth: number, textCharsMax: number): JsonLimits {
  const { valuesMax } = ledgerMessageLimits(type);
  const longListsAt = [depth + 1, depth + 3];
  return { valuesMax, depthMax, textCharsMax, listMax, longListsAt };
}

/** What the JSON of a call or an answer may be: none of its lists is a long one. */
export function callJsonLimits(textCharsMax: number): JsonLimits {
  const { valuesMax } = ordinary;
  return { valuesMax, depthMax, textCharsMax, listMax: answerListMax, longListsAt: [] };
}
