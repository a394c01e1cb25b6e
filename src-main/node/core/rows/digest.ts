import { canonicalText } from './canonical-text.ts';
import type { Row } from './row.ts';

/** Parts of the key space that members compare one by one. */
export const bucketCount = 4_096;

/** Numbers that a row hash has: two lanes of 32 bits. */
const lanes = 2;

/**
 * What a set of rows adds up to: for each bucket the sum of the hashes of its rows, in 2 × 32 bits,
 * and the sum of all. Adding and taking away a row costs the same whatever there is.
 */
export interface Digest {
  /** `lanes` numbers a bucket. */
  readonly sums: Uint32Array;
  readonly root: Uint32Array;
}

export function createDigest(): Digest {
  return { sums: new Uint32Array(bucketCount * lanes), root: new Uint32Array(lanes) };
}

/** Counts a row in, or out again with `sign` -1. */
export function countRow(digest: Digest, row: Row, sign: 1 | -1): void {
  const { sums, root } = digest;
  const text = `${row.kind}\u0002${canonicalText(row)}`;
  // FNV-1a in two lanes of different primes, each mixed well at the end.
  let a = 0x811c9dc5;
  let b = 0x9747b28c;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x5bd1e995);
  }
  a = mix(a ^ text.length);
  b = mix(b + a);
  const at = bucketOf(row) * lanes;
  sums[at] = (sums[at] ?? 0) + sign * a;
  sums[at + 1] = (sums[at + 1] ?? 0) + sign * b;
  root[0] = (root[0] ?? 0) + sign * a;
  root[1] = (root[1] ?? 0) + sign * b;
}

/** The bucket of a row goes by its key alone. */
export function bucketOf({ kind, id }: Pick<Row, 'kind' | 'id'>): number {
  let hash = 0x811c9dc5 ^ kind.length;
  for (let at = 0; at < id.length; at++) hash = Math.imul(hash ^ id.charCodeAt(at), 0x01000193);
  return mix(hash) % bucketCount;
}

/** Spreads every bit over all 32, as MurmurHash3 does at its end. */
function mix(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The sums as they are sent. A loop, since spreading a typed array takes some thirty times as long. */
export function sumsOf({ sums }: Digest): number[] {
  const list = new Array<number>(sums.length);
  for (let at = 0; at < sums.length; at++) list[at] = sums[at] ?? 0;
  return list;
}

/** What members tell each other of all their rows: 16 hexadecimal digits. */
export function rootText({ root }: Digest): string {
  return [...root].map((lane) => lane.toString(16).padStart(8, '0')).join('');
}

/** Buckets in which two digests differ. `sums` is what another member sent. */
export function differingBuckets(digest: Digest, sums: readonly number[]): number[] {
  const differing: number[] = [];
  for (let bucket = 0; bucket < bucketCount; bucket++) {
    const at = bucket * lanes;
    const same = digest.sums[at] === sums[at] && digest.sums[at + 1] === sums[at + 1];
    if (!same) differing.push(bucket);
  }
  return differing;
}

/** Numbers in `sums` as they are sent. */
export const sumsLength = bucketCount * lanes;
