import type { Boots } from '../identity/boots.ts';

/**
 * The boots that ledgers begin with here. A ledger that was given up has forgotten what it led and
 * acknowledged, and its history stays. When the same start takes it up again, it begins with another boot, so
 * that it leads in no term twice and no two spells have one name (protocol section 3b).
 */
export class LedgerBoots {
  readonly #boots: Pick<Boots, 'current' | 'renew'>;
  /** The last boot of each ledger that was given up. */
  readonly #spent = new Map<string, string>();

  constructor(boots: Pick<Boots, 'current' | 'renew'>) {
    this.#boots = boots;
  }

  /** The boot of a ledger that is taken up now. */
  begin(ledger: string): string {
    const { current } = this.#boots;
    return this.#spent.get(ledger) === current ? this.#boots.renew() : current;
  }

  noteGivenUp(ledger: string, boot: string): void {
    this.#spent.set(ledger, boot);
  }
}
