import { describe, expect, it } from 'vitest';
import type { PeerMessage } from '../../../src-main/node/core/replica/message.ts';
import { createReplica, stepReplica } from '../../../src-main/node/core/replica/replica.ts';
import { isPartial } from '../../../src-main/node/core/replica/whole.ts';
import { bucketOf } from '../../../src-main/node/core/rows/digest.ts';
import {
  configId,
  logSpell,
  type Row,
  type SpellRow,
} from '../../../src-main/node/core/rows/row.ts';
import { pairConfig } from '../../support/peer-messages.ts';
import {
  makeMeta,
  makeStoredLedger,
  makeStoredReplica,
  nowMs,
  otherId,
  positionOf,
  serverId,
} from '../../support/records.ts';

/** Until the rule was `continuity` the first time; a second time as a log went on from there. */
const firstLog: SpellRow = {
  kind: 'spell',
  id: logSpell,
  ...{ number: 0, member: '', fromMs: 0, toMs: nowMs, timesSet: 0, told: 0, overdraft: null },
  ...{ write: 7, usage: 3, events: 4 },
};

const { members } = pairConfig.membership;
const logged = { ...pairConfig, membership: { members, witness: null, rule: 'majority' as const } };

/** A member that was away while the ledger became one of rows. */
function makeMember() {
  const meta = { ...makeMeta(), usageSequence: 5, eventSequence: 6 };
  const ledger = makeStoredLedger({ config: logged, meta, rows: [firstLog] });
  return createReplica(
    makeStoredReplica({ ledger, syncSet: [serverId], log: { base: positionOf(9), entries: [] } }),
    { serverId, demoVendorKeyId: 'demo', newLedgerId: 'ledger-1', boot: 'b'.repeat(16) },
    { monotonicMs: 0, wallMs: nowMs },
  );
}

const configRow: Row = {
  kind: 'config',
  id: configId,
  ...{ by: logSpell, write: 0 },
  config: { ...pairConfig, version: 5 },
};

/** The first of what the active has; there is more than that. */
const piece: PeerMessage = {
  type: 'piece',
  term: { number: 9, member: otherId, boot: 'a'.repeat(16) },
  ...{ configVersion: 5, asked: null, number: 1, root: '0123456789abcdef', markMs: 0 },
  ...{ buckets: [bucketOf(configRow)], rows: [configRow], last: false },
};

describe('a member whose log is of an earlier rule', () => {
  const state = makeMember();
  const event = { type: 'messageReceived', from: otherId, message: piece } as const;
  const effects = stepReplica(state, event, { monotonicMs: 10, wallMs: nowMs + 10 });
  const writes = effects.flatMap((effect) => (effect.type === 'persist' ? effect.writes : []));

  it('has but some of the rows until it has all of them, durably', () => {
    expect(isPartial(state)).toBe(true);
    expect(writes).toContainEqual({ type: 'syncSet', members: [otherId] });
  });

  it('takes none of the history that only its log had for that of the ledger', () => {
    const sequences = { usageSequence: 3, eventSequence: 4 };
    expect(state.ledger.meta).toMatchObject(sequences);
    const changes = writes.flatMap((write) => (write.type === 'rows' ? [...write.changes] : []));
    const metas = changes.filter((change) => change.type === 'meta');
    expect(metas).toMatchObject([{ after: sequences }]);
  });
});
