import { endOfTokens, tokenLifeMsMax } from '../core/ledger/ended-leases.ts';
import type { UsageRecord } from '../../../src-shared/model/usage.ts';
import type { Change, LedgerMeta, RecordedEvent, StoredLedger } from '../core/ledger/change.ts';
import type { LedgerImage } from '../core/replica/message.ts';
import type { MissingHistory } from '../core/replica/row-history.ts';
import type { RowChange } from '../core/rows/row-set.ts';
import { logSpell, type Row, type SpellId } from '../core/rows/row.ts';
import type { Entry } from '../core/replica/log.ts';
import type { StoredReplica } from '../core/replica/replica.ts';
import type { Position, Term } from '../core/replica/term.ts';
import type { StoreBatch, StoreWrite } from './store.ts';
import { operation, type PackedWrites } from './operation.ts';

/** A timeline entry of a batch, and the ledger that it is of; null: of a journal. */
export interface EventOf {
  event: RecordedEvent;
  ledger: string | null;
}

/** Values after which a batch is cut, so that a large one never holds the thread up for long. */
const partValuesMax = 6_000;

/**
 * Flattens a batch for the worker, in parts of about `partValuesMax` values; most have one. Its
 * timeline entries are added to `events` in the order in which the worker answers for them.
 */
export function* packBatch(
  { ledgers, journal }: StoreBatch,
  events: EventOf[],
): Generator<PackedWrites, PackedWrites, void> {
  const packing: Packing = { packed: [], ledger: '', events };
  for (const { ledger, writes } of ledgers) {
    if (writes.length === 0) continue;
    packing.ledger = ledger;
    if (writes[0]?.type !== 'createLedger') packing.packed.push(operation.ledger, ledger);
    for (const write of writes) yield* packWrite(packing, write);
  }
  for (const event of journal) {
    const { server, sequence, atMs, severity } = event;
    packing.packed.push(operation.addJournal, server, sequence, atMs, severity);
    packing.packed.push(JSON.stringify(event), null);
    events.push({ event, ledger: null });
    if (isFull(packing)) yield takePart(packing);
  }
  return packing.packed;
}

interface Packing {
  packed: PackedWrites;
  ledger: string;
  readonly events: EventOf[];
}

function isFull({ packed }: Packing): boolean {
  return packed.length >= partValuesMax;
}

function takePart(packing: Packing): PackedWrites {
  const { packed } = packing;
  packing.packed = [];
  return packed;
}

function* packWrite(packing: Packing, write: StoreWrite): Generator<PackedWrites, void, void> {
  const { packed } = packing;
  switch (write.type) {
    case 'createLedger':
      yield* packCreation(packing, write.stored);
      return;
    case 'dropLedger':
      packed.push(operation.drop, JSON.stringify({ takenOutIn: write.takenOutIn }));
      return;
    case 'term':
      packTerm(packed, write.term);
      return;
    case 'append':
      yield* packEntries(packing, write.entries);
      return;
    case 'truncate':
      packWithdrawal(packed, write.withdrawn);
      packed.push(operation.truncate, write.afterIndex);
      return;
    case 'image':
      yield* packImage(packing, write);
      return;
    case 'compact':
      packed.push(operation.compact, write.toIndex);
      return;
    case 'position':
      packPosition(packed, operation.putWitnessed, write.position);
      return;
    case 'rows':
      yield* packRows(packing, write.changes);
      packGaps(packed, write.gaps);
      return;
    case 'beginRows':
      packed.push(operation.beginRows, JSON.stringify(write.config), write.keepsGaps ? 1 : 0);
      return;
    case 'syncSet':
      packed.push(operation.putSyncSet, JSON.stringify(write.members));
      return;
    case 'config':
      packed.push(operation.putConfig, JSON.stringify(write.config));
      return;
  }
}

function packTerm(packed: PackedWrites, { number, member, boot }: Term): void {
  packed.push(operation.putTerm, number, member, boot ?? null);
}

function packPosition(packed: PackedWrites, name: string, { index, term }: Position): void {
  packed.push(name, index, term.number, term.member);
}

