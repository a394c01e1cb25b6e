import type { Change } from '../../../src-main/node/core/ledger/change.ts';
import {
  configId,
  type ConfigRow,
  type LeaseRow,
  rank,
  type Row,
  type SpellRow,
} from '../../../src-main/node/core/rows/row.ts';
import { soloConfig } from '../../../src-shared/model/ledger-config.ts';
import {
  leaseIdOf,
  makeInstalledLicense,
  makeLease,
  makeSession,
  nowMs,
  serverId,
  vendor,
} from '../../support/records.ts';
import type { LedgerStore } from '../../support/store.ts';

export const spell = '3.00aa11bb22cc33dd';
export const earlier = '2.ffee00aa11bb22cc';
export const origin = { by: spell, write: 1 };

export function makeLeaseRow(number: number, more: Partial<LeaseRow> = {}): LeaseRow {
  const lease = makeLease(number);
  const { id, licenseId, borrowUntilMs } = lease;
  const about = { licenseId, instance: lease.holder.instance, borrowUntilMs };
  return { kind: 'lease', id, ...origin, rank: 0, stampMs: nowMs, ...about, lease, ...more };
}

export const makeEndRow = (number: number) =>
  makeLeaseRow(number, { rank: rank.returned, lease: null });

export function makeSpellRow(more: Partial<SpellRow> = {}): SpellRow {
  const figures = { timesSet: 0, write: 1, told: 0, usage: 0, events: 0, overdraft: null };
  const times = { fromMs: nowMs, toMs: nowMs };
  return { kind: 'spell', id: spell, number: 3, member: serverId, ...times, ...figures, ...more };
}

export const config = soloConfig(serverId);
export const configRow: ConfigRow = { kind: 'config', id: configId, ...origin, config };
export const license = makeInstalledLicense();
export const licenseRow: Row = { kind: 'license', id: license.id, ...origin, revision: 1, license };
export const vendorRow: Row = { kind: 'vendor', id: vendor.keyId, ...origin, revision: 1, vendor };

export const put = (after: Row, before: Row | null = null): Change => {
  return { type: 'row', row: { before, after } };
};
export const drop = (before: Row): Change => ({ type: 'row', row: { before, after: null } });

/** One write under `continuity`. */
export function writeRows(ledger: LedgerStore, ...changes: Change[]) {
  return ledger.write({ type: 'rows', changes, gaps: [] });
}

export const session = (sequence: number, of: string, atRank: number, more = {}): Change => {
  const after = makeSession(sequence, { leaseId: leaseIdOf(1), ...more });
  return { type: 'usage', spell: of, rank: atRank, after };
};

export async function usageOf({ store }: LedgerStore) {
  const span = { fromMs: 0, toMs: 2 * nowMs, afterSequence: 0, limit: 99 };
  return store.usageRecords(span);
}
