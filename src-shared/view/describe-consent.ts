import type { ConsentPart, ConsentRequest } from '../model/consent.ts';
import { joinNames } from './join-names.ts';
import { capitalise } from './relationship-words.ts';

/** What another server asks for, a sentence a part, from the side of the server `here`. */
export function describeAsked(
  { asks, from, others, owner }: Pick<ConsentRequest, 'asks' | 'from' | 'others' | 'owner'>,
  here: string,
): string[] {
  if (others.length === 0) return describeParts(asks, here, from.name);
  const names = [from, ...others].map(({ name }) => name);
  const keepers = names.filter((name) => name !== owner.name);
  const sentences: Record<ConsentPart, string> = {
    keep:
      `${here} keeps the licences of ${owner.name} together with ${joinNames(keepers)}, and serves ` +
      'them when the servers before it cannot.',
    share:
      `${joinNames(names)} keep the licences of ${here} and serve them when ${here} cannot; their ` +
      'admins, too, say which servers are members.',
    witness: `${here} votes on who serves, and keeps no licences.`,
  };
  return asks.map((part) => asSentence(sentences[part]));
}

/** What is asked or allowed, a sentence a part, from the side of the server `here`. */
export function describeParts(
  parts: readonly ConsentPart[],
  here: string,
  other: string,
): string[] {
  const sentences: Record<ConsentPart, string> = {
    keep: `${here} keeps the licences of ${other} and serves them when ${other} cannot.`,
    share: `${other} keeps the licences of ${here} and serves them when ${here} cannot.`,
    witness: `${here} votes on who serves, and keeps no licences.`,
  };
  return parts.map((part) => asSentence(sentences[part]));
}

/** What every member of a shared ledger may order of it (docs/pairing.md, "What a member may order"). */
export const memberMayOrder =
  'An admin of any server of a relationship may import, roll back and remove the licences that it ' +
  'shares, release their seats, change its timing, policy and witness, switch over, fail back, take the ' +
  'clock again and dissolve it. To trust or forget a vendor, and to let another server keep the ' +
  'licences, an admin of the server whose licences they are is needed; in a triad or a pool any of ' +
  'its admins may add, remove, replace and order members.';

/** What a pairing lets the other server do with this one; said on both sides. */
export function describeAllowed(
  parts: readonly ConsentPart[],
  here: string,
  other: string,
): string {
  if (parts.length === 0) {
    const words = `${other} and ${here} see and reach each other, and no more`;
    return asSentence(`${words}: for a relationship, ${other} has to ask.`);
  }
  return asSentence(`${other} may set up a relationship with ${here} without asking again.`);
}

/** A server's name stays as it is at the beginning of a sentence; what stands for a name has a capital there. */
function asSentence(words: string): string {
  return /^(this|the other) server\b/.test(words) ? capitalise(words) : words;
}
