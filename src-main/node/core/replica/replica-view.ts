import type { LedgerConfig } from '../../../../src-shared/model/ledger-config.ts';
import type { LedgerMeta } from '../ledger/change.ts';
import {
  configOf,
  isWitness,
  others,
  peerOf,
  type ReplicaState,
  ruleOf,
  lastWritten,
} from './replica-state.ts';
import { majorityOf, otherVoters, votersCounted } from './quorum.ts';
import { type Beyond, membersBeyond } from './beyond.ts';
import { isDown, knowsLiveActive } from './failure-detector.ts';
import { deriveReclaim, type Reclaim } from './handover.ts';
import { refusalToServe } from './serving.ts';
import { synchronisedMembers } from './sync-set.ts';
import type { Term } from './term.ts';
import type { MemberId } from '../ledger/member-id.ts';

export interface MemberView {
  id: MemberId;
  /** By the failure detector. */
  down: boolean;
  /** Entries that it has not confirmed; null where only the active knows. */
  lagEntries: number | null;
}

/** One ledger as this member sees it. */
export interface ReplicaView {
  here: 'active' | 'standby' | 'catching-up' | 'isolated';
  /** A checkout would be decided here now. */
  serving: boolean;
  active: MemberId | null;
  term: Term;
  /** Wall clock at the beginning of the present spell; null: nobody is known to serve. */
  servingSinceMs: number | null;
  /** Would serve without losing anything; the active among them. */
  synchronised: MemberId[];
  /** All others that take part; the witness last. */
  members: MemberView[];
  handover: boolean;
  /** How the preferred member takes over again; null where only the active knows, and where it serves. */
  reclaim: Reclaim | null;
  /** Nobody is known to serve, and a takeover may come. */
  electing: boolean;
  storeFailed: boolean;
  /** Some of what this member had is missing here. */
  incomplete: boolean;
  /** Members with entries that are not here, while nobody is known to serve. */
  beyond: Beyond[];
  overdraft: LedgerMeta['overdraft'];
  commitIndex: number;
  /** Under `majority`: voters that can still fail before nobody can serve; negative: too many have. */
  quorumMargin: number | null;
  config: LedgerConfig;
}

/** What one member knows of its ledger. On a standby it is what the active said last. */
export function deriveReplicaView(state: ReplicaState): ReplicaView {
  const known = knowsLiveActive(state);
  const active = known ? state.active : null;
  const { servingSinceMs, overdraft } = state.ledger.meta;
  return {
    here: deriveHere(state, known),
    serving: refusalToServe(state) === null && !state.storeFailed && handoverOf(state) === null,
    active,
    term: state.term,
    servingSinceMs: active === null || servingSinceMs === 0 ? null : servingSinceMs,
    synchronised: synchronisedMembers(state),
    members: others(state).map((id) => deriveMember(state, id)),
    handover: handoverOf(state) !== null,
    reclaim: deriveReclaim(state),
    electing: !known && !state.removed && !isStuck(state),
    storeFailed: state.storeFailed,
    incomplete: state.incomplete,
    beyond: membersBeyond(state),
    overdraft,
    commitIndex: state.commitIndex,
    quorumMargin: deriveQuorumMargin(state),
    config: configOf(state),
  };
}

/** Whether this member waits for somebody else to serve, and there is nobody else. */
function isStuck(state: ReplicaState): boolean {
  return state.incomplete && others(state).length === 0;
}

function handoverOf({ role }: ReplicaState): MemberId | null {
  return role.type === 'active' && role.handover ? role.handover.to : null;
}

function deriveHere(state: ReplicaState, known: boolean): ReplicaView['here'] {
  if (state.role.type === 'active') return 'active';
  if (!known) return 'isolated';
  const ready = isWitness(state) || state.heardSyncSet.includes(state.self);
  return ready ? 'standby' : 'catching-up';
}

function deriveMember(state: ReplicaState, id: MemberId): MemberView {
  const { matchIndex } = peerOf(state, id);
  const lagEntries = state.role.type === 'active' ? lastWritten(state) - matchIndex : null;
  return { id, down: isDown(state, id), lagEntries };
}

/** The active counts who answers its heartbeats, a standby whom it hears. */
function deriveQuorumMargin(state: ReplicaState): number | null {
  if (ruleOf(state) === 'continuity') return null;
  const heard =
    state.role.type === 'active'
      ? votersCounted(state).length
      : otherVoters(state).filter((id) => !isDown(state, id)).length;
  return heard + 1 - majorityOf(state);
}
