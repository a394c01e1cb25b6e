import type { Allowed } from '../../../../src-shared/model/consent.ts';
import { makePairingCode, normalizePairingCode } from './pairing-code.ts';
import { isSameProof, makePairingProof, type PairingChannel } from './pairing-proof.ts';

/** How long an invitation is good for. */
export const invitationLifeMs = 10 * 60_000;

/** Wrong tries of one source after which nothing more is taken from it with the same invitation. */
export const invitationTriesMax = 5;

/** Sources whose wrong tries are counted; the one that was first is forgotten. */
const sourcesMax = 1_000;

/** Sources of wrong tries that an admin is told of. */
const sourcesTold = 5;

export type ProofVerdict =
  | { type: 'right'; code: string; allowed: Allowed }
  /** Nothing was open, or it had ended, or the source has used its tries up. */
  | { type: 'closed' }
  | { type: 'wrong'; triesLeft: number };

interface Invitation {
  /** Normalised. */
  code: string;
  /** What the server that pairs with it may do. */
  allowed: Allowed;
  endsAtMs: number;
  /** Wrong tries by source (`sourceOf`), the latest last. */
  wrongTries: Map<string, WrongTries>;
}

/** Of one source, those that were not judged any more among them. */
interface WrongTries {
  count: number;
  /** When the last one was, on the monotonic clock. */
  lastMs: number;
  /** What the server called itself that tried last; nothing proves it. */
  name: string;
}

export type WrongTriesOfSource = WrongTries & { address: string };

/**
 * The one open invitation of a server; in memory only. Wrong tries are counted by where they come from:
 * a code has 100 bits, so that guessing is hopeless, and nobody may void the invitation of others by it.
 * Its life is measured on the monotonic clock, so that a clock set back does not lengthen it.
 */
export class Invitations {
  readonly #monotonicMs: () => number;
  #open: Invitation | undefined;

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
  }

  /** Makes a new code; an older one counts no longer. Shown in groups. */
  invite(allowed: Allowed): string {
    const shown = makePairingCode();
    const code = normalizePairingCode(shown) ?? shown;
    const endsAtMs = this.#monotonicMs() + invitationLifeMs;
    this.#open = { code, allowed, endsAtMs, wrongTries: new Map() };
    return shown;
  }

  /** Time left of the open invitation; undefined when there is none. */
  leftMs(): number | undefined {
    return this.#current() && this.#open && this.#open.endsAtMs - this.#monotonicMs();
  }

  /** What the open invitation lets the other server do. */
  allowed(): Allowed {
    return this.#current()?.allowed ?? 'nothing';
  }

  /** Who has tried wrong codes with the open invitation, the latest first, and how many others did. */
  wrongTries(): { told: WrongTriesOfSource[]; more: number } {
    const tries = [...(this.#current()?.wrongTries ?? [])].reverse();
    const told = tries.slice(0, sourcesTold).map(([address, of]) => ({ address, ...of }));
    return { told, more: tries.length - told.length };
  }

  /**
   * Judges the proof of a joiner at this source, which calls itself `name`. A right one uses the
   * invitation up, a wrong one costs the source a try.
   */
  judge(mac: string, channel: PairingChannel, source: string, name: string): ProofVerdict {
    const open = this.#current();
    // The same work is done without an invitation, so that the time does not tell.
    const expected = makePairingProof(open?.code ?? 'none', 'joiner', channel);
    const right = isSameProof(mac, expected);
    if (!open) return { type: 'closed' };
    const count = open.wrongTries.get(source)?.count ?? 0;
    const isShut = count >= invitationTriesMax;
    if (right && !isShut) {
      this.#open = undefined;
      return { type: 'right', code: open.code, allowed: open.allowed };
    }
    open.wrongTries.delete(source);
    open.wrongTries.set(source, { count: count + 1, lastMs: this.#monotonicMs(), name });
    const [first] = open.wrongTries.keys();
    if (first !== undefined && open.wrongTries.size > sourcesMax) open.wrongTries.delete(first);
    return isShut
      ? { type: 'closed' }
      : { type: 'wrong', triesLeft: invitationTriesMax - count - 1 };
  }

  #current(): Invitation | undefined {
    if (this.#open && this.#open.endsAtMs <= this.#monotonicMs()) this.#open = undefined;
    return this.#open;
  }
}
