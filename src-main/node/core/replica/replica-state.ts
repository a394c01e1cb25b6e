import { shortId } from '../../../../src-shared/view/short-id.ts';
import {
  type LedgerConfig,
  type Membership,
  participants,
} from '../../../../src-shared/model/ledger-config.ts';
import type { Hindrance } from '../../../../src-shared/model/hindrance.ts';
import type { RelationshipSettings } from '../../../../src-shared/model/relationship.ts';
import type { Severity, TimelineKind } from '../../../../src-shared/model/timeline.ts';
import type { Reply } from '../ledger/reply.ts';
import type { LedgerState } from '../ledger/ledger.ts';
import type { Change } from '../ledger/change.ts';
import { createTally, type Tally } from '../ledger/unite.ts';
import type { Row, SpellId } from '../rows/row.ts';
import type { DroppedChanges } from './dropped.ts';
import { type Entry, lastIndex, type ReplicaLog } from './log.ts';
import type { HandoverReason, SpellHistory, PeerMessage } from './message.ts';
import type { Failed } from './replica-effect.ts';
import type { LedgerRequest } from './replica-event.ts';
import type { LastStep } from './suspension.ts';
import type { Position, Term } from './term.ts';
import type { MemberId } from '../ledger/member-id.ts';

/** How much of the log is kept in memory for members that are behind. */
export interface LogLimits {
  entriesMax: number;
  changesMax: number;
}

export const logLimitsDefault: LogLimits = { entriesMax: 2_000, changesMax: 20_000 };

/** What a member knows of another. */
export interface Peer {
  lastHeardMs: number;
  down: 'goodbye' | 'gone' | null;
  /** The active's view: entries known to be on the peer, and the next to send. */
  matchIndex: number;
  nextIndex: number;
  /** Entries were sent and not acknowledged since. */
  unackedSinceMs: number | null;
  /** When what it has not acknowledged was last sent again, on the monotonic clock. */
  resentMs: number;
  /** The newest heartbeat round of this spell that the peer answered; 0: none. */
  ackedRound: number;
  /** When that round was sent. */
  ackedRoundMs: number;
  /** Since when the peer has had the time to answer heartbeats. */
  countedSinceMs: number;
  /**
   * Since when it has kept up. Under `continuity` one that is not of the sync set may lack all the same what was
   * committed a moment ago.
   */
  inSyncSinceMs: number | null;
  /**
   * Under `continuity`: it follows closely and is to be synchronised, so that no later write is committed
   * without it until it has what was committed before.
   */
  isAwaited: boolean;
  /** Since when, or when it was awaited last and in vain. */
  awaitedMs: number;
  imageSentMs: number | null;
  /** Under `continuity`: the present start; acknowledgements of a former one count for nothing. */
  boot: string | null;
  /** When that start was last heard. */
  bootHeardMs: number;
  formerBoots: string[];
  /** What keeps it from serving, as it said last, and when; null: nothing, or it has not said. */
  hindrance: { why: Hindrance; saidMs: number } | null;
  /** Its admin dissolved the relationship, so that nothing of this ledger is there any more; until it speaks of it. */
  hasDissolved: boolean;
  /** Under `continuity`: it has spoken as one that follows in this spell of the active. */
  hasFollowed: boolean;
  /** What the peer brought that was not here, until it is said. */
  brought: Tally;
  /** Nothing of the peer's log is known to be common: it gets the ledger as a whole. */
  needsImage: boolean;
  /** Under `majority`: where its log ended when it last asked whether it should serve; null: it did not ask. */
  last: Position | null;
  /** Not counted in by the configuration here, but listened to. */
  isStranger: boolean;
  /** Version of the configuration here of which the peer said that this server has no place any longer. */
  unknownIn: number | null;
  /** History that the peer has for sure, as it said when it last refused entries. */
  common: { usageSequence: number; eventSequence: number } | null;
}

export type Role =
  | { type: 'standby' }
  | {
      type: 'campaigning';
      stage: 'preVote' | 'vote';
      term: Term;
      granted: Set<MemberId>;
      sinceMs: number;
      /** The active gives its place to this member. */
      transfer: HandoverReason | null;
    }
  | Gathering
  | { type: 'active'; sinceMs: number; handover: Handover | null };

/** Under `continuity`: about to serve, it unites with all that it can reach. */
export interface Gathering {
  type: 'gathering';
  term: Term;
  sinceMs: number;
  waitsFor: Set<MemberId>;
}

/** A lease that its holder may rely on until then, though it may have expired at another member. */
export interface NotedLease {
  licenseId: string;
  units: number;
  untilMs: number;
}

/** Under `continuity`: one write of the active, for those that do not have it yet. */
export interface RowWrite {
  number: number;
  rows: readonly Row[];
  history: readonly SpellHistory[];
  /** Of all rows after it. */
  root: string;
  /** The sweep mark after it: what is over by it and lives on was written anew no later than by this write. */
  markMs: number;
}

