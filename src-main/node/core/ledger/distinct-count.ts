import { deniedTogetherMax } from '../../../../src-shared/model/usage.ts';

/**
 * How many different texts there were, up to `deniedTogetherMax`. Kept are hashes of 32 bits, so that
 * long texts take no more room than short ones; that two texts have one hash is rare enough to not matter.
 */
export class DistinctCount {
  readonly #hashes = new Set<number>();

  get count(): number {
    return this.#hashes.size;
  }

  add(text: string): void {
    if (this.#hashes.size < deniedTogetherMax) this.#hashes.add(hashOf(text));
  }
}

/** FNV-1a over the UTF-16 units. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return hash >>> 0;
}
