/** A span of time in equal steps; the last one may be cut short by `toMs`. */
export interface SweepSpan {
  fromMs: number;
  toMs: number;
  stepMs: number;
  stepCount: number;
}

/**
 * Counts units out over time, going backwards: sessions come in falling order of their end, so that
 * the index on the end of a session gives exactly those that matter. Sessions that are out at the
 * present point are kept in a heap by their start; their number is bounded by the licence's units.
 * A session counts from its start up to, but not including, its end.
 */
export class UsageSweep {
  private readonly span: SweepSpan;
  private readonly peaks: number[];
  private readonly unitMs: number[];
  private readonly out: StartHeap = new StartHeap();
  private unitsOut = 0;
  /** Everything from here on is counted. */
  private countedFromMs: number;

  constructor(span: SweepSpan) {
    this.span = span;
    this.peaks = Array<number>(span.stepCount).fill(0);
    this.unitMs = Array<number>(span.stepCount).fill(0);
    this.countedFromMs = span.toMs;
  }

  /** A session clipped to the span. */
  add(startMs: number, endMs: number, units: number): void {
    this.endAllStartedSince(endMs);
    this.countDownTo(endMs);
    this.out.push(startMs, units);
    this.unitsOut += units;
  }

  finish(): { peakUnits: number; unitMs: number; steps: { peaks: number[]; averages: number[] } } {
    this.endAllStartedSince(this.span.fromMs);
    const { fromMs, toMs, stepMs } = this.span;
    const averages = this.unitMs.map((unitMs, step) => {
      const lengthMs = Math.min(stepMs, toMs - (fromMs + step * stepMs));
      return lengthMs > 0 ? unitMs / lengthMs : 0;
    });
    return {
      peakUnits: this.peaks.reduce((highest, peak) => Math.max(highest, peak), 0),
      unitMs: this.unitMs.reduce((sum, unitMs) => sum + unitMs, 0),
      steps: { peaks: this.peaks, averages },
    };
  }

  private endAllStartedSince(instantMs: number): void {
    for (let top = this.out.top(); top && top.startMs >= instantMs; top = this.out.top()) {
      this.countDownTo(top.startMs);
      this.unitsOut -= top.units;
      this.out.pop();
    }
  }

  /** Counts the units that are out between `instantMs` and what was counted before. */
  private countDownTo(instantMs: number): void {
    const { fromMs, stepMs } = this.span;
    while (this.unitsOut > 0 && this.countedFromMs > instantMs) {
      const step = Math.ceil((this.countedFromMs - fromMs) / stepMs) - 1;
      const lowerMs = Math.max(instantMs, fromMs + step * stepMs);
      this.peaks[step] = Math.max(this.peaks[step] ?? 0, this.unitsOut);
      this.unitMs[step] = (this.unitMs[step] ?? 0) + this.unitsOut * (this.countedFromMs - lowerMs);
      this.countedFromMs = lowerMs;
    }
    this.countedFromMs = Math.min(this.countedFromMs, instantMs);
  }
}

interface Started {
  startMs: number;
  units: number;
}

/** Binary heap with the latest start on top. */
class StartHeap {
  private readonly items: Started[] = [];

  top(): Started | undefined {
    return this.items[0];
  }

  push(startMs: number, units: number): void {
    const { items } = this;
    let at = items.push({ startMs, units }) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.startAt(parent) >= startMs) break;
      this.swap(at, parent);
      at = parent;
    }
  }

  pop(): void {
    const { items } = this;
    const last = items.pop();
    if (!last || items.length === 0) return;
    items[0] = last;
    for (let at = 0; ;) {
      let highest = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (this.startAt(child) > this.startAt(highest)) highest = child;
      }
      if (highest === at) return;
      this.swap(at, highest);
      at = highest;
    }
  }

  private startAt(index: number): number {
    return this.items[index]?.startMs ?? -Infinity;
  }

  private swap(a: number, b: number): void {
    const { items } = this;
    const [first, second] = [items[a], items[b]];
    if (!first || !second) return;
    items[a] = second;
    items[b] = first;
  }
}
