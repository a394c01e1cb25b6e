import { makePairingCode, normalizePairingCode } from './pairing-code.ts';
import { isSameProof, makePairingProof, type PairingChannel } from './pairing-proof.ts';

/** How long an invitation is good for. */
export const invitationLifeMs = 10 * 60_000;

/** Wrong tries after which an invitation is void. */
export const invitationTriesMax = 5;

export type ProofVerdict =
  | { type: 'right'; code: string }
  /** Nothing was open, or it had ended. */
  | { type: 'closed' }
  | { type: 'wrong'; triesLeft: number };

interface Invitation {
  /** Normalised. */
  code: string;
  endsAtMs: number;
  triesLeft: number;
}

/**
 * The one open invitation of a server; in memory only. Its life is measured on the monotonic clock,
 * so that a clock set back does not lengthen it.
 */
export class Invitations {
  readonly #monotonicMs: () => number;
  #open: Invitation | undefined;

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
  }

  /** Makes a new code; an older one counts no longer. Shown in groups. */
  invite(): string {
    const shown = makePairingCode();
    const code = normalizePairingCode(shown) ?? shown;
    const endsAtMs = this.#monotonicMs() + invitationLifeMs;
    this.#open = { code, endsAtMs, triesLeft: invitationTriesMax };
    return shown;
  }

  /** Time left of the open invitation; undefined when there is none. */
  leftMs(): number | undefined {
    return this.#current() && this.#open && this.#open.endsAtMs - this.#monotonicMs();
  }

  /** Judges a joiner's proof. A right one uses the invitation up, a wrong one costs a try. */
  judge(mac: string, channel: PairingChannel): ProofVerdict {
    const open = this.#current();
    // The same work is done without an invitation, so that the time does not tell.
    const expected = makePairingProof(open?.code ?? 'none', 'joiner', channel);
    const right = isSameProof(mac, expected);
    if (!open) return { type: 'closed' };
    if (right) {
      this.#open = undefined;
      return { type: 'right', code: open.code };
    }
    open.triesLeft -= 1;
    if (open.triesLeft === 0) this.#open = undefined;
    return { type: 'wrong', triesLeft: open.triesLeft };
  }

  #current(): Invitation | undefined {
    if (this.#open && this.#open.endsAtMs <= this.#monotonicMs()) this.#open = undefined;
    return this.#open;
  }
}
