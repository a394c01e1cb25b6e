import type { Clock } from '../../base/clock.ts';
import type { dialPeer, PeerKeys } from './peer-dial.ts';
import type { PeerTimings } from './peer-limits.ts';
import type { LongHead } from './long-message.ts';
import type { Hello, Purpose } from './link-message.ts';

/** Why there is no link now, for the admin. */
export interface LinkProblem {
  code: string;
  message: string;
}

/**
 * What happens on the links. `goodbye` and `gone` are the strong evidence of protocol section 5 that
 * a server serves no longer; `disconnected` alone is none, and silence is judged by the user of the
 * link. A new `session` says that messages of the one before may be lost.
 */
export type LinkEvent =
  | { type: 'connected'; id: string; session: number }
  /** The other server uses the connection: it has not refused this one. */
  | { type: 'taken'; id: string }
  | { type: 'disconnected'; id: string; by: 'us' | 'peer' | 'network'; detail: string }
  /** `pairing`: see `LinkEnvironment.pairingOf`. */
  | { type: 'goodbye'; id: string; reason: 'stopping' | 'forgotten'; pairing: number }
  | { type: 'gone'; id: string; evidence: 'refused' | 'unanswered' }
  | { type: 'message'; id: string; session: number; payload: unknown }
  | { type: 'clockMeasured'; id: string; differenceMs: number }
  | {
      type: 'detailsHeard';
      id: string;
      name: string;
      addresses: string[];
      clientAddresses: string[];
    }
  /** The key of the other server, base64, by which its tokens are checked. */
  | { type: 'keyProven'; id: string; publicKey: string }
  | { type: 'addressProven'; id: string; address: string }
  /** What the other server names as its last starts, the newest last. */
  | { type: 'bootsHeard'; id: string; boots: readonly string[] }
  /** The start of this server that the other one heard of last. */
  | { type: 'ownBootHeard'; id: string; boot: string }
  /** A second server with the identity of one that is connected called here, and was refused. */
  | { type: 'copyRefused'; id: string; address: string }
  /**
   * The other server, by its key, says that it is not paired with this one. `ordered`: its admin ended that.
   * `pairing`: the one that was when this server greeted it.
   */
  | { type: 'pairingEnded'; id: string; ordered: boolean; pairing: number }
  | { type: 'problem'; id: string; problem: LinkProblem };

export interface LinkStatus {
  connected: boolean;
  /** Rises with every connection. */
  session: number | null;
  /** `host:port`, as far as it is known. */
  address: string | null;
  /** Positive: the other clock is ahead. */
  clockDifferenceMs: number | null;
  roundTripMs: number | null;
  /** When something was last heard, on the monotonic clock. */
  heardMs: number | null;
  version: string | null;
  problem: LinkProblem | null;
  /** Where a second server with the same identity calls from; null: none did lately. */
  copyAt: string | null;
}

/** What a link needs of its server. */
export interface LinkEnvironment {
  keys: PeerKeys;
  dial: typeof dialPeer;
  /** Our hello; with details only to a server whose key is paired, `to`. */
  hello: (purpose: Purpose, withDetails: boolean, to?: string) => Hello;
  /**
   * A server was called and showed another key. True: it has announced that key as its next one, and
   * the pairing moves to it.
   */
  takeSuccessor: (id: string, shownId: string) => boolean;
  /** Which of the pairings with a server, one after the other, is the present one. */
  pairingOf: (id: string) => number;
  /** Where a server may be reached, the most likely first. */
  addresses: (id: string) => string[];
  /** Whether a long message of a paired server is read, by what its first characters say. */
  wants: (id: string, head: LongHead, bytes: number) => boolean;
  clock: Clock;
  /** 0 to 1. */
  random: () => number;
  timings: PeerTimings;
  emit: (event: LinkEvent) => void;
}
