import { expect, it } from 'vitest';
import type { HostedReplica } from '../../../src-main/node/replicas/hosted-replica.ts';
import {
  noteForgottenBefore,
  noteForgottenIn,
} from '../../../src-main/node/replicas/forgotten-elsewhere.ts';
import { makeEvent, nowMs } from '../../support/records.ts';

const weekMs = 7 * 86_400_000;

function makeLedgers() {
  const stepped: string[] = [];
  const ledger = { step: ({ type }: { type: string }) => stepped.push(type) };
  return { stepped, all: () => [ledger as unknown as HostedReplica] };
}

it.each([
  ['directoryPutBack', nowMs, 1],
  ['dataLossAccepted', nowMs - weekMs / 2, 1],
  ['dataLossAccepted', nowMs - weekMs, 0],
  ['licenseReplaced', nowMs, 0],
] as const)('ledgers hear of it when a journal says %s', (kind, atMs, times) => {
  const ledgers = makeLedgers();
  const entry = { ...makeEvent(1, { kind, atMs }), local: 1, ledger: null };
  noteForgottenIn([entry], ledgers, nowMs);
  expect(ledgers.stepped).toEqual(Array(times).fill('forgottenElsewhere'));
});

it('ledgers hear of it after a start, for a week', () => {
  const ledgers = makeLedgers();
  const at = new Date(nowMs).toISOString();
  noteForgottenBefore([null, at], ledgers, nowMs + weekMs);
  noteForgottenBefore([null], ledgers, nowMs);
  expect(ledgers.stepped).toEqual([]);
  noteForgottenBefore([null, at], ledgers, nowMs + weekMs - 1);
  expect(ledgers.stepped).toEqual(['forgottenElsewhere']);
});
