/** Chance that a seed repeats exactly (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number from 0 to below `limit`. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  }
}

const interesting = [0, 1, 0x7f, 0x80, 0xc0, 0xff];

/** A copy with a few bytes changed, cut out, doubled or put in; sometimes nothing but chance. */
export function mutate(sample: Buffer, random: Random): Buffer {
  if (random.below(20) === 0) {
    return Buffer.from(Array.from({ length: random.below(64) }, () => random.below(256)));
  }
  let bytes = Buffer.from(sample);
  for (let change = random.below(6); change > 0; change--) {
    const at = random.below(bytes.length + 1);
    const to = Math.min(bytes.length, at + random.below(16));
    switch (random.below(5)) {
      case 0:
        if (at < bytes.length) bytes[at] = random.below(256);
        break;
      case 1:
        if (at < bytes.length) bytes[at] = interesting[random.below(interesting.length)] ?? 0;
        break;
      case 2:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(to)]);
        break;
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, to), bytes.subarray(at)]);
        break;
      default:
        bytes = bytes.subarray(0, at);
    }
  }
  return bytes;
}
