import type { Defect } from './plant-defect.ts';

/** Mistakes with the members, the licences and the borrowed units of a pool. */
export const poolDefects: readonly Defect[] = [
  {
    name: 'a failover server lends units',
    foundBySeed: 6,
    file: 'core/ledger/checkout.ts',
    find: '  if (isFailover(draft.state)) {\n    return refuse(\n',
    replace: '  if (isFailover(draft.state) && units < 0) {\n    return refuse(\n',
  },
  {
    name: 'a borrowed unit is free again when a lease would have run out after a takeover',
    foundBySeed: 223,
    file: 'core/ledger/lease-life.ts',
    find: 'if (borrowUntilMs === null) putOnClock(state.clock, id, lifeMs);',
    replace: 'if (borrowUntilMs !== 0) putOnClock(state.clock, id, lifeMs);',
  },
  {
    name: 'the ledgers of a pool go by one rule when its members change',
    foundBySeed: 2,
    file: 'relationships/member-changes.ts',
    find: "const rule = kind === 'pool' ? former.rule : ruleOfPolicy[policy];",
    replace: 'const rule = ruleOfPolicy[policy] ?? former.rule;',
  },
  {
    name: 'who takes the place of another one comes last in one of the ledgers',
    foundBySeed: 3,
    file: 'relationships/member-changes.ts',
    find: '? { ...former, members: former.members.map((id) => placeTakenBy(id, change)) }',
    replace:
      "? { ...former, members: former.rule === 'majority' ? former.members.map((id) => placeTakenBy(id, change)) : [...former.members.filter((id) => id !== change.server), change.by] }",
  },
  {
    name: 'the order of the members stays as it was',
    foundBySeed: 2,
    file: 'relationships/membership-steps.ts',
    find: '(mayLeave ? stepToOrder(now, goal) : null)',
    replace: 'null',
  },
  {
    name: 'an older version of a licence wins when members unite',
    foundBySeed: 50,
    file: 'core/rows/compare-rows.ts',
    find: '      serialSeenIn(a) - serialSeenIn(b) ||',
    replace: '      serialSeenIn(b) - serialSeenIn(a) ||',
  },
  {
    name: 'half of an even number is a majority',
    foundBySeed: 20,
    file: 'core/replica/quorum.ts',
    find: 'return Math.floor(count / 2) + 1;',
    replace: 'return Math.ceil(count / 2);',
  },
  {
    name: 'a leader that was replaced while it was down does not hear of it',
    foundBySeed: 459,
    file: 'replicas/message-guard.ts',
    find: "message.type === 'notMember' && isPartner(state, from)",
    replace: "message.type === 'notMember' && from === state.self",
  },
];

/** Mistakes of a server that stands in for several mains. */
export const mainsDefects: readonly Defect[] = [
  {
    name: 'the backup serves what runs on a main alone',
    foundBySeed: 2,
    file: 'core/ledger/coverage.ts',
    find: 'if (!isPrimary && extentOf[grant.redundancy] < extentOf[kind]) {',
    replace: 'if (!isPrimary && extentOf[grant.redundancy] > extentOf.pool) {',
  },
  {
    name: 'a new backup takes the place of the main',
    foundBySeed: 77,
    file: 'relationships/membership-steps.ts',
    find: 'const members = now.members.toSpliced(Math.max(rank, 0) + 1, 0, joins);',
    replace: 'const members = now.members.toSpliced(0, 0, joins);',
  },
  {
    name: 'a backup that was replaced stands in for the main on its own',
    foundBySeed: 6,
    file: 'core/replica/membership.ts',
    find: 'if (configVersion <= version && !isSame && !isLater) return;',
    replace: 'if (configVersion >= 0 || (!isSame && !isLater)) return;',
  },
];
