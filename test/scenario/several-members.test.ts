import { describe, expect, it } from 'vitest';
import type { Membership } from '../../src-shared/model/ledger-config.ts';
import { Scenario } from './scenario.ts';
import { type Server, triad } from './server-story.ts';

const five: Server[] = ['A', 'B', 'C', 'D', 'E'];
const poolOfThree: Membership = { ...triad, rule: 'continuity' };
const poolByRule = (rule: Membership['rule']): Membership => ({
  ...{ members: five, witness: null, rule },
});

describe('a triad', () => {
  it('serves with any two, says that it has two points of failure, and with one serves nobody', () => {
    const story = new Scenario(triad);
    const margins = () => [story.quorumMargin('B'), story.quorumMargin('C')];
    story.pass(10);
    expect(margins()).toEqual([1, 1]);
    story.checkout('ada');
    story.crash('A');
    story.passUntil('the secondary serves', () => story.serves('B'), 2);
    story.pass(4);
    story.say('Two are left, and each of them is needed now.');
    expect(margins()).toEqual([0, 0]);
    expect(story.checkout('bob')).toMatchObject({ type: 'leaseGranted' });
    story.crash('B');
    story.pass(6);
    expect(story.serves('C')).toBe(false);
    expect(story.checkout('cem', { at: 'C' })).toMatchObject({ type: 'notServing' });
    story.say(
      'The primary returns. With the tertiary it is enough again, and nobody has lost a seat.',
    );
    story.start('A');
    story.passUntil('the primary serves', () => story.serves('A'), 15);
    story.pass(4);
    story.show();
    expect(story.seats()).toEqual(['ada', 'bob']);
    story.check('triad-two-points-of-failure');
  });

  it('has one active server at most when the primary is cut off, whose clients get no answer', () => {
    const story = new Scenario(triad, { units: 1 });
    story.checkout('ada');
    story.cut('A', 'B');
    story.cut('A', 'C');
    story.passUntil('the secondary serves', () => story.serves('B'), 8);
    story.say('The minority stops for those who have a seat there as well.');
    expect(story.renew('ada', 'A')).toMatchObject({ type: 'notServing' });
    story.pass(3);
    story.heal();
    story.passUntil('the primary serves', () => story.serves('A'), 20);
    story.show();
    expect(story.seats()).toEqual(['ada']);
    expect(story.overdraft()).toBe(0);
    story.check('triad-primary-cut-off');
  });
});

