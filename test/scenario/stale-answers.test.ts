import { describe, expect, it } from 'vitest';
import { Scenario } from './scenario.ts';
import { pair, pairWithWitness } from './server-story.ts';

describe('a main with a witness whose firewall begins to refuse', () => {
  it('answers no renewal after the backup has given the seat to another', () => {
    const story = new Scenario(pairWithWitness, { units: 1 });
    story.checkout('ada');
    story.say('To the others a connection that is reset looks like a process that is gone.');
    story.cut('A', 'B');
    story.cut('A', 'W');
    story.notice('B', 'A');
    story.notice('W', 'A');
    story.passUntil('the backup serves', () => story.serves('B'), 1);
    story.release('ada');
    expect(story.checkout('bob', { at: 'B' })).toMatchObject({ type: 'leaseGranted' });
    expect(story.renew('ada', 'A')).toBeNull();
    story.pass(3);
    expect(story.renew('ada', 'A')).toMatchObject({ type: 'notServing' });
    story.heal();
    story.passUntil('the main serves', () => story.serves('A'), 20);
    expect(story.renew('ada', 'A')).toMatchObject({ code: 'LS_NO_SUCH_LEASE' });
    story.show();
    expect(story.seats()).toEqual(['bob']);
    story.check('firewall-refuses');
  });
});

describe('a client whose computer slept', () => {
  it.each([
    ['a pair', pair, 'asleep-too-long'],
    ['a pair with a witness', pairWithWitness, 'asleep-too-long-strict'],
  ])('gets nothing by its ended token when the seat is with another: %s', (_, members, name) => {
    const story = new Scenario(members, { units: 1 });
    story.checkout('ada');
    story.sleep('ada');
    story.pass(15);
    expect(story.checkout('bob')).toMatchObject({ type: 'leaseGranted' });
    story.say('She is back, and shows what she had.');
    expect(story.renew('ada', 'A')).toMatchObject({ code: 'LS_NO_SUCH_LEASE' });
    expect(story.checkout('ada')).toMatchObject({ code: 'LS_INSUFFICIENTUNITS' });
    story.show();
    expect(story.overdraft()).toBe(0);
    story.check(name);
  });
});
