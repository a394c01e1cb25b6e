import type { Allowed } from '../../../../src-shared/model/consent.ts';
import { normalizePairingCode } from '../../../../src-shared/model/pairing-code.ts';
import type { SharedInvitation } from '../../../../src-shared/model/server-config.ts';
import { makePairingCode } from './pairing-code.ts';
import { isSameProof, makePairingProof, type PairingChannel } from './pairing-proof.ts';

/** How long an invitation is good for. */
export const invitationLifeMs = 10 * 60_000;

/** Wrong tries of one source after which nothing more is taken from it with the same invitation. */
export const invitationTriesMax = 5;

/** Sources whose wrong tries are counted; the one that was first is forgotten. */
const sourcesMax = 1_000;

/** Sources of wrong tries that an admin is told of. */
const sourcesTold = 5;

export interface RightProof {
  type: 'right';
  code: string;
  allowed: Allowed;
  /** The servers are paired: nobody else can use the code. */
  noteUsed: () => Promise<void>;
  /** The try came to nothing: the code of a file counts again, one that was shown does not. */
  release: () => void;
}

export type ProofVerdict =
  | RightProof
  /** Nothing was open, or it had ended, or the source has used its tries up. */
  | { type: 'closed' }
  | { type: 'wrong'; triesLeft: number };

/** Wrong tries by source (`sourceOf`), the latest last. */
type TriesBySource = Map<string, WrongTries>;

interface Invitation {
  /** Normalised. */
  code: string;
  /** What the server that pairs with it may do. */
  allowed: Allowed;
  endsAtMs: number;
  wrongTries: TriesBySource;
}

/** What an invitation is to a server that tries a code. */
interface OpenCode {
  code: string;
  allowed: Allowed;
  wrongTries: TriesBySource;
  isShared: boolean;
}

/** The invitations that stand in this server's configuration file, without anybody to make them. */
export interface SharedInvitations {
  /** The invitations by which another server may pair with this one now. */
  open: () => readonly SharedInvitation[];
  noteUsed: (code: string, serverId: string) => Promise<void>;
}

export const noSharedInvitations: SharedInvitations = {
  open: () => [],
  noteUsed: () => Promise.resolve(),
};

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
 * The open invitations of a server: the one that an admin has made, in memory only, and those of its
 * configuration file. Wrong tries are counted by where they come from: a code has 100 bits, so that
 * guessing is hopeless, and nobody may void the invitation of others by it. The life of one that an admin has made is
 * measured on the monotonic clock, so that a clock set back does not lengthen it.
 */
export class Invitations {
  readonly #monotonicMs: () => number;
  readonly #shared: SharedInvitations;
  #open: Invitation | undefined;
  /** Of the invitations of the configuration file, by code. */
  readonly #sharedTries = new Map<string, TriesBySource>();
  /** Codes with which a server is being paired, and its id. */
  readonly #held = new Map<string, string>();

  constructor(monotonicMs: () => number, shared: SharedInvitations) {
    this.#monotonicMs = monotonicMs;
    this.#shared = shared;
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
   * invitation up, a wrong one costs the source a try with each that is open.
   */
  judge(mac: string, channel: PairingChannel, source: string, name: string): ProofVerdict {
    const open = this.#openTo(channel.joinerId);
    // Without an open invitation the work is the same as with one, so that the time does not tell.
    const codes = open.length > 0 ? open.map(({ code }) => code) : ['none'];
    const right = codes.map((code) => isSameProof(mac, makePairingProof(code, 'joiner', channel)));
    const taken = open.filter(({ wrongTries }) => triesLeft(wrongTries, source) > 0);
    const found = taken.find((one) => right[open.indexOf(one)]);
    if (found) return this.#take(found, channel.joinerId);
    const lastMs = this.#monotonicMs();
    for (const { wrongTries } of open) countTry(wrongTries, source, { lastMs, name });
    if (taken.length === 0) return { type: 'closed' };
    const left = taken.map(({ wrongTries }) => triesLeft(wrongTries, source));
    return { type: 'wrong', triesLeft: Math.max(...left) };
  }

  #openTo(joinerId: string): OpenCode[] {
    const made = this.#current();
    const shared = this.#shared.open().filter(({ code, pairedWith }) => {
      const holder = pairedWith ?? this.#held.get(code);
      return holder === undefined || holder === joinerId;
    });
    return [
      ...(made ? [{ ...made, isShared: false }] : []),
      ...shared.map(({ code, allow }) => {
        const wrongTries = this.#sharedTries.get(code) ?? new Map<string, WrongTries>();
        this.#sharedTries.set(code, wrongTries);
        return { code, allowed: allow, wrongTries, isShared: true };
      }),
    ];
  }

  #take({ code, allowed, isShared }: OpenCode, joinerId: string): RightProof {
    if (isShared) this.#held.set(code, joinerId);
    else this.#open = undefined;
    const release = () => void this.#held.delete(code);
    const noteUsed = async () => {
      if (isShared) await this.#shared.noteUsed(code, joinerId);
    };
    return { type: 'right', code, allowed, noteUsed, release };
  }

  #current(): Invitation | undefined {
    if (this.#open && this.#open.endsAtMs <= this.#monotonicMs()) this.#open = undefined;
    return this.#open;
  }
}

function triesLeft(wrongTries: TriesBySource, source: string): number {
  return invitationTriesMax - (wrongTries.get(source)?.count ?? 0);
}

function countTry(
  wrongTries: TriesBySource,
  source: string,
  by: Pick<WrongTries, 'lastMs' | 'name'>,
): void {
  const count = wrongTries.get(source)?.count ?? 0;
  wrongTries.delete(source);
  wrongTries.set(source, { count: count + 1, ...by });
  const [first] = wrongTries.keys();
  if (first !== undefined && wrongTries.size > sourcesMax) wrongTries.delete(first);
}
