import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { clockDifferenceToldMs } from '../../../src-shared/model/clock-difference.ts';
import type { Instant } from '../../../src-main/node/core/ledger/event.ts';
import {
  clockConfirmAfterMs,
  clockBehindToldMs,
  createLedgerTime,
  ledgerMs,
  noteLedgerTime,
  observeClock,
  stampMs,
} from '../../../src-main/node/core/ledger/ledger-time.ts';
import { CoreHost, dayMs, grantedLease, startMs } from '../../support/core-host.ts';

const hourMs = 3_600_000;

/** A host whose clocks a test moves, and the time that a ledger on it goes by. */
class Host {
  monotonicMs = 5_000;
  wallMs = startMs;
  otherClocks: Instant['otherClocks'];
  time = createLedgerTime(startMs - 30_000, this.#at());

  #at(): Instant {
    const { monotonicMs, wallMs, otherClocks } = this;
    return { monotonicMs, wallMs, otherClocks };
  }

  observe(): this {
    observeClock(this.time, this.#at());
    return this;
  }

  pass(ms: number): this {
    for (let left = ms; left > 0; left -= 250) {
      const slice = Math.min(250, left);
      this.monotonicMs += slice;
      this.wallMs += slice;
      this.observe();
    }
    return this;
  }

  step(ms: number): this {
    this.wallMs += ms;
    return this.observe();
  }

  /** With nothing but its clock. */
  restartAnew(): this {
    this.time = createLedgerTime(0, this.#at());
    return this.observe();
  }

  restart(offForMs: number): this {
    const knownMs = ledgerMs(this.time);
    this.monotonicMs = 1_000;
    this.wallMs += offForMs;
    this.time = createLedgerTime(knownMs, this.#at());
    return this.observe();
  }
}

describe('the time of a ledger', () => {
  let host: Host;
  beforeEach(() => {
    host = new Host().observe();
  });

  it('is the clock of a host whose clock runs evenly', () => {
    expect(ledgerMs(host.pass(hourMs).time)).toBe(host.wallMs);
    expect(stampMs(host.time)).toBe(host.wallMs);
  });

  it('is what a ledger says that is taken in, whatever the clock of its new member shows', () => {
    for (const aheadMs of [30 * dayMs, hourMs, -hourMs]) {
      const told = host.wallMs;
      host.wallMs += aheadMs;
      host.restartAnew();
      noteLedgerTime(host.time, told, false);
      host.pass(2_500);
      expect(ledgerMs(host.time)).toBe(told + 2_500);
      host.wallMs -= aheadMs;
    }
    // A clock that agrees leads it at once.
    host.restartAnew();
    noteLedgerTime(host.time, host.wallMs - 60_000, false);
    expect(ledgerMs(host.pass(250).time)).toBe(host.wallMs);
  });

  it('never goes back by a ledger that is taken in later', () => {
    const told = ledgerMs(host.time);
    noteLedgerTime(host.time, told - hourMs, false);
    expect(ledgerMs(host.time)).toBe(told);
  });

  it('does not follow a clock that jumps ahead, and goes on by itself', () => {
    host.step(2 * hourMs).pass(2_500);
    expect(ledgerMs(host.time)).toBe(host.wallMs - 2 * hourMs);
    expect(stampMs(host.time)).toBe(host.wallMs - 2 * hourMs);
    host.step(-2 * hourMs).pass(1_000);
    expect(ledgerMs(host.time)).toBe(host.wallMs);
    expect(host.time.doubt).toBeNull();
  });

  it('follows a clock that has stood for the time of a confirmation, and not before', () => {
    host.step(3 * dayMs).pass(clockConfirmAfterMs - 250);
    expect(ledgerMs(host.time)).toBe(host.wallMs - 3 * dayMs);
    expect(ledgerMs(host.pass(250).time)).toBe(host.wallMs);
  });

  it('counts anew when the clock jumps again', () => {
    host.step(3 * dayMs).pass(clockConfirmAfterMs - 1_000);
    host.step(dayMs).pass(clockConfirmAfterMs - 1_000);
    expect(ledgerMs(host.time)).toBe(host.wallMs - 4 * dayMs);
    expect(ledgerMs(host.pass(1_000).time)).toBe(host.wallMs);
  });

  it('follows at once a clock that another server shares, and never one that all contradict', () => {
    host.otherClocks = { agreedMs: host.monotonicMs, differedMs: null };
    host.step(8 * hourMs).pass(5_000);
    host.otherClocks = { agreedMs: null, differedMs: host.monotonicMs };
    host.pass(2 * clockConfirmAfterMs);
    expect(ledgerMs(host.time)).toBe(host.wallMs - 8 * hourMs);
    host.otherClocks = { agreedMs: host.monotonicMs, differedMs: null };
    expect(ledgerMs(host.observe().time)).toBe(host.wallMs);
  });

  it('goes on while the clock is set back, and never goes back itself', () => {
    host.step(-dayMs).pass(10_000);
    expect(ledgerMs(host.time)).toBe(host.wallMs + dayMs);
  });

  it('is that of the clock after a short stop', () => {
    host.restart(clockBehindToldMs - 60_000).pass(1_000);
    expect(ledgerMs(host.time)).toBe(host.wallMs);
  });

  it('after a long stop ends nothing by the clock, and dates by it what is written down', () => {
    host.restart(90 * dayMs).pass(1_000);
    expect(ledgerMs(host.time)).toBe(host.wallMs - 90 * dayMs);
    expect(stampMs(host.time)).toBe(host.wallMs);
    host.pass(clockConfirmAfterMs);
    expect(ledgerMs(host.time)).toBe(host.wallMs);
  });

  it('cannot be led ahead by many small steps', () => {
    for (let i = 0; i < 100; i++) host.step(clockDifferenceToldMs / 2).pass(1_000);
    // One leap of what is tolerated, and what fills up again within the time.
    const tolerated = clockBehindToldMs + (100_000 * clockDifferenceToldMs) / clockConfirmAfterMs;
    const truthMs = host.wallMs - 100 * (clockDifferenceToldMs / 2);
    expect(ledgerMs(host.time) - truthMs).toBeLessThanOrEqual(tolerated);
  });

  it('never goes back or stands still, and is led by no clock that stood too short a time', () => {
    const steps = fc.array(
      fc.record({
        // Less than what two clocks may be apart is no jump.
        jumpMs: fc.oneof(
          fc.integer({ min: -400 * dayMs, max: -2 * clockDifferenceToldMs }),
          fc.integer({ min: 2 * clockDifferenceToldMs, max: 400 * dayMs }),
        ),
        standsMs: fc.integer({ min: 250, max: clockConfirmAfterMs - 1_000 }),
      }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(steps, (all) => {
        const one = new Host().observe();
        const begunMs = one.monotonicMs;
        let beforeMs = ledgerMs(one.time);
        for (const { jumpMs, standsMs } of all) {
          one.wallMs += jumpMs;
          for (let left = standsMs; left > 0; left -= 10_000) {
            const slice = Math.min(10_000, left);
            one.monotonicMs += slice;
            one.wallMs += slice;
            one.observe();
            expect(ledgerMs(one.time) - beforeMs).toBeGreaterThanOrEqual(slice);
            beforeMs = ledgerMs(one.time);
          }
        }
        const truthMs = startMs + (one.monotonicMs - begunMs);
        const leapsMs = clockBehindToldMs + (one.monotonicMs - begunMs) / 10;
        expect(beforeMs - truthMs).toBeLessThanOrEqual(leapsMs);
      }),
    );
  });
});

describe('a ledger whose host has a wrong clock for a while', () => {
  let host: CoreHost;
  beforeEach(() => {
    host = new CoreHost();
  });

  it('grants of a licence with 90 days left after two seconds at +730 days', () => {
    host.install({ expires: new Date(startMs + 90 * dayMs).toISOString() });
    host.pass(60_000);
    host.wallMs += 730 * dayMs;
    host.crash();
    host.pass(2_000);
    expect(host.eventKinds()).toContain('clockSetForward');
    expect(host.eventKinds()).not.toContain('licenseExpired');
    host.crash();
    host.wallMs -= 730 * dayMs;
    host.pass(1_500);
    const lease = grantedLease(host.checkout());
    expect(Math.abs(lease.grantedAtMs - host.wallMs)).toBeLessThan(60_000);
    host.install({ serial: 2, expires: new Date(startMs + 90 * dayMs).toISOString() });
  });

  it('keeps a borrowed seat through a second at +30 days', () => {
    host.install({ borrow: { maxDays: 7, maxUnits: 1 } });
    const borrowUntil = new Date(host.wallMs + dayMs).toISOString();
    const { id } = grantedLease(host.checkout({ borrowUntil }));
    host.wallMs += 30 * dayMs;
    host.pass(1_000);
    host.wallMs -= 30 * dayMs;
    host.pass(1_000);
    expect(host.state.leases.has(id)).toBe(true);
  });

  it('dates sessions rightly and lets borrow after 2.5 s at +2 h', () => {
    host.install({ ttlSeconds: 60, borrow: { maxDays: 1, maxUnits: 1 } });
    host.wallMs += 2 * hourMs;
    host.pass(2_500);
    host.wallMs -= 2 * hourMs;
    host.pass(1_000);
    const lease = grantedLease(host.checkout({ instance: 'a' }));
    expect(lease.grantedAtMs).toBe(host.wallMs);
    host.pass(3_000);
    host.answer({ type: 'returnRequested', leaseId: lease.id });
    expect(host.usage()).toMatchObject([
      { endedAtMs: host.wallMs, startedAtMs: lease.grantedAtMs },
    ]);
    const borrowUntil = new Date(host.wallMs + hourMs).toISOString();
    grantedLease(host.checkout({ instance: 'b', borrowUntil }));
  });

  it('says on the timeline once that the clock is ahead, and once that it is right again', () => {
    host.wallMs += 2 * hourMs;
    host.pass(5_000);
    host.wallMs -= 2 * hourMs;
    host.pass(5_000);
    const told = host.eventKinds().filter((kind) => kind.startsWith('clock'));
    expect(told).toEqual(['clockSetForward', 'clockBelieved']);
  });

  it('takes its time from the clock when an admin says so, also back', () => {
    host.install({ expires: new Date(startMs + 90 * dayMs).toISOString() });
    host.wallMs += 400 * dayMs;
    host.pass(clockConfirmAfterMs + 1_000);
    host.wallMs -= 400 * dayMs;
    host.pass(1_000);
    expect(host.checkout()).toMatchObject({ code: 'LS_LICENSE_EXPIRED' });
    expect(host.answer({ type: 'clockAccepted' })).toEqual({
      type: 'clockTaken',
      changedMs: -400 * dayMs,
      ledgerMs: host.wallMs,
    });
    grantedLease(host.checkout());
    host.crash();
    host.pass(500);
    expect(Math.round(ledgerMs(host.state.time))).toBe(host.wallMs);
  });
});
