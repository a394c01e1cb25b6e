/**
 * Which other servers take part in the ledgers that are kept here. Who keeps the ledgers tells it; who
 * has to do with servers asks it.
 */
export class Partners {
  readonly #idsByLedger = new Map<string, readonly string[]>();

  /** Who takes part in a ledger besides this server. */
  note(ledger: string, ids: readonly string[]): void {
    this.#idsByLedger.set(ledger, ids);
  }

  /** A ledger is not kept here any longer. */
  forget(ledger: string): void {
    this.#idsByLedger.delete(ledger);
  }

  has(id: string): boolean {
    return this.ids().has(id);
  }

  ids(): Set<string> {
    return new Set([...this.#idsByLedger.values()].flat());
  }
}
