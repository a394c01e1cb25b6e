import type { LedgerConfig } from '../../../../src-shared/model/ledger-config.ts';
import type { EndedLease, StoredLedger } from './change.ts';
import { allRows, changeRow, createRowSet, type RowSet } from '../rows/row-set.ts';
import { isEndedForGood, type LeaseRow, type LicenseRow, logSpell } from '../rows/row.ts';
import { EndedLeases, tokenLifeMsMax } from './ended-leases.ts';
import { beginAnew } from './ledger-start.ts';
import { ledgerMs } from './ledger-time.ts';
import type { LedgerState } from './ledger.ts';
import { rowOfEnded, rowOfLease, rowOfLicense, rowsOfLedger } from './rows-of-ledger.ts';
import { readSpells } from './unite.ts';

/** A copy that shares nothing that the ledger alters, as a store would hand it back. */
export function copyLedger(ledger: LedgerState): StoredLedger {
  return {
    ...copyTables(ledger),
    rows: ledger.rows ? [...allRows(ledger.rows)] : [...ledger.formerSpells],
  };
}

function copyTables(ledger: LedgerState): Omit<StoredLedger, 'rows'> {
  return {
    meta: { ...ledger.meta },
    config: ledger.config,
    leases: [...ledger.leases.values()],
    licenses: [...ledger.licenses.values()],
    vendors: [...ledger.vendors.values()],
    ended: ledger.endedLeases.all(),
  };
}

/** How a ledger goes on by another rule, and what its store has to know of that. */
interface KeptOtherwise {
  ledger: LedgerState;
  stored: StoredLedger;
}

/** The ledger from now on as a log. See `goOn`. */
export function keepAsLog(before: LedgerState): KeptOtherwise {
  const ended: EndedLease[] = [];
  for (const row of before.rows?.lease.values() ?? []) {
    if (!isEndedForGood(row)) continue;
    const { id: leaseId, stampMs, borrowUntilMs } = row;
    ended.push({ leaseId, untilMs: Math.max(stampMs, borrowUntilMs ?? 0) + tokenLifeMsMax });
  }
  const spells = [...(before.rows?.spell.values() ?? [])];
  const stored = { ...copyTables(before), ended, rows: spells };
  return { ledger: { ...goOn(before, ended), formerSpells: spells }, stored };
}

/** The ledger from now on as rows. See `goOn`. */
export function keepAsRows(before: LedgerState): KeptOtherwise {
  const stampMs = ledgerMs(before.time);
  const tables = copyTables(before);
  const set = before.rowsAhead ?? createRowSet();
  putLicenses(set, before);
  putLeases(set, before, tables.ended, stampMs);
  const spells = before.formerSpells.filter(({ id }) => id !== logSpell);
  for (const after of [
    ...rowsOfLedger({ ...tables, licenses: [], leases: [], ended: [] }, stampMs),
    ...spells,
  ]) {
    changeRow(set, { before: null, after });
  }
  const ledger: LedgerState = {
    ...goOn(before, tables.ended),
    rows: set,
    formerSpells: [...set.spell.values()],
  };
  readSpells(ledger);
  // Former spells know nothing of one that began by a token while the ledger was a log.
  ledger.meta.overdraft = before.meta.overdraft;
  ledger.durableWallHighMs = ledger.meta.wallHighMs;
  return { ledger, stored: { ...tables, rows: [...allRows(set)] } };
}

/**
 * Licences, leases and what is counted of them are those of the ledger before, whose own figures stay as
 * they are: when what follows is taken back, it goes on where it was. 100,000 leases are not read anew.
 */
function goOn(before: LedgerState, ended: readonly EndedLease[]): LedgerState {
  const meta = { ...before.meta };
  return {
    ...before,
    meta: { ...meta },
    flushedMeta: meta,
    endedLeases: new EndedLeases(ended),
    ...beginAnew(before.rowLifeMsMin, before.clock.lastMonotonicMs),
  };
}

/** Whether the ledger would be kept as rows with this configuration, and is not yet. */
export function beginsRows({ rows }: LedgerState, { membership }: LedgerConfig): boolean {
  return rows === null && membership.rule === 'continuity';
}

/** Rows that are made between two steps. */
const rowsPerStep = 200;

/**
 * Makes the rows of licences, of leases and of those that ended, for `keepAsRows`, in steps of some milliseconds. What changes
 * before that is made anew then.
 */
export function* makeRowsAhead(ledger: LedgerState): Generator<void, void, void> {
  const set = createRowSet();
  ledger.rowsAhead = set;
  let count = 0;
  const put = (after: LeaseRow | LicenseRow) => {
    changeRow(set, { before: null, after });
    return ++count % rowsPerStep === 0;
  };
  for (const license of ledger.licenses.values()) {
    if (put(rowOfLicense(license))) yield;
  }
  for (const lease of ledger.leases.values()) {
    if (put(rowOfLease(lease, ledgerMs(ledger.time)))) yield;
  }
  for (const ended of ledger.endedLeases.all()) {
    if (put(rowOfEnded(ended, ledgerMs(ledger.time)))) yield;
  }
}

/** The configuration came into force, or did not. */
export function forgetRowsAhead(ledger: LedgerState): void {
  ledger.rowsAhead = null;
}

// What was made ahead stays, as far as it is still true.

function putLicenses(set: RowSet, { licenses }: LedgerState): void {
  for (const license of licenses.values()) {
    const before = set.license.get(license.id) ?? null;
    if (before?.license === license) continue;
    changeRow(set, { before, after: rowOfLicense(license) });
  }
  const removed = [...set.license.values()].filter(({ id }) => !licenses.has(id));
  for (const before of removed) changeRow(set, { before, after: null });
}

function putLeases(
  set: RowSet,
  { leases, endedLeases }: LedgerState,
  ended: readonly EndedLease[],
  stampMs: number,
): void {
  for (const lease of leases.values()) {
    const before = set.lease.get(lease.id) ?? null;
    if (before?.lease === lease) continue;
    changeRow(set, { before, after: rowOfLease(lease, stampMs) });
  }
  for (const one of ended) {
    const before = set.lease.get(one.leaseId) ?? null;
    if (before?.lease === null && before.borrowUntilMs === one.untilMs) continue;
    changeRow(set, { before, after: rowOfEnded(one, stampMs) });
  }
  if (set.lease.size === leases.size + ended.length) return;
  const rest = [...set.lease.values()].filter(({ id }) => !leases.has(id) && !endedLeases.has(id));
  for (const before of rest) changeRow(set, { before, after: null });
}