function* packCreation(
  packing: Packing,
  { term, log, witnessed, syncSet, ledger }: StoredReplica,
): Generator<PackedWrites, void, void> {
  const { packed } = packing;
  packed.push(operation.create, packing.ledger);
  packTerm(packed, term);
  packPosition(packed, operation.putBase, log.base);
  packPosition(packed, operation.putWitnessed, witnessed);
  packed.push(operation.putSyncSet, JSON.stringify(syncSet));
  yield* packLedger(packing, ledger);
  yield* packEntries(packing, log.entries);
}

function* packImage(
  packing: Packing,
  { image, usageAfter, eventsAfter, gaps = [] }: Extract<StoreWrite, { type: 'image' }>,
): Generator<PackedWrites, void, void> {
  const { packed } = packing;
  const { position, ledger }: LedgerImage = image;
  packed.push(operation.clear, usageAfter, eventsAfter);
  packPosition(packed, operation.putBase, position);
  const { usageSequence = 0, eventSequence = 0 } = ledger.meta ?? {};
  if (usageSequence > usageAfter) {
    packed.push(operation.addGap, 'usage', usageAfter + 1, usageSequence, logSpell);
  }
  if (eventSequence > eventsAfter) {
    packed.push(operation.addGap, 'events', eventsAfter + 1, eventSequence, logSpell);
  }
  packGaps(packed, gaps);
  yield* packLedger(packing, ledger);
}

function* packLedger(
  packing: Packing,
  { meta, config, leases, licenses, vendors, ended, rows = [] }: StoredLedger,
): Generator<PackedWrites, void, void> {
  packing.packed.push(operation.putConfig, JSON.stringify(config));
  if (meta) packing.packed.push(operation.putMeta, JSON.stringify(meta));
  for (const license of licenses) {
    packing.packed.push(operation.putLicense, license.id, JSON.stringify(license));
    if (isFull(packing)) yield takePart(packing);
  }
  for (const vendor of vendors) {
    packing.packed.push(operation.putVendor, vendor.keyId, JSON.stringify(vendor));
  }
  for (const { leaseId, untilMs } of ended) {
    packing.packed.push(operation.putEnded, leaseId, untilMs);
    if (isFull(packing)) yield takePart(packing);
  }
  for (const lease of leases) {
    packing.packed.push(operation.putLease, lease.id, JSON.stringify(lease));
    if (isFull(packing)) yield takePart(packing);
  }
  for (const row of rows) {
    packRow(packing.packed, row);
    if (isFull(packing)) yield takePart(packing);
  }
}

/** One write under `continuity`: its changes are packed as the rows that they lead to. */
function* packRows(
  packing: Packing,
  changes: readonly Change[],
): Generator<PackedWrites, void, void> {
  for (const change of changes) {
    packRowChange(packing, change);
    if (isFull(packing)) yield takePart(packing);
  }
}

function packRowChange({ packed, ledger, events }: Packing, change: Change): void {
  switch (change.type) {
    case 'usage':
      packUsage(packed, operation.addUsage, change.after, change);
      return;
    case 'event':
      packEvent(packed, operation.addEvent, change.after, change.spell);
      events.push({ event: change.after, ledger });
      return;
    case 'meta':
      packed.push(operation.putMeta, metaText(change.after));
      return;
    default:
      if (!change.row) throw new Error(`a ${change.type} is written without its row`);
      packRowOf(packed, change.row);
  }
}

function packRowOf(packed: PackedWrites, { before, after }: RowChange): void {
  if (after) packRow(packed, after);
  else if (before) packed.push(operation.dropRow, before.kind, before.id);
}

function packRow(packed: PackedWrites, row: Row): void {
  const doc = JSON.stringify(row);
  if (row.kind === 'spell') packed.push(operation.putSpell, row.id, doc);
  else packed.push(operation.putRow, row.kind, row.id, doc);
  if (row.kind === 'config') packed.push(operation.putConfig, JSON.stringify(row.config));
}

function packGaps(packed: PackedWrites, gaps: readonly MissingHistory[]): void {
  for (const { spell, kind, from, to } of gaps) {
    packed.push(operation.addGap, kind, from, to, spell);
  }
}

function* packEntries(
  packing: Packing,
  entries: readonly Entry[],
): Generator<PackedWrites, void, void> {
  for (const entry of entries) {
    for (const change of entry.changes) packChange(packing, change);
    packPosition(packing.packed, operation.append, entry);
    if (isFull(packing)) yield takePart(packing);
  }
}

