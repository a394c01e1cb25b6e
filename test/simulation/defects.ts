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
    foundBySeed: 13,
    file: 'replica/turn.ts',
    find: "persist(turn, { type: 'term', term });",
    replace: 'void turn;',
  },
  {
    name: 'an answer leaves before the sync set has the entry',
    foundBySeed: 57,
    file: 'replica/active.ts',
    find: 'return Math.min(...matches);',
    replace: 'return Math.max(...matches);',
  },
  {
    name: 'one vote is enough',
    foundBySeed: 11,
    file: 'replica/replica-state.ts',
    find: 'return Math.floor(count / 2) + 1;',
    replace: 'return Math.floor(count / 2);',
  },
  {
    name: 'what was granted alone is dropped instead of merged',
    foundBySeed: 14,
    file: 'replica/following.ts',
    find: "if (state.membership.rule === 'continuity') {\n    const last",
    replace: "if (state.membership.rule !== 'continuity') {\n    const last",
  },
  {
    name: 'dropped entries leave their leases behind',
    foundBySeed: 32,
    file: 'replica/following.ts',
    find: 'for (const change of withdrawn.toReversed()) withdrawChange(state.ledger, change);',
    replace: '',
  },
  {
    name: 'a token brings back a lease that was returned',
    foundBySeed: 1,
    file: 'leases.ts',
    find: '|| state.endedLeases.has(leaseId)',
    replace: '',
  },
  {
    name: 'the old active goes on after a later term',
    foundBySeed: 30,
    file: 'replica/replica.ts',
    find: "if (state.role.type === 'active') stepDown(turn, null);",
    replace: '',
  },
  {
    name: 'an answer does not wait for the commit',
    foundBySeed: 8,
    file: 'replica/answering.ts',
    find: 'state.waiting[0].index <= state.commitIndex',
    replace: 'state.waiting[0].index >= 0',
  },
];
