import { describe, expect, test } from 'vitest';
import { describeTook } from '../../../src-shared/view/describe-span.ts';
import { describeMoves, failbackOf, switchoverOf } from '../../../src-shared/view/moves.ts';
import { derivePair, describePair } from '../../../src-renderer/features/pair/derive-pair.ts';
import { pairNodes, type PairScenario } from '../../support/renderer-harness/fixture-pair.ts';
import { backupId, witnessId } from '../../support/renderer-harness/fixture-servers.ts';
import { serverId } from '../../support/renderer-harness/fixture.ts';

const statesOf = (scenario: PairScenario) =>
  derivePair(pairNodes[scenario])?.members.map(({ state }) => state);

describe('what each server of a pair does', () => {
  test.each([
    ['pair', ['active', 'ready']],
    ['mutual', ['active', 'active']],
    ['failover', ['away', 'failover']],
    ['failover-here', ['behind', 'failover']],
    ['returned', ['ready', 'failover']],
    ['switched-over', ['ready', 'failover']],
    ['unsynchronised', ['active', 'behind']],
    ['disconnected', ['active', 'away']],
    ['strict', ['active', 'ready']],
  ] satisfies [PairScenario, string[]][])('%s', (scenario, states) => {
    expect(statesOf(scenario)).toEqual(states);
  });

  test('who has not joined yet is not ready for anything', () => {
    const { ledgers, ...pair } = pairNodes.pair;
    const alone = ledgers.map((ledger) => ({ ...ledger, members: ledger.members.slice(0, 1) }));
    const members = derivePair({ ...pair, ledgers: alone })?.members ?? [];
    expect(members.map(({ state }) => state)).toEqual(['active', 'joining']);
    expect(members[1]?.lines[0]?.text).toBe('Protects nothing yet');
  });

  test('there is no picture without a relationship', () => {
    expect(derivePair(pairNodes.paired)).toBeNull();
  });

  test('of two that protect each other, each says both what it serves and what it keeps', () => {
    const [main] = derivePair(pairNodes.mutual)?.members ?? [];
    expect(main?.lines.map(({ text }) => text)).toEqual([
      'Serves 6 licences of its own, 326 seats in use',
      'Keeps 1 licence of SRV-LIC-02, up to date',
    ]);
  });
});

test('the witness does not see what is between the two, and says so', () => {
  const strict = pairNodes.strict;
  const server = { ...strict.server, id: witnessId, name: 'SRV-DC-03' };
  const pair = derivePair({ ...strict, server });
  expect(pair?.link).toBeNull();
  expect(pair?.witnessConnected).toBe(true);
  expect(pair && describePair(pair)).toMatch(/Witness SRV-DC-03: votes$/);
});

test('what can be moved, and where to', () => {
  expect(switchoverOf(pairNodes.pair)).toMatchObject({ to: backupId, ready: true });
  expect(failbackOf(pairNodes.pair)).toBeNull();
  expect(switchoverOf(pairNodes.unsynchronised)).toMatchObject({ to: backupId, ready: false });
  expect(failbackOf(pairNodes.failover)).toMatchObject({ to: serverId, ready: false });
  expect(failbackOf(pairNodes.returned)).toMatchObject({ to: serverId, ready: true });
  expect(switchoverOf(pairNodes.paired)).toBeNull();
});

test('moves in sentences, with the time that they took', () => {
  const [from, to] = [
    { id: serverId, name: 'A' },
    { id: backupId, name: 'B' },
  ];
  const move = { at: '2026-03-01T12:00:00Z', from, to, ledger: 'main' };
  const counts = { licenses: 1, leases: 2, units: 3, resumed: 0 };
  expect(describeMoves({ moves: [{ ...move, ...counts, tookMs: 43.4 }] })).toEqual([
    'B took over 1 licence with 3 seats in use from A in 43 ms.',
  ]);
  const resumed = { moves: [{ ...move, ...counts, resumed: 1, tookMs: 43.4 }] };
  expect(describeMoves(resumed)[0]).toMatch(/ in 43 ms\. 1 more licence is served again\.$/);
  expect(describeMoves({ moves: [] })).toHaveLength(1);
  expect(describeTook(1_240)).toBe('1.2 s');
});
