/** What happens when, in simulated milliseconds; equal times in the order of planning. */
export class Agenda {
  nowMs = 0;
  #heap: { atMs: number; order: number; run: () => void }[] = [];
  #order = 0;

  after(delayMs: number, run: () => void): void {
    const item = { atMs: this.nowMs + Math.max(0, delayMs), order: this.#order++, run };
    const heap = this.#heap;
    let i = heap.push(item) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (before(heap[parent], item)) break;
      heap[i] = heap[parent] ?? item;
      i = parent;
    }
    heap[i] = item;
  }

  /** Runs the next item; false when there is none before `endMs`. */
  runNext(endMs: number): boolean {
    const first = this.#heap[0];
    if (!first || first.atMs > endMs) return false;
    this.#removeFirst();
    this.nowMs = first.atMs;
    first.run();
    return true;
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let i = 0;
    for (;;) {
      const left = 2 * i + 1;
      if (left >= heap.length) break;
      const right = left + 1;
      const child = right < heap.length && before(heap[right], heap[left]) ? right : left;
      if (before(last, heap[child])) break;
      heap[i] = heap[child] ?? last;
      i = child;
    }
    heap[i] = last;
  }
}

interface Timed {
  atMs: number;
  order: number;
}

function before(a: Timed | undefined, b: Timed | undefined): boolean {
  if (!a || !b) return false;
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
