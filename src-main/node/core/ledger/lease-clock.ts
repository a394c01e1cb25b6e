/**
 * When leases run out, on the monotonic clock (protocol section 8).
 *
 * Deadlines are in *service time*: monotonic time less the time in which this process was suspended
 * or stalled. A holder cannot renew while the server does not run, so that time is not counted.
 *
 * Leases of one time-to-live are kept in the order of their deadlines: a renewal moves its lease to
 * the end of its queue, so that every operation takes constant time.
 */
export interface LeaseClock {
  lastMonotonicMs: number;
  suspendedMs: number;
  queueByTtlMs: Map<number, Map<string, number>>;
  borrowEndsMs: Map<string, number>;
  /** Earliest borrow end; Infinity when nothing is borrowed. */
  nextBorrowEndMs: number;
}

/** Longest time between two events of a running server: the runner ticks at least this often. */
export const tickMs = 250;

/** A gap longer than this is a suspension and not counted against any lease. */
const gapMsMax = 2 * tickMs;

export function createLeaseClock(monotonicMs: number): LeaseClock {
  return {
    lastMonotonicMs: monotonicMs,
    suspendedMs: 0,
    queueByTtlMs: new Map(),
    borrowEndsMs: new Map(),
    nextBorrowEndMs: Infinity,
  };
}

/** Moves the clock on. Returns the milliseconds in which the server did not run, mostly 0. */
export function advance(clock: LeaseClock, monotonicMs: number): number {
  const elapsedMs = monotonicMs - clock.lastMonotonicMs;
  // The operating system promises that this clock never goes back; a lease must not pay if it does.
  const gapMs = elapsedMs < 0 ? elapsedMs : elapsedMs > gapMsMax ? elapsedMs : 0;
  clock.lastMonotonicMs = monotonicMs;
  clock.suspendedMs += gapMs;
  return Math.max(gapMs, 0);
}

export function serviceMs(clock: LeaseClock): number {
  return clock.lastMonotonicMs - clock.suspendedMs;
}

/** Starts or renews the life of an ordinary lease. */
export function keepAlive(clock: LeaseClock, leaseId: string, ttlMs: number): void {
  stopClock(clock, leaseId);
  putOnClock(clock, leaseId, ttlMs);
}

/** The same for a lease that is not on the clock. */
export function putOnClock(clock: LeaseClock, leaseId: string, ttlMs: number): void {
  let queue = clock.queueByTtlMs.get(ttlMs);
  if (!queue) {
    queue = new Map();
    clock.queueByTtlMs.set(ttlMs, queue);
  }
  queue.set(leaseId, serviceMs(clock) + ttlMs);
}

/** Keeps a borrowed lease until a wall-clock instant. */
export function keepUntil(clock: LeaseClock, leaseId: string, borrowUntilMs: number): void {
  stopClock(clock, leaseId);
  clock.borrowEndsMs.set(leaseId, borrowUntilMs);
  clock.nextBorrowEndMs = Math.min(clock.nextBorrowEndMs, borrowUntilMs);
}

export function stopClock(clock: LeaseClock, leaseId: string): void {
  for (const [ttlMs, queue] of clock.queueByTtlMs) {
    if (!queue.delete(leaseId)) continue;
    if (queue.size === 0) clock.queueByTtlMs.delete(ttlMs);
    return;
  }
  clock.borrowEndsMs.delete(leaseId);
}

/** How long a lease lives from each renewal on; null: until a fixed instant, undefined: for ever. */
export function lifeOf(
  { borrowEndsMs, queueByTtlMs }: LeaseClock,
  leaseId: string,
): number | null | undefined {
  for (const [ttlMs, queue] of queueByTtlMs) if (queue.has(leaseId)) return ttlMs;
  return borrowEndsMs.has(leaseId) ? null : undefined;
}

/** Milliseconds of service time left to an ordinary lease; undefined when it has no deadline. */
export function remainingMs(clock: LeaseClock, leaseId: string): number | undefined {
  for (const queue of clock.queueByTtlMs.values()) {
    const deadlineMs = queue.get(leaseId);
    if (deadlineMs !== undefined) return Math.max(0, deadlineMs - serviceMs(clock));
  }
  return undefined;
}

/** Leases whose time is over, at most `countMax`, so that one step stays short. */
export function findExpired(clock: LeaseClock, wallMs: number, countMax: number): string[] {
  const expired: string[] = [];
  const now = serviceMs(clock);
  for (const queue of clock.queueByTtlMs.values()) {
    for (const [leaseId, deadlineMs] of queue) {
      if (deadlineMs > now || expired.length >= countMax) break;
      expired.push(leaseId);
    }
  }
  if (clock.nextBorrowEndMs <= wallMs) {
    clock.nextBorrowEndMs = Infinity;
    for (const [leaseId, endMs] of clock.borrowEndsMs) {
      if (endMs <= wallMs && expired.length < countMax) expired.push(leaseId);
      else clock.nextBorrowEndMs = Math.min(clock.nextBorrowEndMs, endMs);
    }
  }
  return expired;
}
