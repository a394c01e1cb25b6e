import { describe, expect, it } from 'vitest';
import { Scenario } from './scenario.ts';
import { pair, pairWithWitness } from './server-story.ts';

describe('what an admin does', () => {
  it('an orderly stop hands over before the server ends', () => {
    const story = new Scenario(pair);
    story.checkout('ada');
    story.stop('A');
    story.passUntil('the backup serves', () => story.serves('B'), 0.5);
    story.pass(5);
    expect(story.seats()).toEqual(['ada']);
    story.start('A');
    story.passUntil('the main serves', () => story.serves('A'), 20);
    story.show();
    story.check('orderly-stop');
  });

  it('a switchover stays until it is undone', () => {
    const story = new Scenario(pairWithWitness);
    story.checkout('ada');
    story.switchover('B');
    story.passUntil('the backup serves', () => story.serves('B'), 2);
    story.pass(20);
    expect(story.active()).toBe('B');
    story.switchover('A');
    story.passUntil('the main serves', () => story.serves('A'), 2);
    story.pass(5);
    story.show();
    expect(story.seats()).toEqual(['ada']);
    story.check('switchover-and-failback');
  });

  it('with manual reclaim the backup serves on until it is told', () => {
    const story = new Scenario(pair, { settings: { reclaim: 'manual' } });
    story.checkout('ada');
    story.crash('A');
    story.pass(2);
    story.start('A');
    story.pass(30);
    expect(story.active()).toBe('B');
    expect(story.synchronised()).toEqual(['A', 'B']);
    story.failback('A');
    story.passUntil('the main serves', () => story.serves('A'), 2);
    story.pass(4);
    story.show();
    story.check('manual-reclaim');
  });

  it('a main that fails again waits longer before it takes over', () => {
    const story = new Scenario(pair);
    story.checkout('ada');
    story.crash('A');
    story.pass(1);
    story.start('A');
    story.passUntil('the main serves', () => story.serves('A'), 12);
    story.pass(2);
    story.say('It fails a second time within the hour: the wait doubles.');
    story.crash('A');
    story.pass(1);
    story.start('A');
    story.pass(15);
    expect(story.active()).toBe('B');
    story.passUntil('the main serves', () => story.serves('A'), 8);
    story.show();
    story.check('hold-down');
  });
});

describe('licences', () => {
  it('that the vendor grants no redundancy for wait for their server, with their seats', () => {
    const story = new Scenario(pair);
    story.checkout('ada', { feature: 'local' });
    story.checkout('bob');
    story.crash('A');
    story.passUntil('the backup serves', () => story.serves('B'), 2);
    expect(story.checkout('cem', { feature: 'local' })).toMatchObject({
      code: 'LS_LEADER_NOT_PRESENT',
    });
    story.say('Longer than the life of a lease: the seat is not taken from its holder.');
    story.pass(14);
    expect(story.seats()).toEqual(['ada', 'bob']);
    story.start('A');
    story.passUntil('the main serves', () => story.serves('A'), 20);
    story.pass(4);
    story.show();
    expect(story.seats()).toEqual(['ada', 'bob']);
    story.check('uncovered-licence');
  });

  it('are borrowed from the primary only; borrowed seats stay taken, and come back anywhere', () => {
    const story = new Scenario(pair, { units: 2 });
    expect(story.checkout('ada', { borrowDays: 1 })).toMatchObject({ type: 'leaseGranted' });
    story.crash('A');
    story.passUntil('the backup serves', () => story.serves('B'), 2);
    expect(story.checkout('bob', { borrowDays: 1 })).toMatchObject({
      code: 'LS_BORROW_NOT_ALLOWED',
    });
    expect(story.checkout('bob')).toMatchObject({ type: 'leaseGranted' });
    expect(story.checkout('cem')).toMatchObject({ code: 'LS_INSUFFICIENTUNITS' });
    story.say('She comes home early and gives it back to the failover server.');
    expect(story.return('ada')).toMatchObject({ type: 'leaseEnded' });
    expect(story.checkout('cem')).toMatchObject({ type: 'leaseGranted' });
    story.start('A');
    story.passUntil('the main serves', () => story.serves('A'), 20);
    story.pass(4);
    story.show();
    expect(story.seats()).toEqual(['bob', 'cem']);
    story.check('borrowed');
  });
});

describe('a client', () => {
  it('that comes back after a blip gets its own seat, not a second one', () => {
    const story = new Scenario(pair);
    story.checkout('ada');
    story.crash('A');
    story.passUntil('the backup serves', () => story.serves('B'), 2);
    expect(story.checkout('ada')).toMatchObject({ type: 'leaseGranted', created: false });
    expect(story.seats()).toEqual(['ada']);
    story.check('ghost-seat');
  });

  it('gets its seat by its token from a server that does not know it', () => {
    const story = new Scenario(pair, { settings: { coldStartWaitMs: 2_000 } });
    story.crash('B');
    story.pass(4);
    story.checkout('ada');
    story.say('Only the main knows of her seat, and it dies. The backup starts without it.');
    story.crash('A');
    story.pass(0.5);
    story.start('B');
    story.passUntil('the backup serves', () => story.serves('B'), 20);
    story.pass(1);
    story.checkout('ada');
    story.show();
    expect(story.seats()).toEqual(['ada']);
    story.check('recovery-by-token');
  });
});

describe('a full disk', () => {
  it('at the active makes it give its place to the backup at once', () => {
    const story = new Scenario(pair);
    story.checkout('ada');
    story.failDisk('A');
    expect(story.checkout('bob', { at: 'A' })).toMatchObject({ type: 'notServing' });
    story.passUntil('the backup serves', () => story.serves('B'), 3);
    expect(story.checkout('bob')).toMatchObject({ type: 'leaseGranted' });
    story.pass(4);
    story.mendDisk('A');
    story.passUntil('the main serves', () => story.serves('A'), 20);
    story.show();
    expect(story.seats()).toEqual(['ada', 'bob']);
    story.check('disk-full-at-the-active');
  });

  it('at a main without a backup in sync leaves it to renew what is out', () => {
    const story = new Scenario(pair);
    story.checkout('ada');
    story.crash('B');
    story.pass(4);
    story.failDisk('A');
    expect(story.checkout('bob', { at: 'A' })).toMatchObject({
      type: 'notServing',
      reason: 'storeFailed',
    });
    story.pass(12);
    expect(story.seats()).toEqual(['ada']);
    story.mendDisk('A');
    expect(story.checkout('bob')).toMatchObject({ type: 'leaseGranted' });
    story.show();
    story.check('disk-full-alone');
  });
});
