import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { refuseConfig } from '../../../src-main/node/core/ledger/config-change.ts';
import {
  countingNoLonger,
  findHeir,
  firstAway,
  firstInSync,
  goalOf,
  mayBeDismissed,
  nextMembership,
} from '../../../src-main/node/relationships/membership-steps.ts';
import type { LedgerConfig, Membership } from '../../../src-shared/model/ledger-config.ts';
import { pairConfig } from '../../support/peer-messages.ts';

const servers = ['a', 'b', 'c', 'd', 'e'];

const membership: fc.Arbitrary<Membership> = fc
  .record({
    members: fc.shuffledSubarray(servers, { minLength: 1, maxLength: 4 }),
    rule: fc.constantFrom('continuity' as const, 'majority' as const),
    hasWitness: fc.boolean(),
  })
  .map(({ members, rule, hasWitness }) => {
    const free = servers.find((id) => !members.includes(id));
    const witness = rule === 'majority' && hasWitness ? (free ?? null) : null;
    return { members, rule, witness };
  });

/** Every step from one membership to another; the server that serves is never taken out. */
function walk(from: Membership, goal: Membership) {
  const steps: { before: Membership; after: Membership; joins: string[]; leaves: string[] }[] = [];
  let now = from;
  for (let step = nextMembership(now, goal); step; step = nextMembership(now, goal)) {
    const { membership: after, joins, leaves } = step;
    steps.push({
      before: now,
      after,
      joins: joins === null ? [] : [joins],
      leaves: leaves === null ? [] : [leaves],
    });
    if (steps.length > 20) throw new Error('it does not end');
    now = after;
  }
  return { steps, end: now };
}

const all = ({ members, witness }: Membership) =>
  witness === null ? members : [...members, witness];

