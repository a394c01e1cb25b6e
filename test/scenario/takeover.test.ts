import { describe, expect, it } from 'vitest';
import { Scenario } from './scenario.ts';
import { pair, pairWithWitness } from './server-story.ts';

describe('a backup pair', () => {
  it('keeps every seat when the main fails, and gives back when it returns', () => {
    const story = new Scenario(pair);
    story.say('Two seats are out when the main is killed.');
    story.checkout('ada');
    story.checkout('bob');
    story.crash('A');
    story.passUntil('the backup serves', () => story.serves('B'), 2);
    expect(story.seats()).toEqual(['ada', 'bob']);
    story.pass(6);
    story.checkout('cem');
    story.say('The main returns: it is brought up to date, waits ten seconds, and serves again.');
    story.start('A');
    story.passUntil('the main serves', () => story.serves('A'), 20);
    story.pass(6);
    story.show();
    expect(story.seats()).toEqual(['ada', 'bob', 'cem']);
    story.check('takeover-and-reclaim');
  });

  it('takes over after three seconds of silence when the main loses power', () => {
    const story = new Scenario(pair);
    story.checkout('ada');
    story.crash('A', null);
    story.pass(2.5);
    expect(story.serves('B')).toBe(false);
    story.passUntil('the backup serves', () => story.serves('B'), 1);
    story.pass(5);
    story.show();
    story.check('takeover-after-silence');
  });

  it('does not take over because a licence expires', () => {
    const story = new Scenario(pair);
    story.say('A licence that ends soon; a lease lives nine seconds.');
    story.install({ id: 'lic-day', feature: 'day', expires: '2026-03-01T08:00:20Z' });
    story.checkout('ada', { feature: 'day' });
    story.pass(24);
    const answer = story.checkout('bob', { feature: 'day' });
    expect(answer).toMatchObject({ code: 'LS_LICENSE_EXPIRED' });
    expect(story.active()).toBe('A');
    story.pass(12);
    expect(story.seats()).toEqual([]);
    story.show();
    story.check('expiry-is-not-failure');
  });

  it('grants no more than the licence of the main while failed over', () => {
    const story = new Scenario(pair, { units: 2 });
    story.checkout('ada');
    story.crash('A');
    story.passUntil('the backup serves', () => story.serves('B'), 2);
    expect(story.checkout('bob')).toMatchObject({ type: 'leaseGranted' });
    expect(story.checkout('cem')).toMatchObject({ code: 'LS_INSUFFICIENTUNITS' });
    story.show();
    story.check('cap-while-failed-over');
  });

  it('goes on with the main alone while the backup is down', () => {
    const story = new Scenario(pair);
    story.checkout('ada');
    story.crash('B');
    expect(story.checkout('bob')).toMatchObject({ type: 'leaseGranted' });
    story.pass(4);
    expect(story.synchronised()).toEqual(['A']);
    story.say('The backup returns and is brought up to date.');
    story.start('B');
    story.passUntil('both are in sync', () => story.synchronised().length === 2, 5);
    story.pass(1);
    story.show();
    expect(story.serves('A')).toBe(true);
    story.check('backup-down-and-back');
  });

  it('waits at a cold start for the one that may have served last', () => {
    const story = new Scenario(pair);
    story.checkout('ada');
    story.say('The main dies, the backup serves and grants, then dies too.');
    story.crash('A');
    story.passUntil('the backup serves', () => story.serves('B'), 2);
    story.checkout('bob');
    story.pass(2);
    story.crash('B');
    story.say('The main starts first. It had the backup in sync, so it waits for it.');
    story.start('A');
    story.pass(5);
    expect(story.serves('A')).toBe(false);
    story.start('B');
    story.passUntil('one serves', () => story.serves('B') || story.serves('A'), 6);
    expect(story.seats()).toEqual(['ada', 'bob']);
    story.pass(14);
    story.show();
    expect(story.serves('A')).toBe(true);
    story.check('cold-start');
  });

  it('waits on when the one that served last fails again before it has given its data', () => {
    const story = new Scenario(pair);
    story.checkout('ada');
    story.crash('A');
    story.pass(3);
    story.checkout('bob');
    story.crash('B');
    story.pass(1);
    story.start('A');
    story.pass(2);
    story.start('B');
    story.passUntil('the main unites with it', () => story.unites('A'), 5);
    story.say('The main has asked for what the backup has when that fails again.');
    story.crash('B');
    story.pass(3);
    expect(story.serves('A')).toBe(false);
    story.start('B');
    story.passUntil('the main serves', () => story.serves('A'), 5);
    story.pass(2);
    story.show();
    expect(story.seats()).toEqual(['ada', 'bob']);
    story.check('cold-start-again');
  });

  it('takes over at once from a main that fails as soon as the backup is in sync', () => {
    const story = new Scenario(pair);
    story.checkout('ada');
    story.crash('B');
    story.pass(4);
    story.start('B');
    story.passUntil('the backup is in sync', () => story.synchronised().length === 2, 5);
    story.say('The next heartbeat, which would say so, does not come.');
    story.crash('A');
    story.passUntil('the backup serves', () => story.serves('B'), 1);
    story.pass(1);
    expect(story.seats()).toEqual(['ada']);
    story.check('fails-when-in-sync');
  });

  it('serves alone after the wait when the other does not come', () => {
    const story = new Scenario(pair);
    story.checkout('ada');
    story.crash('A');
    story.pass(3);
    story.crash('B');
    // What it sent last is not on its way any longer.
    story.pass(1);
    story.start('A');
    story.pass(14);
    expect(story.serves('A')).toBe(false);
    story.passUntil('the main serves', () => story.serves('A'), 2);
    story.pass(3);
    story.show();
    story.check('cold-start-alone');
  });

  it('unites what a main knows alone when it returns with stale data', () => {
    const story = new Scenario(pair);
    story.checkout('ada');
    story.say(
      'The backup is down while bob gets a seat and ada gives hers back. Then the main dies.',
    );
    story.crash('B');
    story.pass(4);
    story.checkout('bob');
    story.return('ada');
    story.crash('A');
    story.pass(1);
    story.say('The backup starts alone, with what it knew.');
    story.start('B');
    story.passUntil('the backup serves', () => story.serves('B'), 20);
    story.checkout('cem');
    story.say('The main returns: its grant and its return are united with the ledger.');
    story.start('A');
    story.passUntil('the main serves', () => story.serves('A'), 25);
    story.pass(2);
    story.show();
    expect(story.seats()).toEqual(['bob', 'cem']);
    story.check('main-returns-with-stale-data');
  });
});