/** A planned change of the active: no new requests until the target has everything. */
export interface Handover {
  to: MemberId;
  startedMs: number;
  reason: HandoverReason;
}

/** How memory goes back to what it was before a write that failed. */
export type Undo =
  | { type: 'append'; afterIndex: number }
  | { type: 'rows'; changes: readonly Change[] }
  /** The ledger began to be kept by another rule; `begun` went with it in the same write. */
  | {
      type: 'rule';
      ledger: LedgerState;
      log: ReplicaLog;
      changes: readonly Change[];
      begun: readonly Change[];
    }
  | { type: 'truncate'; removed: readonly Entry[] }
  | { type: 'image'; ledger: LedgerState; log: ReplicaLog }
  | { type: 'position'; position: Position }
  | { type: 'config'; config: LedgerConfig };

/** A write under way, what is durable when it is done, and how it is taken back. */
export interface PendingPersist {
  number: number;
  term: Term;
  lastIndex: number;
  syncSet: ReadonlySet<MemberId>;
  undo: Undo | null;
}

export interface WaitingReply {
  /** The entry that must be committed before it leaves. */
  index: number;
  /** The heartbeat round that a quorum must have answered as well; 0: none. */
  round: number;
  requestId: number;
  reply: Reply | Failed;
}

/** Something that the active puts on the timeline with its next entry. */
export interface PendingEvent {
  kind: TimelineKind;
  severity: Severity;
  message: string;
}

export interface ReplicaState {
  readonly self: MemberId;
  readonly limits: LogLimits;
  /** What servers are called; the ledger reads it too. */
  readonly names: Map<MemberId, string>;
  /** Of this start, or since this server last stood still for long (protocol section 3b). */
  boot: string;
  /** A witness has a ledger without licences and leases, for its configuration only. */
  ledger: LedgerState;

  // Durable.
  term: Term;
  readonly log: ReplicaLog;
  /** A witness's log is this position alone. */
  witnessed: Position;
  /**
   * Under `continuity`: members whose acknowledgement a write needs, as the active sees it. At a server that was
   * called and has not had everything yet: those who keep the ledger (`whole.ts`).
   */
  syncSet: ReadonlySet<MemberId>;

  // Lost in a crash.
  /**
   * Index of the last entry that changed the configuration; it must be committed before the next.
   */
  configIndex: number;
  /** First entry of this active's own term. */
  termIndex: number;
  persistNumber: number;
  pendingPersists: PendingPersist[];
  durableTerm: Term;
  durableSyncSet: ReadonlySet<MemberId>;
  durableIndex: number;
  /** The store could not write: no entries, promises or votes until it can. */
  storeFailed: boolean;
  /**
   * Some of what this member had is missing here. It neither serves nor votes until it has what the active
   * has, or an admin accepts the loss (protocol section 3b).
   */
  incomplete: boolean;
  /** Version of the configuration by which this member was last called to take part. */
  calledIn: number;
  /** The ledger was dropped here: this server is no member any longer. */
  removed: boolean;
  /** This server is being stopped in an orderly way. */
  leaving: boolean;
  /** Another server with this one's identity runs in its place (protocol section 3b). */
  standsAside: boolean;
  /**
   * The member that says that another server has the place of this one, whose own licences these are
   * (protocol section 1). This one serves nothing then, and keeps what it has until its admin decides.
   */
  replacedBy: MemberId | null;
  /** The admin of this server has said that it was not replaced. */
  deniesReplacement: boolean;
  role: Role;
  /** Under `majority`: what was dropped for the log of another one. */
  dropped: DroppedChanges;
  /** Whom this member follows. */
  active: MemberId | null;
  commitIndex: number;
  /** Entries up to here are those of the active that is followed. */
  matchedIndex: number;
  /** Number of the highest term heard of, and of the highest that somebody has promised to keep to. */
  highestNumber: number;
  promisedNumber: number;
  readonly peers: Map<MemberId, Peer>;
  /** Of the active that is followed: who is synchronised. */
  heardSyncSet: MemberId[];
  waiting: WaitingReply[];
  /** Requests that wait for the end of a handover. */
  held: LedgerRequest[];
  /** What the next entry puts on the timeline. */
  pendingEvents: PendingEvent[];
  /** Members of which the timeline says, or need not say, that they are not synchronised. */
  toldOutOfSync: Set<MemberId>;
  /** Members that were removed, to be told so once that is committed. */
  departing: MemberId[];
  /** How often members failed while they served, for the hold-down of a reclaim. */
  failures: Map<MemberId, { count: number; lastMs: number }>;
  /** Who asked to serve while an active was known here, and in vain so far. */
  turnedDown: { from: MemberId; asked: Extract<PeerMessage, { type: 'preVote' | 'vote' }> } | null;
  /** Others whose clocks are so far from this server's that no rows or entries pass between them and it. */
  apart: ReadonlySet<MemberId>;
  /** What was noted in the own journal since an active was last known. */
  noted: Set<string>;
  startedMs: number;
  /** Since its start it served, or had everything that was committed where another one did. */
  hasCaughtUp: boolean;
  lastStep: LastStep;
  /** When this member was last found to have stood still, on the monotonic clock. */
  wokeMs: number | null;
  nowMs: number;
  lastHeartbeatMs: number;
  lastPresenceMs: number;
  lastLedgerTickMs: number;
  rounds: { round: number; sentMs: number }[];
  round: number;
  /** Reads wait for a round that is sent when the one under way is answered. */
  nextRoundIsDue: boolean;
  /**
   * Since when this active member, which stood still, serves nothing: until it has heard every other one or
   * failed to reach it. Null: it is sure that it may serve.
   */
  unsureSinceMs: number | null;
  leaderlessSinceMs: number;
  /** Under `continuity`, at the active: the newest writes. */
  outbox: RowWrite[];
  /** At a member that follows: the active's newest write, and what the active's rows add up to after it. */
  heard: { number: number; root: string } | null;
  /** Since when the rows here have not added up to what the active last said; null: they do. */
  differsSinceMs: number | null;
  /** When this member last asked the active for the rows that differ. */
  exchangeSentMs: number | null;
  /**
   * Leases that were shown here in a former spell, for which units were kept in it, or which lived when a
   * takeover began.
   */
  answered: Map<string, NotedLease>;
  /** How far clients were told of spells that are over, as long as a disk that fails can take that back. */
  toldUpTo: Map<SpellId, number>;
}