// The text of every document is made once here; the worker puts the log's row together from them.
function packChange({ packed, ledger, events }: Packing, change: Change): void {
  switch (change.type) {
    case 'lease': {
      const id = (change.after ?? change.before)?.id ?? '';
      packed.push(operation.changeLease, id, textOf(change.before), textOf(change.after));
      return;
    }
    case 'license': {
      const id = (change.after ?? change.before)?.id ?? '';
      packed.push(operation.changeLicense, id, textOf(change.before), textOf(change.after));
      return;
    }
    case 'vendor': {
      const id = (change.after ?? change.before)?.keyId ?? '';
      packed.push(operation.changeVendor, id, textOf(change.before), textOf(change.after));
      return;
    }
    case 'row':
      throw new Error('a row is written to a log');
    case 'usage':
      packUsage(packed, operation.changeUsage, change.after);
      packLongEnd(packed, change.after);
      return;
    case 'event':
      packEvent(packed, operation.changeEvent, change.after);
      events.push({ event: change.after, ledger });
      return;
    case 'meta':
      packed.push(operation.changeMeta, metaText(change.before), metaText(change.after));
      return;
    case 'config':
      packed.push(operation.changeConfig, JSON.stringify(change.before));
      packed.push(JSON.stringify(change.after));
      return;
  }
}

function textOf(document: object | null): string | null {
  return document && JSON.stringify(document);
}

/** What one entry leaves behind is what the next one begins with. */
const metaTexts = new WeakMap<LedgerMeta, string>();

function metaText(meta: LedgerMeta): string {
  let text = metaTexts.get(meta);
  if (text === undefined) {
    text = JSON.stringify(meta);
    metaTexts.set(meta, text);
  }
  return text;
}

/** Undoes changes, the last one first. */
function packWithdrawal(packed: PackedWrites, withdrawn: readonly Change[]): void {
  for (const change of withdrawn.toReversed()) {
    switch (change.type) {
      case 'lease':
        if (change.before) {
          packed.push(operation.putLease, change.before.id, JSON.stringify(change.before));
        } else if (change.after) packed.push(operation.dropLease, change.after.id);
        break;
      case 'license':
        if (change.before) {
          packed.push(operation.putLicense, change.before.id, JSON.stringify(change.before));
        } else if (change.after) packed.push(operation.dropLicense, change.after.id);
        break;
      case 'vendor':
        if (change.before) {
          packed.push(operation.putVendor, change.before.keyId, JSON.stringify(change.before));
        } else if (change.after) packed.push(operation.dropVendor, change.after.keyId);
        break;
      case 'row':
        throw new Error('a row is taken off a log');
      case 'usage':
        packed.push(operation.withdrawUsage, change.after.sequence);
        packLongEnd(packed, change.after, 0);
        break;
      case 'event':
        packed.push(operation.withdrawEvent, change.after.sequence);
        break;
      case 'meta':
        packed.push(operation.putMeta, JSON.stringify(change.before));
        break;
      case 'config':
        packed.push(operation.putConfig, JSON.stringify(change.before));
        break;
    }
  }
}

/** An end that is remembered for longer than usage may be kept has a row of its own. */
function packLongEnd(packed: PackedWrites, record: UsageRecord, untilMs?: number): void {
  if (record.kind !== 'session' || record.end === 'expired') return;
  const endMs = endOfTokens(record);
  if (endMs - record.endedAtMs <= 2 * tokenLifeMsMax) return;
  packed.push(operation.putEnded, record.leaseId, untilMs ?? endMs);
}

export function packEvent(
  packed: PackedWrites,
  name: string,
  event: RecordedEvent,
  spell: SpellId = logSpell,
): void {
  const { sequence, atMs, severity } = event;
  packed.push(name, sequence, atMs, severity, JSON.stringify(event), spell);
}

export function packUsage(
  packed: PackedWrites,
  name: string,
  record: UsageRecord,
  { spell = logSpell, rank = 0 }: { spell?: SpellId; rank?: number } = {},
): void {
  const session = record.kind === 'session';
  packed.push(
    name,
    spell,
    record.sequence,
    rank,
    session ? record.leaseId : null,
    record.kind,
    record.licenseId ?? null,
    record.product ?? null,
    record.feature,
    record.units,
    record.user,
    record.host,
    session ? record.startedAtMs : record.firstAtMs,
    session ? record.endedAtMs : record.lastAtMs,
    session ? 1 : record.count,
    JSON.stringify(record),
  );
}
