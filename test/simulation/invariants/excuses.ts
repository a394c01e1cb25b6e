/** Faults under `continuity` after which something may be lost that is said to be lost. */
export class Excuses {
  /** Two members were active at once. */
  everTwoActives = false;
  /** A member took over that was not in sync, or one that was removed served on. */
  lossyTakeover = false;
  /** A server was told that it is no member, and dropped its copy. */
  everRemoved = false;

  /** A data directory was put back from a copy or wiped: what only it had is gone. */
  noteDiskReplaced(): void {
    this.lossyTakeover = true;
    this.everRemoved = true;
  }

  /** Two served at once, or one that was not in sync: what then is lost is said. */
  get excused(): boolean {
    return this.everTwoActives || this.lossyTakeover;
  }
}
