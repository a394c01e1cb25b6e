import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SeededRandom } from '../../support/seeded-random.ts';
import { ClientHost } from './client-host.ts';
import { ScriptedPair } from './scripted-pair.ts';
import type { Behaviour } from './scripted-servers.ts';

const targets = ['a:7470', 'b:7470'];

/** It is cut off and serves on. */
const cutOff: Behaviour = { type: 'serve' };

/** What the active server does when it fails, and the other one until it takes over. */
const failure = fc.constantFrom<Behaviour[]>(
  { type: 'down' },
  { type: 'silent' },
  { type: 'mute' },
  { type: 'refuse', code: 'LS_LEADER_NOT_PRESENT', retryAfterSeconds: 2 },
);
const standby = fc.oneof(
  fc.constantFrom<Behaviour[]>(
    { type: 'down' },
    { type: 'refuse', code: 'LS_LEADER_NOT_PRESENT', retryAfterSeconds: 2 },
    { type: 'refuse', code: 'LS_SERVER_SYNC_IN_PROGRESS' },
    { type: 'refuse', code: 'LS_MAJORITY_RULE_FAILURE' },
  ),
  fc.constant<'redirect'>('redirect'),
);
/** What the former active one does once there is another: it serves on only when it is cut off. */
const former = fc.oneof(
  fc.constantFrom<Behaviour[]>({ type: 'down' }, { type: 'silent' }, { type: 'mute' }),
  fc.constant(cutOff),
  fc.constant<'redirect'>('redirect'),
);

const takeover = fc.record({
  restMs: fc.integer({ min: 3_000, max: 40_000 }),
  outageMs: fc.integer({ min: 0, max: 5_000 }),
  failure,
  standby,
  former,
});

it('keeps one lease through any number of takeovers, never back to an earlier term', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(takeover, { minLength: 1, maxLength: 8 }),
      fc.nat(),
      async (all, seed) => {
        const host = new ClientHost();
        const pair = new ScriptedPair(host.network);
        const chance = new SeededRandom(seed);
        const client = host.start({ primary: targets }, { random: () => chance.next() });
        await host.time.until(client.checkout(), 1_000);
        for (const { restMs, outageMs, ...does } of all) {
          await host.time.advance(restMs);
          const next = pair.other(pair.active);
          const instead = (wish: Behaviour | 'redirect', to: string): Behaviour =>
            wish === 'redirect' ? { type: 'redirect', to } : wish;
          pair.fail(does.failure, instead(does.standby, nameOf(pair.active, pair)));
          const sentBefore = host.network.sentCount;
          await host.time.advance(outageMs);
          expect(host.network.sentCount - sentBefore).toBeLessThanOrEqual(60);
          pair.serveFrom(next, instead(does.former, nameOf(next, pair)));
        }
        await host.time.advance(12_000);
        expect(client.state.state).toBe('held');
        // A server that is cut off and serves on is found out only when another one is asked.
        if (all.every(({ former }) => former !== cutOff))
          expect(client.state).toMatchObject({ seat: { term: pair.active.term } });
        expect(host.path.filter((state) => !['held', 'retrying'].includes(state))).toEqual([
          'checkingOut',
        ]);
        const seats = host.states.flatMap((state) => ('seat' in state ? [state.seat] : []));
        expect(new Set(seats.map(({ lease }) => lease.id)).size).toBe(1);
        const terms = seats.map(({ term }) => term);
        expect(terms).toEqual(terms.toSorted((x, y) => x - y));
        // Lastly nothing is left behind.
        expect(await host.time.until(client.return(), 10_000)).toMatchObject({ ok: true });
        expect(host.liveLeases()).toEqual([]);
      },
    ),
    { numRuns: 300 },
  );
});

function nameOf(server: unknown, { a }: ScriptedPair): string {
  return server === a ? 'a:7470' : 'b:7470';
}
