/** One question and answer between two clocks. Milliseconds; the last is of a monotonic clock. */
export interface ClockSample {
  sentMs: number;
  /** On the other server's clock. */
  receivedMs: number;
  answeredMs: number;
  roundTripMs: number;
}

interface Sample {
  differenceMs: number;
  roundTripMs: number;
}

const samplesMax = 8;

/** What two clocks may drift apart in the time that samples are kept, in ms. */
const driftMsMax = 100;

/** A sample is wrong by half of its round trip at most. */
function couldBeOneClock(a: Sample, b: Sample): boolean {
  const errorMs = (a.roundTripMs + b.roundTripMs) / 2;
  return Math.abs(a.differenceMs - b.differenceMs) <= errorMs + driftMsMax;
}

/**
 * How far another server's wall clock is ahead of ours. The answer is taken to be half a round trip
 * old; of the newest samples the one with the shortest round trip counts, since its error, at most
 * half of that, is the least.
 */
export class ClockMeter {
  readonly #samples: Sample[] = [];

  add({ sentMs, receivedMs, answeredMs, roundTripMs }: ClockSample): void {
    // The time that the other server took to answer is no part of the way.
    const wayMs = Math.max(0, roundTripMs - Math.max(0, answeredMs - receivedMs));
    const differenceMs = receivedMs - sentMs - wayMs / 2;
    const sample = { differenceMs, roundTripMs: wayMs };
    // One of the two clocks was set: what was measured before says nothing any more.
    if (this.#samples.some((former) => !couldBeOneClock(former, sample))) this.#samples.length = 0;
    this.#samples.push(sample);
    if (this.#samples.length > samplesMax) this.#samples.shift();
  }

  /** Null before the first sample. Positive: the other clock is ahead. */
  get differenceMs(): number | null {
    return this.#best()?.differenceMs ?? null;
  }

  /** Shortest of the newest samples. */
  get roundTripMs(): number | null {
    return this.#best()?.roundTripMs ?? null;
  }

  #best(): Sample | undefined {
    return this.#samples.toSorted((a, b) => a.roundTripMs - b.roundTripMs)[0];
  }
}
