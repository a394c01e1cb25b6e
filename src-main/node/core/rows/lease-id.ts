import type { HolderIdentity } from '../../../../src-shared/model/lease.ts';

/**
 * The id of the lease that a numbered request gets, whichever server is asked: the same for every
 * retry, so that no retry can end in a second seat. It has the form of a UUID of version 8.
 */
export function leaseIdOf(
  { instance, user, host }: HolderIdentity,
  request: number,
  licenseId: string,
): string {
  const text = [request, licenseId, instance, user, host].join('\u0001');
  const words = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344].map((seed) => hash(text, seed));
  const hex = words.map((word) => word.toString(16).padStart(8, '0')).join('');
  const variant = ((parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20),
  ].join('-');
}

/** 32 bits of a text: multiplied and rotated a character at a time, and mixed well at the end. */
function hash(text: string, seed: number): number {
  let state = seed;
  for (let at = 0; at < text.length; at++) {
    state = Math.imul(state ^ text.charCodeAt(at), 0x9e3779b1);
    state = (state << 13) | (state >>> 19);
  }
  state ^= text.length;
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return (state ^ (state >>> 16)) >>> 0;
}
