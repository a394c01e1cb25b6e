import type { Defect } from './plant-defect.ts';

/** Mistakes in keeping rows: most of them one rule of protocol section 3 taken away. */
export const continuityDefects: readonly Defect[] = [
  {
    name: 'a union goes by who brings a row, and not by which is greater',
    foundBySeed: 1,
    file: 'rows/row-set.ts',
    find: 'compareRows(withoutTrial(row), withoutTrial(before)) > 0',
    replace: 'compareRows(withoutTrial(row), withoutTrial(before)) !== 0',
  },
  {
    name: 'ends are forgotten at once',
    foundBySeed: 1,
    file: 'rows/row-set.ts',
    find: 'return Math.max(row.stampMs, row.borrowUntilMs ?? 0) <= markMs;',
    replace:
      'return row.rank > rank.granted || Math.max(row.stampMs, row.borrowUntilMs ?? 0) <= markMs;',
  },
  {
    name: 'usage of every spell is numbered as one',
    foundBySeed: 36,
    file: 'rows/row.ts',
    find: 'return `${number}.${boot}`;',
    replace: 'return `${number}.${boot.slice(0, 0)}`;',
  },
  {
    name: 'a digest is not compared before a write is acknowledged',
    foundBySeed: 1,
    file: 'replica/follow-rows.ts',
    find: 'if (rootText(ledger.rows.digest) === heard.root) {',
    replace: 'if (rootText(ledger.rows.digest) !== "") {',
  },
  {
    name: 'a token brings back a lease that was returned, whose row says so',
    foundBySeed: 1,
    file: 'ledger/ledger.ts',
    find: 'return row !== undefined && isEndedForGood(row);',
    replace: 'return row !== undefined && !isEndedForGood(row) && row.rank < 0;',
  },
  {
    name: 'a lease of which nobody was told counts as an overdraft',
    foundBySeed: 400,
    file: 'ledger/overdraft.ts',
    find: 'return row.write <= (rows.spell.get(row.by)?.told ?? 0);',
    replace: 'return row.write >= 0;',
  },
  {
    name: 'a retry is told of a seat beyond the licence',
    foundBySeed: 400,
    file: 'ledger/checkout.ts',
    find: 'if (held && (proof?.lease.id === held.id || !isSurplus(draft.state, held))) {',
    replace: 'if (held) {',
  },
  {
    name: 'the rule becomes majority with more out than the licences have',
    foundBySeed: 10_573,
    file: 'ledger/config-change.ts',
    find: '(leavesRows(state, config) && hasSurplus(state) ? overdrawn : null)',
    replace: '(leavesRows(state, config) && hasSurplus(state) ? null : null)',
  },
  {
    name: 'history that came without its records is not missed',
    foundBySeed: 1,
    file: 'replica/row-history.ts',
    find: 'const first = (before?.[kind] ?? 0) + 1;',
    replace: 'const first = after[kind] + 1;',
  },
  {
    name: 'only what the active lacks is offered to it, and not what is greater',
    foundBySeed: 4,
    file: 'replica/exchange.ts',
    find: 'if (!other || compareRows(row, other) > 0) greater.push(row);',
    replace: 'if (!other) greater.push(row);',
  },
  {
    name: 'a write that a disk did not take has used up its number',
    foundBySeed: 16,
    file: 'ledger/ledger.ts',
    find: '  if (state.spell) withdrawSpell(state, state.spell, changes);\n',
    replace: '',
  },
  {
    name: 'a repeated checkout gives a second seat, where rows are kept',
    foundBySeed: 5,
    file: 'ledger/checkout.ts',
    find: 'const held = shown ?? leases.find((lease) => isToldLease(state, lease)) ?? leases[0];',
    replace: 'const held = shown;',
  },
  {
    name: 'an answer leaves before the sync set has the write',
    foundBySeed: 61,
    file: 'replica/commit.ts',
    find: 'return Math.min(state.durableIndex, ...present.map(',
    replace: 'return Math.max(state.durableIndex, ...present.map(',
  },
  {
    name: 'an active changes its rows alone, without a spell of its own after another one',
    foundBySeed: 1,
    file: 'replica/follow.ts',
    find: "if (state.role.type !== 'standby' || state.active !== from) stepDown(turn, from);",
    replace: 'state.active = from;',
  },
];
