import { describe, expect, it } from 'vitest';
import { OwnCopies } from '../../../src-main/node/peers/own-copies.ts';

/** Two that have one identity, each with its own clock; `gapMs` is how much later the second one started. */
function makeTwo(boots: [string, string], gapMs: number) {
  let nowMs = 1_000_000;
  const make = (boot: string, offsetMs: number) =>
    new OwnCopies({
      clock: () => ({ monotonicMs: nowMs + offsetMs, wallMs: 0 }),
      boot: () => boot,
    });
  const original = make(boots[0], 0);
  nowMs += gapMs;
  const copy = make(boots[1], 7_777);
  const of = { original: { self: original, boot: boots[0] }, copy: { self: copy, boot: boots[1] } };
  /** One of the two asks the other, whose answer takes a while to come. */
  const look = (who: 'original' | 'copy', tookMs = 0) => {
    const other = of[who === 'original' ? 'copy' : 'original'];
    const answer = { boot: other.boot, upMs: other.self.upMs(), rank: other.self.rank() ?? null };
    nowMs += tookMs;
    of[who].self.noteSeen({ ...answer, tookMs, address: '10.0.0.2:7470' });
  };
  const asides = () => [original.standsAside(), copy.standsAside()];
  return { original, copy, look, asides, pass: (ms: number) => (nowMs += ms) };
}

describe('two servers that find each other with one identity', () => {
  it.each([
    ['aaaa', 'bbbb'],
    ['bbbb', 'aaaa'],
  ])(
    'the one that started later stands aside, whatever the starts are called (%s, %s)',
    (...boots) => {
      const two = makeTwo(boots, 1_500);
      two.look('copy', 100);
      two.look('original', 100);
      expect(two.asides()).toEqual([false, true]);
    },
  );

  it('exactly one stands aside when they started together', () => {
    const two = makeTwo(['bbbb', 'aaaa'], 0);
    two.look('copy', 50);
    two.look('original', 50);
    expect(two.asides()).toEqual([true, false]);
  });

  it('a slow answer is not taken for a late start', () => {
    const two = makeTwo(['bbbb', 'aaaa'], 0);
    two.look('copy', 5_000);
    two.look('original', 5_000);
    expect(two.asides()).toEqual([true, false]);
  });

  it.each([
    ['aaaa', 'bbbb'],
    ['bbbb', 'aaaa'],
  ])('exactly one is left when they measure differently, and it stays so (%s, %s)', (...boots) => {
    // By its own measure one sees a second between the starts, and the other one less.
    for (const [firstTook, secondTook] of [
      [0, 400],
      [400, 0],
    ] as const) {
      const two = makeTwo(boots, 1_100);
      for (let round = 0; round < 4; round++) {
        two.look('original', firstTook);
        two.look('copy', secondTook);
        two.pass(10_000);
        if (round > 0) expect(two.asides().filter(Boolean)).toHaveLength(1);
      }
    }
  });

  it('the other one serves again when the first was not seen for two minutes', () => {
    const two = makeTwo(['aaaa', 'bbbb'], 60_000);
    two.look('copy');
    two.pass(119_000);
    expect(two.copy.standsAside()).toBe(true);
    two.pass(2_000);
    expect(two.copy.standsAside()).toBe(false);
    expect(two.copy.seenAt()).toBeNull();
  });

  it('who says nothing of its age is the second', () => {
    const two = makeTwo(['aaaa', 'bbbb'], 0);
    two.copy.noteSeen({ boot: null, upMs: null, rank: null, tookMs: 0, address: '10.0.0.2:7470' });
    expect(two.copy.standsAside()).toBe(false);
  });
});
