/**
 * Faults under `continuity` after which something may be lost that is said to be lost. It is excused
 * until the members are one again, and from then on only of the leases of that time.
 */
export class Excuses {
  /** Two members were active at once. */
  everTwoActives = false;
  /** A member took over that was not in sync, or one that was removed served on. */
  lossyTakeover = false;
  /** A server was told that it is no member, and dropped its copy. */
  everRemoved = false;
  /** Clients were told of these in a time that is excused, or before. */
  readonly leases = new Set<string>();
  /** Simulated time with an excuse, in milliseconds. */
  excusedMs = 0;
  #notedMs = 0;

  /** A data directory was put back from a copy or wiped: what only it had is gone. */
  noteDiskReplaced(): void {
    this.lossyTakeover = true;
    this.everRemoved = true;
  }

  /** Two served at once, or one that was not in sync: what then is lost is said. */
  get excused(): boolean {
    return this.everTwoActives || this.lossyTakeover;
  }

  /** Counts the time since it was called last. */
  noteTime(nowMs: number): void {
    if (this.excused) this.excusedMs += nowMs - this.#notedMs;
    this.#notedMs = nowMs;
  }

  /** All are one again: what begins now has no excuse. */
  end(told: Iterable<string>): void {
    for (const leaseId of told) this.leases.add(leaseId);
    this.everTwoActives = false;
    this.lossyTakeover = false;
  }
}
