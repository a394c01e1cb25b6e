import { expect, it } from 'vitest';
import { rowsOfLedger } from '../../../src-main/node/core/ledger/rows-of-ledger.ts';
import type { ReplicaEffect } from '../../../src-main/node/core/replica/replica-effect.ts';
import type { ReplicaEvent } from '../../../src-main/node/core/replica/replica-event.ts';
import { createReplica, stepReplica } from '../../../src-main/node/core/replica/replica.ts';
import { type SpellRow, spellIdOf } from '../../../src-main/node/core/rows/row.ts';
import type { Hindrance } from '../../../src-shared/model/hindrance.ts';
import { pairConfig } from '../../support/peer-messages.ts';
import {
  makeMeta,
  makeStoredLedger,
  makeStoredReplica,
  nowMs,
  otherId,
  serverId,
} from '../../support/records.ts';

const boot = 'b'.repeat(16);
const term = { number: 1, member: serverId, boot };

const spellOfMain: SpellRow = {
  kind: 'spell',
  id: spellIdOf(1, boot),
  ...{ number: 1, member: serverId, fromMs: nowMs, toMs: nowMs, timesSet: 0 },
  ...{ write: 1, told: 1, usage: 0, events: 0, overdraft: null },
};

/** What the backup says of the main server, which served before both were started anew, when it takes over. */
function takeoverAfter(heard: ReplicaEvent | null): string[] {
  const ledger = makeStoredLedger({
    config: pairConfig,
    meta: { ...makeMeta(), eventSequence: 1 },
  });
  const rows = [...rowsOfLedger(ledger), spellOfMain];
  const backup = createReplica(
    makeStoredReplica({ term, ledger: { ...ledger, rows } }),
    { serverId: otherId, demoVendorKeyId: 'demo', newLedgerId: 'ledger-1', boot: 'c'.repeat(16) },
    { monotonicMs: 0, wallMs: nowMs },
  );
  backup.names.set(serverId, 'Main');
  const step = (event: ReplicaEvent, atMs: number): string[] => {
    const effects = stepReplica(backup, event, { monotonicMs: atMs, wallMs: nowMs + atMs });
    const told = effects.flatMap((effect) =>
      effect.type === 'persist' ? failoversIn(effect) : [],
    );
    for (const effect of effects) {
      if (effect.type === 'persist') step({ type: 'persisted', number: effect.number }, atMs);
      // Who is there and does not serve lets another one.
      if (effect.type !== 'sendNow' || effect.message.type !== 'preVote') continue;
      if (heard?.type !== 'messageReceived') continue;
      const ack = { type: 'preVoteAck', term, asked: effect.message.term, granted: true } as const;
      told.push(...step({ type: 'messageReceived', from: serverId, message: ack }, atMs));
    }
    return told;
  };
  for (let atMs = 100; atMs <= 30_000; atMs += 100) {
    const told = [...(heard ? step(heard, atMs) : []), ...step(ticked, atMs)];
    if (told.length > 0) return told;
  }
  return [];
}

const ticked = { type: 'ticked', mayReclaim: true } as const;

function failoversIn({ writes }: Extract<ReplicaEffect, { type: 'persist' }>): string[] {
  const changes = writes.flatMap((write) => (write.type === 'rows' ? write.changes : []));
  return changes.flatMap((change) =>
    change.type === 'event' && change.after.kind === 'failoverBegan' ? [change.after.message] : [],
  );
}

function says(why?: Hindrance): ReplicaEvent {
  const message = { type: 'presence', term, boot: 'd'.repeat(16), ...(why && { why }) } as const;
  return { type: 'messageReceived', from: serverId, message };
}

const cases: [string, ReplicaEvent, string][] = [
  [
    'that lost some of its data',
    says('incomplete'),
    'Main does not serve: some of its data is miss',
  ],
  [
    'that lost all of it',
    { type: 'ledgerMissed', peer: serverId, isDissolved: false },
    'Main does not serve: some of its',
  ],
  ['that cannot write', says('storeFailed'), 'Main cannot write to its disk'],
  ['that says no reason', says(), 'Main is there and does not serve any longer'],
];

it.each(cases)('a takeover from a server %s says so', (_, event, sentence) => {
  expect(takeoverAfter(event)).toEqual([expect.stringContaining(sentence)]);
});

it('a takeover from a server of which nothing is heard says that', () => {
  expect(takeoverAfter(null)).toEqual([expect.stringContaining('Main stopped responding')]);
});
