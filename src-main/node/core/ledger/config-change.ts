import type { AdminErrorCode } from '../../../../src-shared/contract/admin-error.ts';
import {
  formerMembersMax,
  type LedgerConfig,
  ledgerMembersMax,
  type Membership,
  participants,
  primaryOf,
} from '../../../../src-shared/model/ledger-config.ts';
import type { AdminRequest } from './admin-request.ts';
import type { LedgerState } from './ledger.ts';
import type { MemberId } from './member-id.ts';
import { hasSurplus } from './overdraft.ts';
import { type AdminHandlers, type Draft, record, recordEvent, reply } from './draft.ts';

export interface ConfigRefusal {
  code: AdminErrorCode;
  message: string;
}

export const configHandlers = {
  configRequested: (draft, request) => changeConfig(draft, request),
} satisfies Partial<AdminHandlers>;

/**
 * Puts a new configuration in force, one step at a time: at most one member or the witness comes or
 * goes (Raft, single-server changes), and the step before it is committed.
 */
function changeConfig(
  draft: Draft,
  { requestId, config, message, kind }: Extract<AdminRequest, { type: 'configRequested' }>,
): void {
  const { state } = draft;
  const learned = withLearners(state.config, config);
  const after = withHome(state.config, withFormer(state.config, learned));
  const refusal =
    refuseConfig(state.config, after, state.serverId) ??
    (changesVoters(state.config, after) && state.votersUnsettled ? busy : null) ??
    (losesMajority(state, after) ? tooFew : null) ??
    (leavesRows(state, after) && hasSurplus(state) ? overdrawn : null);
  if (refusal) {
    reply(draft, requestId, { type: 'adminRefused', ...refusal });
    return;
  }
  if (changesVoters(state.config, after)) state.votersUnsettled = true;
  record(draft, { type: 'config', before: state.config, after });
  recordEvent(draft, kind, 'info', message);
  reply(draft, requestId, { type: 'configChanged', config: after });
}

/**
 * Under `majority` a new member gets everything before it counts (Raft, section 4.2.1). Nobody's order
 * counts one in: a learner stays one until it has caught up.
 */
export function withLearners(
  before: LedgerConfig,
  { learners = [], ...after }: LedgerConfig,
): LedgerConfig {
  const { members, rule } = after.membership;
  if (rule === 'continuity') return after;
  const isNew = (id: string) => !before.membership.members.includes(id);
  const learning = members.filter(
    (id) => isNew(id) || learners.includes(id) || before.learners?.includes(id) === true,
  );
  return learning.length === 0 ? after : { ...after, learners: learning };
}

/** Remembers who is taken out, so that it can be told. */
function withFormer(before: LedgerConfig, { former: _, ...after }: LedgerConfig): LedgerConfig {
  const present = participants(after.membership);
  const known = [...(before.former ?? []), ...participants(before.membership)];
  const former = [...new Set(known)].filter((id) => !present.includes(id));
  return former.length === 0 ? after : { ...after, former: former.slice(-formerMembersMax) };
}

/** Nobody's order says whose the licences were: that is known from the first change of the primary on. */
function withHome(before: LedgerConfig, { home: _, ...after }: LedgerConfig): LedgerConfig {
  const home = before.home ?? primaryOf(before.membership);
  const isMoved = before.home !== undefined || primaryOf(after.membership) !== home;
  return isMoved ? { ...after, home } : after;
}

/** A member that has caught up counts from now on, when the change before is committed. */
export function promoteLearner(draft: Draft, id: string): void {
  const { state } = draft;
  if (state.votersUnsettled) return;
  const { learners = [], ...before } = state.config;
  const rest = learners.filter((one) => one !== id);
  const after = {
    ...before,
    version: before.version + 1,
    ...(rest.length > 0 && { learners: rest }),
  };
  state.votersUnsettled = true;
  record(draft, { type: 'config', before: state.config, after });
}

const busy: ConfigRefusal = {
  code: 'RELATIONSHIP_BUSY',
  message: 'The last change of members is not stored by enough servers yet. Try again in a moment.',
};

/**
 * Of the voters that there would be after the change, those that answer now are no majority: nothing could
 * be decided any more. (etcd checks a reconfiguration in the same way.) A voter that is new counts as one
 * that answers, since it agreed to take part a moment ago.
 */
