import type { Reply } from '../effect.ts';
import type { CoreEvent } from '../event.ts';
import type { LedgerState } from '../ledger.ts';
import type { Log } from './log.ts';
import type { MemberId, Position, Term } from './term.ts';

type RequestEvent = Extract<CoreEvent, { requestId: number }>;

/** How members protect each other (protocol sections 1 and 5). */
export interface Membership {
  /** In preference order; the first is the primary. */
  members: MemberId[];
  /** Votes, but keeps no licences. Only with the rule `majority`. */
  witness: MemberId | null;
  rule: 'continuity' | 'majority';
}

export interface Timing {
  heartbeatMs: number;
  takeoverAfterMs: number;
  syncTimeoutMs: number;
  /** Time in sync before the first in preference takes over again; null: only by hand. */
  reclaimAfterMs: number | null;
  coldStartWaitMs: number;
}

export const defaultTiming: Timing = {
  heartbeatMs: 250,
  takeoverAfterMs: 3_000,
  syncTimeoutMs: 1_000,
  reclaimAfterMs: 10_000,
  coldStartWaitMs: 15_000,
};

/** What a member knows of another. */
export interface Peer {
  lastHeardMs: number;
  down: 'goodbye' | 'gone' | null;
  everHeard: boolean;
  /** The active's view: entries known to be on the peer, and the next to send. */
  matchIndex: number;
  nextIndex: number;
  /** Entries were sent and not acknowledged since. */
  unackedSinceMs: number | null;
  /** Newest heartbeat round that it answered, and when that round was sent. */
  ackedRoundMs: number;
  inSyncSinceMs: number | null;
  imageSentMs: number | null;
}

export type Role =
  | { type: 'standby' }
  | {
      type: 'campaigning';
      stage: 'preVote' | 'vote';
      term: Term;
      granted: Set<MemberId>;
      sinceMs: number;
    }
  | { type: 'active'; sinceMs: number; handover: Handover | null };

/** A planned change of the active: no new requests until the target has everything. */
export interface Handover {
  to: MemberId;
  startedMs: number;
  sent: boolean;
}

/** A write under way, and what is durable when it is done. */
export interface PendingPersist {
  number: number;
  lastIndex: number;
  syncSet: Set<MemberId>;
}

export interface WaitingReply {
  index: number;
  requestId: number;
  reply: Reply;
}

export interface ReplicaState {
  readonly self: MemberId;
  membership: Membership;
  timing: Timing;
  /** Null at a witness. */
  ledger: LedgerState | null;

  // Durable.
  term: Term;
  readonly log: Log;
  /** A witness's log is this position alone. */
  witnessed: Position;
  /** Under `continuity`: members whose acknowledgement an entry needs, as the active sees it. */
  syncSet: Set<MemberId>;

  // Lost in a crash.
  persistNumber: number;
  pendingPersists: PendingPersist[];
  durableSyncSet: Set<MemberId>;
  role: Role;
  /** Whom this member follows. */
  active: MemberId | null;
  commitIndex: number;
  durableIndex: number;
  /** Number of the highest term heard of. */
  highestNumber: number;
  readonly peers: Map<MemberId, Peer>;
  waiting: WaitingReply[];
  /** Requests that wait for the end of a handover. */
  held: RequestEvent[];
  startedMs: number;
  lastTickMs: number;
  nowMs: number;
  lastHeartbeatMs: number;
  lastLedgerTickMs: number;
  rounds: { round: number; sentMs: number }[];
  round: number;
  /** After a suspension: nothing is served until the others were heard or failed to be reached. */
  unsureSinceMs: number | null;
  leaderlessSinceMs: number;
  divergenceSentMs: number | null;
  /** What this member granted alone is merged up to here. */
  mergedUpTo: Position | null;
  /** The entry of the last merge at the active. */
  mergeIndex: number;
}

export function isWitness(state: ReplicaState): boolean {
  return state.membership.witness === state.self;
}

/** Everybody else who takes part. */
export function others(state: ReplicaState): MemberId[] {
  const { members, witness } = state.membership;
  const all = witness === null ? members : [...members, witness];
  return all.filter((id) => id !== state.self);
}

export function voterCount(state: ReplicaState): number {
  return others(state).length + 1;
}

export function majorityOf(count: number): number {
  return Math.floor(count / 2) + 1;
}

/** 0 for the primary; members that are not electable have none. */
export function rankOf(state: ReplicaState, member: MemberId): number {
  const rank = state.membership.members.indexOf(member);
  return rank < 0 ? Infinity : rank;
}

export function peerOf(state: ReplicaState, member: MemberId): Peer {
  const peer = state.peers.get(member);
  if (!peer) throw new Error(`${member} is no member`);
  return peer;
}

/** The failure detector (protocol section 5). */
export function isDown(state: ReplicaState, member: MemberId): boolean {
  const peer = peerOf(state, member);
  if (peer.down !== null) return true;
  return state.nowMs - peer.lastHeardMs >= state.timing.takeoverAfterMs;
}