describe('the way from any membership to any other', () => {
  it('ends at the goal', () => {
    fc.assert(
      fc.property(membership, membership, (from, goal) => {
        expect(walk(from, goal).end).toEqual(goal);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is of steps that the ledger takes: one server at a time, a rule with one vote', () => {
    fc.assert(
      fc.property(membership, membership, (from, goal) => {
        for (const { before, after } of walk(from, goal).steps) {
          const [active = ''] = before.members.filter((id) => after.members.includes(id));
          const config = { ...pairConfig, placed: null };
          const change = { ...config, membership: after, version: config.version + 1 };
          expect(refuseConfig({ ...config, membership: before }, change, active)).toBeNull();
          if (before.rule !== after.rule) expect(all(before)).toHaveLength(1);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('says of each step who comes and who goes', () => {
    fc.assert(
      fc.property(membership, membership, (from, goal) => {
        for (const { before, after, joins, leaves } of walk(from, goal).steps) {
          expect(all(after).filter((id) => !all(before).includes(id))).toEqual(joins);
          expect(all(before).filter((id) => !all(after).includes(id))).toEqual(leaves);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('lets nobody go before all who come are there, unless the rule changes or there is no room', () => {
    fc.assert(
      fc.property(membership, membership, (from, goal) => {
        fc.pre(from.rule === goal.rule);
        for (const { before, joins, leaves } of walk(from, goal).steps) {
          const went = leaves.filter((id) => id !== before.witness);
          if (went.length === 0) continue;
          expect(joins).toEqual([]);
          expect(goal.members.filter((id) => !before.members.includes(id))).toEqual([]);
        }
        const full = Array.from({ length: 11 }, (_, index) => `m${index}`);
        const replaced = { ...from, witness: null, members: [...full.slice(0, 10), 'new'] };
        const [first] = walk({ ...from, witness: null, members: full }, replaced).steps;
        expect(first?.leaves).toEqual(['m10']);
      }),
      { numRuns: 500 },
    );
  });

  it('waits with whoever goes while somebody who has come is catching up', () => {
    const now: Membership = { members: ['a', 'b', 'd', 'c'], witness: null, rule: 'majority' };
    const goal: Membership = { ...now, members: ['a', 'b', 'd'] };
    expect(nextMembership(now, goal, false)).toBeNull();
    expect(nextMembership(now, goal)).toMatchObject({ leaves: 'c' });
    const heirless = { ...goal, members: ['b', 'd', 'c'] };
    expect(nextMembership(now, heirless, false)).toBeNull();
    expect(nextMembership(now, heirless)?.membership.members).toEqual(['b', 'd', 'c', 'a']);
  });

  it('keeps the primary until the end when it is to stay', () => {
    fc.assert(
      fc.property(membership, membership, (from, other) => {
        const [primary = ''] = from.members;
        const members = [primary, ...other.members.filter((id) => id !== primary)];
        const witness = other.witness === primary ? null : other.witness;
        for (const { after } of walk(from, { ...other, members, witness }).steps) {
          expect(after.members[0]).toBe(primary);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('a goal', () => {
  const { membership: pair } = pairConfig;

  it('is that of the relationship, and the primary alone without one', () => {
    expect(goalOf(pairConfig)).toEqual(pairConfig.relationship?.goal);
    const alone = { members: pair.members.slice(0, 1), witness: null, rule: 'continuity' };
    expect(goalOf({ ...pairConfig, relationship: null })).toEqual(alone);
    const dissolved = pairConfig.relationship && { ...pairConfig.relationship, goal: null };
    expect(goalOf({ ...pairConfig, relationship: dissolved })).toEqual(alone);
  });
});

describe('a server that has lost what it had', () => {
  const membership: Membership = { members: ['a', 'b', 'c'], witness: 'w', rule: 'majority' };
  const strict: LedgerConfig = { ...pairConfig, membership };

  it('does not count under majority until it has everything, the primary neither', () => {
    expect(countingNoLonger(strict, 'b')).toEqual({ learners: ['b'] });
    expect(countingNoLonger(strict, 'a')).toEqual({ learners: ['a'] });
    expect(countingNoLonger({ ...strict, learners: ['a'] }, 'b')).toEqual({ learners: ['a', 'b'] });
    expect(countingNoLonger({ ...strict, learners: ['a'] }, 'a')).toBeNull();
  });

  it('is let go when it is the witness, which has nothing to catch up with', () => {
    expect(countingNoLonger(strict, 'w')).toEqual({ membership: { ...membership, witness: null } });
  });

  it('is given everything at once under continuity, where nobody believes what it said before', () => {
    expect(countingNoLonger(pairConfig, pairConfig.membership.members[1] ?? '')).toBeNull();
  });
});

describe('another rule', () => {
  const pair: Membership = { members: ['a', 'b'], witness: null, rule: 'continuity' };
  const strict: Membership = { members: ['a', 'b'], witness: 'w', rule: 'majority' };
  const onItsWay = (membership: Membership, goal: Membership): LedgerConfig => {
    const { relationship } = pairConfig;
    if (!relationship) throw new Error('it has none');
    const members = ['a', 'b'];
    return { ...pairConfig, membership, relationship: { ...relationship, members, goal } };
  };
  const stepOf = (config: LedgerConfig) => {
    const step = nextMembership(config.membership, goalOf(config));
    if (!step) throw new Error('it is there');
    return step;
  };

  it('waits for a member to be in sync that leaves for it and comes back', () => {
    const config = onItsWay(pair, strict);
    expect(firstInSync(config, stepOf(config))).toBe('b');
    const back = onItsWay(strict, pair);
    expect(firstInSync(back, stepOf(back))).toBe('b');
  });

  it('waits for nobody who leaves for good, nor for a witness', () => {
    const dissolved = onItsWay(pair, { ...pair, members: ['a'] });
    expect(firstInSync(dissolved, stepOf(dissolved))).toBeNull();
    const alone = onItsWay({ ...strict, members: ['a'] }, { ...pair, members: ['a', 'w'] });
    expect(stepOf(alone).leaves).toBe('w');
    expect(firstInSync(alone, stepOf(alone))).toBeNull();
  });

  it('begins as majority only when those that left know that they did', () => {
    const config = onItsWay({ ...pair, members: ['a'] }, strict);
    expect(stepOf(config).membership.rule).toBe('majority');
    expect(firstAway(config, stepOf(config))).toEqual(['b']);
    const back = onItsWay({ members: ['a'], witness: null, rule: 'majority' }, pair);
    expect(stepOf(back).membership.rule).toBe('continuity');
    expect(firstAway(back, stepOf(back))).toEqual([]);
  });
});

describe('a server that is told to give a ledger up', () => {
  const membership: Membership = { members: ['a', 'b'], witness: null, rule: 'continuity' };
  const { relationship } = pairConfig;
  if (!relationship) throw new Error('it has none');
  const withGoal = (goal: Membership): LedgerConfig => {
    return { ...pairConfig, membership, relationship: { ...relationship, goal }, version: 4 };
  };
  const config = withGoal(membership);
  const order = { from: 'a', configVersion: 5 };
  const standby = { id: 'b', isActive: false, calledIn: 0, hasNothing: false };

  it('does so for another member that has a later configuration', () => {
    expect(mayBeDismissed(config, order, standby)).toBe(true);
  });

  it('does so with its own licences when it agreed to be replaced', () => {
    const self = { id: 'a', isActive: false, calledIn: 0, hasNothing: false };
    const replaced = withGoal({ ...membership, members: ['b'] });
    expect(mayBeDismissed(replaced, { ...order, from: 'b' }, self)).toBe(true);
  });

  it('does not while it serves, when the licences are its own, or for anybody else', () => {
    expect(mayBeDismissed(config, order, { ...standby, isActive: true })).toBe(false);
    const primary = { id: 'a', isActive: false, calledIn: 0, hasNothing: false };
    expect(mayBeDismissed(config, { ...order, from: 'b' }, primary)).toBe(false);
    expect(mayBeDismissed(config, { ...order, from: 'c' }, standby)).toBe(false);
    expect(mayBeDismissed(config, { ...order, from: 'b' }, standby)).toBe(false);
    expect(mayBeDismissed(config, { ...order, configVersion: 4 }, standby)).toBe(false);
  });

  it('does while it has got nothing yet, whatever it was called by', () => {
    const waits = { ...standby, calledIn: 6, hasNothing: true };
    expect(mayBeDismissed(config, order, waits)).toBe(true);
    expect(mayBeDismissed(config, { ...order, from: 'c' }, waits)).toBe(false);
    expect(mayBeDismissed(config, { ...order, from: 'b' }, { ...waits, id: 'a' })).toBe(false);
  });

  it('does not when it was called to take part by a later configuration', () => {
    expect(mayBeDismissed(config, order, { ...standby, calledIn: 6 })).toBe(false);
    expect(
      mayBeDismissed(config, { ...order, configVersion: 7 }, { ...standby, calledIn: 6 }),
    ).toBe(true);
  });
});

describe('a server that serves and is not to stay', () => {
  const { relationship } = pairConfig;
  if (!relationship) throw new Error('it has none');
  const membership: Membership = { members: ['a', 'b', 'c'], witness: null, rule: 'continuity' };
  const progressTo = (members: string[], synchronised: string[]) => {
    const goal = { ...membership, members };
    const config = { ...pairConfig, membership, relationship: { ...relationship, goal } };
    return { config, synchronised };
  };

  it('gives its place to the first that stays and has everything, since a reclaim may be forbidden', () => {
    expect(findHeir(progressTo(['b', 'c'], ['b', 'c']), 'a')).toBe('b');
    expect(findHeir(progressTo(['b', 'c'], ['c']), 'a')).toBe('c');
  });

  it('keeps it while nobody is ready, or when it is to stay', () => {
    expect(findHeir(progressTo(['b', 'd'], ['c']), 'a')).toBeNull();
    expect(findHeir(progressTo(['a', 'c'], ['b', 'c']), 'a')).toBeNull();
  });
});
