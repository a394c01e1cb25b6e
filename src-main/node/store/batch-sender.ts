import { setImmediate } from 'node:timers/promises';
import {
  type Committed,
  type Probe,
  type StoreBatch,
  type StoredEvent,
  StoreUnavailable,
} from './store.ts';
import type { PackedWrites } from './operation.ts';
import { type EventOf, packBatch } from './pack-writes.ts';
import type { WorkerLink } from './worker-link.ts';
import { WorkerFailure } from './worker-message.ts';
import { storeFault } from './store-fault.ts';

type Parts = ReturnType<typeof packBatch>;

/** A batch while it is handed over. */
interface Handing {
  readonly number: number;
  readonly epoch: number;
  readonly events: EventOf[];
  readonly parts: Parts;
}

/**
 * Hands batches to the writer in their order, a large one piece by piece. After a failure it takes
 * none that was given before a probe had worked, and neither does the writer.
 */
export class BatchSender {
  readonly #writer: WorkerLink;
  #lastNumber = 0;
  /** Rises with every probe that worked. */
  #epoch = 0;
  #broken: { epoch: number; failure: StoreUnavailable } | null = null;
  /** The handing over of the last large batch; the ones after it wait for that. */
  #handedOver: Promise<unknown> | null = null;
  /** Over when the newest batch is written, or is not. */
  #newest: Promise<void> = Promise.resolve();

  constructor(writer: WorkerLink) {
    this.#writer = writer;
  }

  commit(batch: StoreBatch): Promise<Committed> {
    const before = this.#newest;
    const committed = this.#commit(batch).catch(async (error: unknown) => {
      // What was given before is written all the same, and known to be first.
      await before;
      throw error;
    });
    this.#newest = committed.then(
      () => undefined,
      () => undefined,
    );
    return committed;
  }

  async #commit(batch: StoreBatch): Promise<Committed> {
    const events: EventOf[] = [];
    const handing: Handing = {
      number: ++this.#lastNumber,
      epoch: this.#epoch,
      events,
      parts: packBatch(batch, events),
    };
    if (this.#handedOver) return this.#takeTurn(handing, null);
    const first = this.#nextPart(handing);
    if (first.done !== true) return this.#takeTurn(handing, first.value);
    return this.#finish(handing, first.value);
  }

  /** Batches given from now on are written again when a write works. */
  async probe(): Promise<Probe> {
    await this.#handedOver;
    const probe = await this.#writer.ask({ type: 'probe' });
    this.#epoch++;
    return probe;
  }

  /** Hands a batch over after the ones before it. */
  async #takeTurn(handing: Handing, first: PackedWrites | null): Promise<Committed> {
    const turn = (this.#handedOver ?? Promise.resolve()).then(async () => {
      const last = await this.#sendParts(handing, first);
      // Asked for before the next one begins, and answered in its own time.
      return { answer: this.#finish(handing, last) };
    });
    const over = turn.then(
      () => undefined,
      () => undefined,
    );
    this.#handedOver = over;
    void over.then(() => {
      if (this.#handedOver === over) this.#handedOver = null;
    });
    return (await turn).answer;
  }

  /** Returns the last part. Between two, the thread is free for others. */
  async #sendParts(handing: Handing, first: PackedWrites | null): Promise<PackedWrites> {
    const { number, epoch } = handing;
    const send = (writes: PackedWrites) => {
      const sent = this.#writer.ask({ type: 'part', batch: number, writes });
      sent.catch((error: unknown) => this.#noteFailure(epoch, error));
    };
    if (first) send(first);
    for (;;) {
      const next = this.#nextPart(handing);
      if (next.done === true) return next.value;
      send(next.value);
      await setImmediate();
    }
  }

  /** A batch that cannot be packed is a fault, and fails like one that cannot be written. */
  #nextPart({ parts, epoch }: Handing): IteratorResult<PackedWrites, PackedWrites> {
    try {
      return parts.next();
    } catch (error) {
      throw this.#noteFailure(epoch, error);
    }
  }

  async #finish(handing: Handing, writes: PackedWrites): Promise<Committed> {
    const { number, epoch, events } = handing;
    if (this.#broken && epoch <= this.#broken.epoch) throw this.#broken.failure;
    try {
      const request = { type: 'commit', batch: number, epoch, writes } as const;
      const locals = await this.#writer.ask(request);
      return { events: numberEvents(events, locals) };
    } catch (error) {
      throw this.#noteFailure(epoch, error);
    }
  }

  #noteFailure(epoch: number, error: unknown): StoreUnavailable {
    const expected = error instanceof WorkerFailure && error.kind === 'unavailable';
    const failure = expected
      ? new StoreUnavailable(error.message)
      : new StoreUnavailable(storeFault, { cause: error });
    this.#broken = { epoch, failure };
    return failure;
  }
}

/** Entries of a batch with the numbers that they got; those that were there already are left out. */
export function numberEvents(events: readonly EventOf[], locals: readonly number[]): StoredEvent[] {
  return events.flatMap(({ event, ledger }, index) => {
    const local = locals[index] ?? 0;
    return local === 0 ? [] : [{ ...event, local, ledger }];
  });
}
