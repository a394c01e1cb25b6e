import { expect, it } from 'vitest';
import { lastIndex } from '../../../src-main/node/core/replica/log.ts';
import type { PeerMessage } from '../../../src-main/node/core/replica/message.ts';
import { createReplica, stepReplica } from '../../../src-main/node/core/replica/replica.ts';
import { strictConfig } from '../../support/peer-messages.ts';
import { makeStoredLedger, makeStoredReplica, nowMs, serverId } from '../../support/records.ts';

const active = 'c3'.repeat(32);
const term = { number: 4, member: active };

const entries = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => ({ index: from + i, term, changes: [] }));

it('a message that comes late is not compared with entries that are kept as their effects only', () => {
  const membership = { members: [active, serverId], witness: null, rule: 'majority' as const };
  const state = createReplica(
    makeStoredReplica({
      term,
      ledger: makeStoredLedger({ config: { ...strictConfig, membership } }),
      log: { base: { index: 10, term }, entries: entries(11, 20) },
    }),
    {
      serverId,
      demoVendorKeyId: 'demo',
      newLedgerId: 'ledger-1',
      boot: 'b'.repeat(16),
      limits: { entriesMax: 4, changesMax: 1_000 },
    },
    { monotonicMs: 0, wallMs: nowMs },
  );
  const hear = (after: number, upTo: number, commitIndex: number) => {
    const message: PeerMessage = {
      type: 'append',
      term,
      configVersion: strictConfig.version,
      prev: { index: after, term },
      entries: entries(after + 1, upTo),
      commitIndex,
    };
    const event = { type: 'messageReceived' as const, from: active, message };
    return stepReplica(state, event, { monotonicMs: 10, wallMs: nowMs + 10 });
  };
  hear(20, 20, 10);
  // Its own word that 20 is committed lets the log be compacted beyond what it brings.
  const effects = hear(12, 15, 20);
  expect(state.log.base.index).toBeGreaterThan(15);
  expect(lastIndex(state.log)).toBe(20);
  const writes = effects.flatMap((effect) => (effect.type === 'persist' ? effect.writes : []));
  expect(writes.map(({ type }) => type)).not.toContain('truncate');
});