describe('a pool', () => {
  it('counts as the vendor does: an update moves a unit, and a new request takes one', () => {
    const story = new Scenario(poolOfThree, { units: 15 });
    const users = ['ada', 'bob', 'cem', 'dan', 'eva'];
    for (const user of users) {
      story.checkout(user);
      story.sleep(user);
    }
    story.crash('A');
    story.passUntil('the next in order leads', () => story.serves('B'), 2);
    expect(story.accounting()).toEqual({ by: { A: 5 }, free: 10 });
    expect(story.renew('ada', 'B')).toMatchObject({ type: 'leaseRenewed' });
    expect(story.accounting()).toEqual({ by: { A: 4, B: 1 }, free: 10 });
    expect(story.checkout('fay')).toMatchObject({ type: 'leaseGranted' });
    expect(story.accounting()).toEqual({ by: { A: 4, B: 2 }, free: 9 });
    story.check('pool-accounting');
  });

  it.each([
    ['majority', 'pool-below-majority'],
    ['continuity', 'pool-any-survivor'],
  ] as const)(
    'of five goes by preference, and below the majority by its rule: %s',
    (rule, name) => {
      const story = new Scenario(poolByRule(rule), { units: 3 });
      story.checkout('ada');
      story.crash('A');
      story.passUntil('the second leads', () => story.serves('B'), 3);
      story.pass(6);
      story.crash('B');
      story.passUntil('the third leads', () => story.serves('C'), 6);
      story.pass(6);
      expect(story.seats()).toEqual(['ada']);
      story.say('Two of five are left.');
      story.crash('D');
      story.pass(6);
      expect(story.serves('C')).toBe(rule === 'continuity');
      const asked = story.checkout('bob', { at: 'C' });
      expect(asked).toMatchObject({
        type: rule === 'continuity' ? 'leaseGranted' : 'notServing',
      });
      const renewed = story.renew('ada', 'C');
      expect(renewed).toMatchObject({
        type: rule === 'continuity' ? 'leaseRenewed' : 'notServing',
      });
      for (const server of ['A', 'B', 'D'] as const) story.start(server);
      story.passUntil('the first leads again', () => story.serves('A'), 30);
      story.pass(6);
      story.show();
      expect(story.seats()).toEqual(rule === 'continuity' ? ['ada', 'bob'] : ['ada']);
      story.check(name);
    },
  );

  it('gives a leader that returns the newer licence, never the older one to the others', () => {
    const story = new Scenario(poolOfThree, { units: 3 });
    story.crash('A');
    story.passUntil('the next in order leads', () => story.serves('B'), 2);
    story.passUntil('the third is in sync with it', () => story.synchronised().length === 2, 2);
    story.install({ id: 'lic-cad', serial: 7, units: 5 });
    expect([story.serial('B'), story.serial('C')]).toEqual([7, 7]);
    story.start('A');
    story.passUntil('the leader leads again', () => story.serves('A'), 20);
    story.pass(2);
    expect(five.slice(0, 3).map((server) => story.serial(server))).toEqual([7, 7, 7]);
    story.show();
    story.check('pool-newer-licence');
  });

  it('keeps a borrowed unit through two takeovers, and lends at its first server alone', () => {
    const story = new Scenario(poolOfThree, { units: 2 });
    expect(story.checkout('ada', { borrowDays: 1 })).toMatchObject({ type: 'leaseGranted' });
    story.sleep('ada');
    for (const [gone, next] of [
      ['A', 'B'],
      ['B', 'C'],
    ] as const) {
      story.crash(gone);
      story.passUntil(`${next} leads`, () => story.serves(next), 3);
      story.pass(12);
      expect(story.checkout('bob', { borrowDays: 1 })).toMatchObject({
        code: 'LS_BORROW_NOT_ALLOWED',
      });
      expect(story.accounting().free).toBe(1);
    }
    expect(story.checkout('bob')).toMatchObject({ type: 'leaseGranted' });
    expect(story.checkout('cem')).toMatchObject({ code: 'LS_INSUFFICIENTUNITS' });
    story.show();
    expect(story.seats()).toEqual(['ada', 'bob']);
    story.check('pool-borrowed');
  });

  it('grants nothing while all are down, and begins with what was out', () => {
    const story = new Scenario(poolOfThree, { units: 2 });
    story.checkout('ada');
    for (const server of ['C', 'B', 'A'] as const) story.crash(server);
    expect(story.checkout('bob', { at: 'A' })).toBeNull();
    story.pass(3);
    for (const server of ['A', 'B', 'C'] as const) story.start(server);
    story.passUntil('the first leads', () => story.serves('A'), 20);
    story.pass(6);
    story.show();
    expect(story.seats()).toEqual(['ada']);
    story.check('pool-all-down');
  });

  it('does not lead elsewhere because a licence expires', () => {
    const story = new Scenario(poolOfThree);
    story.install({ id: 'lic-day', feature: 'day', expires: '2026-03-01T08:00:20Z' });
    story.checkout('ada', { feature: 'day' });
    story.pass(24);
    expect(story.checkout('bob', { feature: 'day' })).toMatchObject({ code: 'LS_LICENSE_EXPIRED' });
    expect(story.active()).toBe('A');
    // As where the next server was asked, which has no units of it either.
    expect(story.renew('ada', 'A')).toMatchObject({ code: 'LS_INSUFFICIENTUNITS' });
    story.show();
    story.check('pool-expiry');
  });
});
