import type { Boots } from '../identity/boots.ts';

/**
 * The boots of ledgers that this server keeps. A ledger that was given up has forgotten what it led and
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

  /**
   * The boot of a ledger from now on, since this server stood still. All its ledgers notice that one after the
   * other and share one new boot: a server names only its last ones, and one that names none that its partners
   * know would be taken for put back.
   */
  renew(former: string): string {
    const { current } = this.#boots;
    return current === former ? this.#boots.renew() : current;
  }

  noteGivenUp(ledger: string, boot: string): void {
    this.#spent.set(ledger, boot);
  }
}