function losesMajority(
  { config, serverId, votersHeard }: LedgerState,
  after: LedgerConfig,
): boolean {
  if (after.membership.rule !== 'majority' || !changesVoters(config, after)) return false;
  const before = votersOf(config);
  const left = votersOf(after);
  const present = left.filter(
    (id) => id === serverId || votersHeard.has(id) || !before.includes(id),
  );
  return 2 * present.length <= left.length;
}

function votersOf({ membership, learners = [] }: LedgerConfig): MemberId[] {
  const { members, witness } = membership;
  return [...members, ...(witness === null ? [] : [witness])].filter(
    (id) => !learners.includes(id),
  );
}

const tooFew: ConfigRefusal = {
  code: 'RELATIONSHIP_BUSY',
  message:
    'Too few of the servers that would be left can be reached, so that nobody could serve any more. ' +
    'Wait until they are back, or take those out first that do not come back.',
};

/** Under `majority` units out never exceed the licence, from the first moment on. */
const overdrawn: ConfigRefusal = {
  code: 'RELATIONSHIP_BUSY',
  message:
    'More seats are out than the licences have. Try again when the overdraft is worked off: the list ' +
    'of leases shows who holds them.',
};

function leavesRows({ rows }: LedgerState, { membership }: LedgerConfig): boolean {
  return rows !== null && membership.rule === 'majority';
}

/** Why this step cannot be made; null: it can. */
export function refuseConfig(
  before: LedgerConfig,
  after: LedgerConfig,
  active: string,
): ConfigRefusal | null {
  if (after.version !== before.version + 1) {
    return {
      code: 'RELATIONSHIP_BUSY',
      message: 'The relationship was changed meanwhile. Look at it again and repeat the change.',
    };
  }
  const message = describeBadConfig(after, active) ?? describeTooMuch(before, after);
  return message === null ? null : { code: 'BAD_REQUEST', message };
}

function describeBadConfig({ membership, placed }: LedgerConfig, active: string): string | null {
  const { members } = membership;
  const bad = describeBadMembership(membership);
  if (bad !== null) return bad;
  if (placed !== null && !members.includes(placed)) {
    return 'The server to switch over to is not a member.';
  }
  if (!members.includes(active)) {
    return 'The server that serves now cannot be taken out. Switch over to another one first.';
  }
  return null;
}

/** Why servers could not keep a ledger like this; null: they could. */
export function describeBadMembership({ members, witness, rule }: Membership): string | null {
  if (new Set(members).size !== members.length) return 'A server is named twice.';
  if (members.length === 0 || members.length > ledgerMembersMax) {
    return `A ledger has 1 to ${ledgerMembersMax} servers.`;
  }
  if (witness !== null && members.includes(witness)) {
    return 'The witness cannot also keep licences. Name another server as the witness.';
  }
  if (witness !== null && rule === 'continuity') return 'A witness needs the rule "majority".';
  return null;
}

/** Two voters that come or go at once, or another rule while several vote, could split the votes. */
function describeTooMuch(before: LedgerConfig, after: LedgerConfig): string | null {
  const moves = voterMoves(before, after);
  if (moves > 1) return 'Only one server can come or go at a time.';
  if (before.membership.rule !== after.membership.rule) {
    const alone = before.membership.members.length === 1 && before.membership.witness === null;
    if (!alone || moves > 0) return 'The rule can be changed only while one server is a member.';
  }
  return null;
}

/** Members and witness that come or go, or begin or cease to count. */
function voterMoves(before: LedgerConfig, after: LedgerConfig): number {
  const { membership: a } = before;
  const { membership: b } = after;
  const moved = new Set(
    [...a.members, ...b.members].filter((id) => partOf(before, id) !== partOf(after, id)),
  );
  const witness = a.witness === b.witness ? 0 : a.witness === null || b.witness === null ? 1 : 2;
  return moved.size + witness;
}

function partOf({ membership, learners }: LedgerConfig, id: string): 'voter' | 'learner' | null {
  if (!membership.members.includes(id)) return null;
  return learners?.includes(id) ? 'learner' : 'voter';
}

/** The change alters who decides, so that it must be committed before the next one. */
export function changesVoters(before: LedgerConfig, after: LedgerConfig): boolean {
  return voterMoves(before, after) > 0 || before.membership.rule !== after.membership.rule;
}