/** The ledger is kept as rows that are united, not as a log. */
export function keepsRows(state: ReplicaState): boolean {
  return ruleOf(state) === 'continuity';
}

/** Number of the newest entry of the log, or of the newest write of the own spell. */
export function lastWritten(state: ReplicaState): number {
  return keepsRows(state) ? (state.ledger.spell?.write ?? 0) : lastIndex(state.log);
}

export function configOf(state: ReplicaState): LedgerConfig {
  return state.ledger.config;
}

export function membershipOf(state: ReplicaState): Membership {
  return state.ledger.config.membership;
}

export function settingsOf(state: ReplicaState): RelationshipSettings {
  return state.ledger.config.settings;
}

export function ruleOf(state: ReplicaState): Membership['rule'] {
  return state.ledger.config.membership.rule;
}

export function isWitness(state: ReplicaState): boolean {
  return membershipOf(state).witness === state.self;
}

/** Under `majority` a member that is new, or has lost what it had, does not count until it has caught up. */
export function isVoter(state: ReplicaState, id: MemberId): boolean {
  return !configOf(state).learners?.includes(id);
}

/**
 * Under `majority`: this member may have forgotten what it promised or acknowledged, and counts all the
 * same. Until the others have counted it out, nothing that it says may help to decide (section 3b).
 */
export function mayHaveForgotten(state: ReplicaState): boolean {
  return state.incomplete && ruleOf(state) === 'majority' && isVoter(state, state.self);
}

/** Everybody who takes part and counts. */
export function voters(state: ReplicaState): MemberId[] {
  return participants(membershipOf(state)).filter((id) => isVoter(state, id));
}

/** Everybody else who takes part. */
export function others(state: ReplicaState): MemberId[] {
  return participants(membershipOf(state)).filter((id) => id !== state.self);
}

/** Electable members in order of preference: the one that an admin gave the ledger to is first. */
export function preferenceOf(state: ReplicaState): MemberId[] {
  const { membership, placed } = configOf(state);
  if (placed === null || !membership.members.includes(placed)) return membership.members;
  return [placed, ...membership.members.filter((id) => id !== placed)];
}

/** 0 for the preferred member; those that are not electable have none. */
export function rankOf(state: ReplicaState, member: MemberId): number {
  const rank = preferenceOf(state).indexOf(member);
  return rank < 0 ? Infinity : rank;
}

export function peerOf(state: ReplicaState, member: MemberId): Peer {
  const peer = state.peers.get(member);
  if (!peer) throw new Error(`${member} is no member`);
  return peer;
}

export function createPeer(nowMs: number): Peer {
  return {
    lastHeardMs: nowMs,
    down: null,
    matchIndex: 0,
    nextIndex: 1,
    unackedSinceMs: null,
    resentMs: -Infinity,
    ackedRound: 0,
    ackedRoundMs: -Infinity,
    countedSinceMs: -Infinity,
    inSyncSinceMs: null,
    isAwaited: false,
    awaitedMs: -Infinity,
    imageSentMs: null,
    needsImage: false,
    last: null,
    isStranger: false,
    unknownIn: null,
    common: null,
    boot: null,
    bootHeardMs: nowMs,
    formerBoots: [],
    hindrance: null,
    hasDissolved: false,
    hasFollowed: false,
    brought: createTally(),
  };
}

/** What the admin calls a member. */
export function nameOf(state: ReplicaState, member: MemberId): string {
  return state.names.get(member) ?? shortId(member);
}
