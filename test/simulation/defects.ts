/** One planted defect: a text of the core and what it is replaced by. */
export interface Defect {
  name: string;
  /** A run in which an invariant breaks. */
  foundBySeed: number;
  /** Under `src-main/node/core`. */
  file: string;
  find: string;
  replace: string;
}

/** Mistakes that a replicated ledger is known for. The simulation finds each of them. */
export const defects: readonly Defect[] = [
  {
    name: 'a vote is given without being written down first',
    foundBySeed: 10,
    file: 'replica/turn.ts',
    find: "persist(turn, { type: 'term', term });",
    replace: 'void turn;',
  },
  {
    name: 'an answer leaves before the sync set has the entry',
    foundBySeed: 162,
    file: 'replica/commit.ts',
    find: 'return Math.min(state.durableIndex, ...matches);',
    replace: 'return Math.max(state.durableIndex, ...matches);',
  },
  {
    name: 'one vote is enough',
    foundBySeed: 4,
    file: 'replica/quorum.ts',
    find: 'return Math.floor(count / 2) + 1;',
    replace: 'return Math.max(1, Math.floor(count / 2));',
  },
  {
    name: 'a member lets one that has less take over',
    foundBySeed: 10,
    file: 'replica/campaign.ts',
    find: '  if (order !== 0) return order > 0;\n',
    replace: '',
  },
  {
    name: 'what was granted alone is dropped instead of merged',
    foundBySeed: 327,
    file: 'replica/following.ts',
    find: "const mayBeTold = ruleOf(state) === 'continuity' || index < state.commitIndex;",
    replace: 'const mayBeTold = false as boolean;',
  },
  {
    name: 'a merge lets the later time decide',
    foundBySeed: 111,
    file: 'ledger/merge.ts',
    find: "if (here && session.end !== 'expired') {",
    replace: "if (here && session.end !== 'expired' && session.endedAtMs > draft.nowMs) {",
  },
  {
    name: 'dropped entries leave their leases behind',
    foundBySeed: 26,
    file: 'replica/following.ts',
    find: '  withdrawEntries(state.ledger, withdrawn);\n',
    replace: '',
  },
  {
    name: 'a token brings back a lease that was returned',
    foundBySeed: 4,
    file: 'ledger/proof.ts',
    find: 'return isEndedLease(state, leaseId) ? undefined : proof.lease;',
    replace: 'return proof.lease;',
  },
  {
    name: 'the old active goes on after a later term',
    foundBySeed: 254,
    file: 'replica/replica.ts',
    find: "if (state.role.type === 'active') stepDown(turn, null);",
    replace: '',
  },
  {
    name: 'an answer does not wait for the commit',
    foundBySeed: 8,
    file: 'replica/answering.ts',
    find: 'if (index > state.commitIndex) return true;',
    replace: 'if (index > state.commitIndex) return false;',
  },
  {
    name: 'the next change of members does not wait for the one before',
    foundBySeed: 44,
    file: 'ledger/config-change.ts',
    find: 'state.votersUnsettled ? busy : null',
    replace: 'state.votersUnsettled ? null : null',
  },
  {
    name: 'a repeated checkout gives a second seat',
    foundBySeed: 1,
    file: 'ledger/checkout.ts',
    find: 'if (leaseId !== undefined) return state.leases.get(leaseId);',
    replace: 'if (leaseId === undefined) return undefined;',
  },
  {
    name: 'a failover server serves what runs only on the primary',
    foundBySeed: 6,
    file: 'ledger/coverage.ts',
    find: 'if (extentOf[grant.redundancy] < extentOf[kind]) {',
    replace: 'if (extentOf[grant.redundancy] > extentOf.pool) {',
  },
  {
    name: 'a disk that fails is not noticed in memory',
    foundBySeed: 5,
    file: 'replica/store-failure.ts',
    find: 'if (undo) takeBack(state, undo);',
    replace: 'void undo;',
  },
  {
    name: 'a lease beyond the cap that a token brings is not counted as an overdraft',
    foundBySeed: 51,
    file: 'ledger/proof.ts',
    find: "  noteOverdraft(draft, { type: 'token', signer: proof.signer });\n",
    replace: '',
  },
  {
    name: 'the cap of the licence is not kept',
    foundBySeed: 1,
    file: 'ledger/checkout.ts',
    find: 'if (out + request.units > units) {',
    replace: 'if (out > units) {',
  },
  {
    name: 'a token that has ended brings its lease back',
    foundBySeed: 78,
    file: 'ledger/proof.ts',
    find: '|| proof.endsAtMs <= ledgerMs) return undefined;',
    replace: ') return undefined;',
  },
  {
    name: 'a read is answered without a round of heartbeats',
    foundBySeed: 517,
    file: 'replica/answering.ts',
    find: 'return index === state.commitIndex && round > 0 && round > roundOfQuorum(state);',
    replace: 'return round < 0 && round > roundOfQuorum(state);',
  },
  {
    name: 'an active that stood still answers before it has heard from the others',
    foundBySeed: 7,
    file: 'replica/suspension.ts',
    find: "if (state.role.type === 'active' && state.peers.size > 0) state.unsureSinceMs = state.nowMs;",
    replace: '',
  },
  {
    name: 'a sleep with the monotonic clock is not noticed',
    foundBySeed: 339,
    file: 'replica/suspension.ts',
    find: 'return Math.max(monotonicMs - lastStep.tickMs, Math.abs(apartMs));',
    replace: 'return Math.max(monotonicMs - lastStep.tickMs, Math.min(apartMs, 0));',
  },
  {
    name: 'only a tick notices that a member stood still',
    foundBySeed: 7,
    file: 'replica/replica.ts',
    find: '  watchForSuspension(turn);\n  handle',
    replace: "  if (event.type === 'ticked') watchForSuspension(turn);\n  handle",
  },
];
