import { describe, expect, it } from 'vitest';
import { Scenario } from './scenario.ts';
import { pair } from './server-story.ts';

describe('two servers that cannot see each other, policy "available"', () => {
  it('both serve; the overdraft is measured, nobody loses a seat, and it is worked off', () => {
    const story = new Scenario(pair, { units: 2 });
    story.checkout('ada');
    story.say('The network parts them. Each serves whom it reaches.');
    story.cut('A', 'B');
    story.passUntil('both serve', () => story.serves('A') && story.serves('B'), 8);
    expect(story.checkout('bob', { at: 'A' })).toMatchObject({ type: 'leaseGranted' });
    expect(story.checkout('cem', { at: 'B' })).toMatchObject({ type: 'leaseGranted' });
    story.pass(4);
    story.say('They see each other again: all seats are kept, one too many is recorded.');
    story.heal();
    story.passUntil('it is recorded', () => story.overdraft() === 1, 8);
    expect(story.checkout('dan')).toMatchObject({ code: 'LS_INSUFFICIENTUNITS' });
    story.pass(15);
    expect(story.seats()).toEqual(['ada', 'bob', 'cem']);
    expect(story.serves('A')).toBe(true);
    story.return('bob');
    story.pass(1);
    expect(story.overdraft()).toBe(0);
    expect(story.checkout('dan')).toMatchObject({ code: 'LS_INSUFFICIENTUNITS' });
    story.return('cem');
    expect(story.checkout('dan')).toMatchObject({ type: 'leaseGranted' });
    story.show();
    story.check('partition-available');
  });

  it('stops the older active when a client shows it a token of the newer one', () => {
    const story = new Scenario(pair);
    story.checkout('ada');
    story.cut('A', 'B');
    story.passUntil('both serve', () => story.serves('A') && story.serves('B'), 8);
    story.moveTo('ada', 'B');
    story.pass(4);
    story.say('Her client reaches the old active again, and shows what the new one signed.');
    story.moveTo('ada', 'A');
    story.passUntil('it stops', () => !story.serves('A'), 5);
    story.heal();
    story.passUntil('the main serves', () => story.serves('A') && !story.serves('B'), 25);
    story.show();
    expect(story.seats()).toEqual(['ada']);
    story.check('fencing');
  });

  it.each([
    ['A', 'B'],
    ['B', 'A'],
  ] as const)('count a trial from its first seat, of %s before %s', (first, second) => {
    const story = new Scenario(pair);
    const id = 'lic-trial';
    story.install({ id, feature: 'trial', trialDays: 10, servers: ['A', 'B'] });
    story.pass(2);
    story.cut('A', 'B');
    story.passUntil('both serve', () => story.serves('A') && story.serves('B'), 8);
    story.checkout('ada', { at: first, feature: 'trial' });
    const began = story.trialBegan(first, id);
    expect(began).toBeTypeOf('number');
    story.pass(2);
    story.checkout('bob', { at: second, feature: 'trial' });
    expect(story.trialBegan(second, id)).toBeGreaterThan(began ?? 0);
    story.heal();
    const both = (): boolean => {
      return story.trialBegan('A', id) === began && story.trialBegan('B', id) === began;
    };
    story.passUntil('both count from the first', both, 30);
    story.pass(30);
    expect(both()).toBe(true);
  });

  it.each([
    ['A', 'B'],
    ['B', 'A'],
  ] as const)(
    'keep a trial that %s began, although %s got a later serial of it',
    (first, other) => {
      const story = new Scenario(pair);
      const id = 'lic-trial';
      const grant = { id, feature: 'trial', trialDays: 10, servers: ['A', 'B'] };
      story.install(grant);
      story.pass(2);
      story.cut('A', 'B');
      story.passUntil('both serve', () => story.serves('A') && story.serves('B'), 8);
      story.checkout('ada', { at: first, feature: 'trial' });
      const began = story.trialBegan(first, id);
      story.install({ ...grant, serial: 2, trialDays: 20 }, other);
      story.pass(2);
      story.heal();
      const both = (): boolean => {
        return story.trialBegan('A', id) === began && story.trialBegan('B', id) === began;
      };
      story.passUntil('both know of the beginning', both, 30);
      expect(began).toBeTypeOf('number');
    },
  );
});