describe('a backup pair with a witness', () => {
  it('lets only the side with the witness serve when the servers cannot see each other', () => {
    const story = new Scenario(pairWithWitness);
    story.checkout('ada');
    story.cut('A', 'B');
    story.cut('A', 'W');
    story.passUntil('the backup serves', () => story.serves('B') && !story.serves('A'), 8);
    expect(story.checkout('bob', { at: 'A' })).toMatchObject({ type: 'notServing' });
    expect(story.checkout('bob', { at: 'B' })).toMatchObject({ type: 'leaseGranted' });
    story.pass(4);
    story.heal();
    story.passUntil('the main serves', () => story.serves('A'), 20);
    story.pass(3);
    story.show();
    expect(story.seats()).toEqual(['ada', 'bob']);
    expect(story.overdraft()).toBe(0);
    story.check('partition-strict');
  });

  it('takes over as soon as the witness has noticed the crash as well', () => {
    const story = new Scenario(pairWithWitness);
    story.checkout('ada');
    story.crash('A', 'by notice');
    story.notice('B', 'A');
    story.pass(0.04);
    expect(story.serves('B')).toBe(false);
    story.notice('W', 'A');
    // Sooner than the next time that the backup asks.
    story.passUntil('the backup serves', () => story.serves('B'), 0.1);
    story.pass(5);
    story.show();
    story.check('witness-notices-later');
  });

  it('knows at the server that stands by as well whether another one may fail', () => {
    const story = new Scenario(pairWithWitness);
    const margins = () => [story.quorumMargin('A'), story.quorumMargin('B')];
    story.pass(20);
    expect(margins()).toEqual([1, 1]);
    story.crash('W', null);
    story.pass(4);
    expect(margins()).toEqual([0, 0]);
    story.start('W');
    story.pass(1);
    expect(margins()).toEqual([1, 1]);
  });

  it('goes on without the witness, and stops when the backup is gone as well', () => {
    const story = new Scenario(pairWithWitness);
    story.crash('W');
    story.pass(4);
    expect(story.checkout('ada')).toMatchObject({ type: 'leaseGranted' });
    story.crash('B');
    story.pass(4);
    expect(story.serves('A')).toBe(false);
    story.say('The witness returns, and one licence server with it is enough.');
    story.start('W');
    story.passUntil('the main serves', () => story.serves('A'), 5);
    story.pass(3);
    story.show();
    story.check('witness-down');
  });
});
