import { z } from 'zod';
import { type Lease, leaseSchema } from '../../../src-shared/model/lease.ts';
import { ledgerConfigSchema, soloConfig } from '../../../src-shared/model/ledger-config.ts';
import { installedLicenseSchema } from '../../../src-shared/model/license.ts';
import { recordedEventSchema } from '../../../src-shared/model/timeline.ts';
import { trustedVendorSchema } from '../../../src-shared/model/vendor.ts';
import type { StoredLedger } from '../core/ledger/change.ts';
import type { Entry, ReplicaLog } from '../core/replica/log.ts';
import type { LeaseRow, Row } from '../core/rows/row.ts';
import { NodeStartFailure } from '../base/start-failure.ts';
import type { ImageList, LoadedLedger, LoadedStore, StoredEvent } from './store.ts';
import { describeDamage } from './damage.ts';
import { changesSchema, parseStored, storedMetaSchema, syncSetSchema } from './decode.ts';
import { rowSchema } from './record-schema.ts';
import type { WorkerLink } from './worker-link.ts';
import type {
  EventDoc,
  ImageHeadDocs,
  LedgerDocs,
  LoadedLedgerDocs,
  RowDoc,
} from './worker-message.ts';

/** Leases that a start reads at once: each is held three times over until it is read. */
const leasesPageRows = 1_000;

/** Log that a start reads at once. */
const logPageBytes = 4 * 1024 * 1024;

/** Reads a document that this server wrote; it fails with what is to be done about the damage. */
export type Decode = <T>(what: string, schema: z.ZodType<T>, text: string) => T;

export function decoderOf(file: string): Decode {
  return (what, schema, text) => {
    const value = parseStored(schema, text);
    if (value === undefined) throw damage(file, `${what} in it is unreadable`);
    return value;
  };
}

function damage(file: string, cause: string): NodeStartFailure {
  return new NodeStartFailure('STORE_DAMAGED', describeDamage(file, cause));
}

export async function loadStore(
  writer: WorkerLink,
  file: string,
  serverId: string,
  formerIds: readonly string[],
): Promise<LoadedStore> {
  const owner = { serverId, formerIds, config: JSON.stringify(soloConfig(serverId)) };
  const docs = await writer.ask({ type: 'load', owner });
  const { journal, recentEvents, gaps, boot } = docs;
  const decode = decoderOf(file);
  const loaded: LoadedLedger[] = [];
  for (const ledger of docs.ledgers) loaded.push(await loadLedger(writer, file, ledger));
  return {
    ledgers: loaded,
    takenOut: decodeTakenOut(docs.dropped),
    journal,
    recentEvents: recentEvents.map((event) => decodeEvent(decode, event)),
    gaps,
    boot,
  };
}

const takenOutSchema = z.object({ takenOutIn: z.int().min(0) });

/** Of a ledger that was dropped for another reason, or by a former version of this program, nothing is known. */
function decodeTakenOut(dropped: readonly { id: string; doc: string }[]): Record<string, number> {
  const known = dropped.flatMap(({ id, doc }): [string, number][] => {
    const value = parseStored(takenOutSchema, doc);
    return value ? [[id, value.takenOutIn]] : [];
  });
  return Object.fromEntries(known);
}

export function decodeEvent(decode: Decode, { local, ledger, doc }: EventDoc): StoredEvent {
  const event = decode('a timeline entry', recordedEventSchema, doc);
  return { ...event, local, ledger } as StoredEvent;
}

/** What there is of a ledger but its leases and their rows. */
function decodeLedger(decode: Decode, docs: LedgerDocs): Omit<StoredLedger, 'leases'> {
  const { licenses, vendors, ended } = docs;
  return {
    ...decodeHead(decode, docs),
    licenses: licenses.map((text) => decode('a licence', installedLicenseSchema, text)),
    vendors: vendors.map((text) => decode('a vendor', trustedVendorSchema, text)),
    ended,
  };
}

export function decodeHead(
  decode: Decode,
  { meta, config, rows }: ImageHeadDocs,
): Omit<StoredLedger, ImageList> {
  return {
    meta: meta === null ? null : decode('figures of a ledger', storedMetaSchema, meta),
    config: decode('the configuration of a ledger', ledgerConfigSchema, config),
    ...(rows.length > 0 ? { rows: rows.map((row) => decodeRow(decode, row)) } : {}),
  };
}

function decodeRow(decode: Decode, { kind, id, doc, sound }: RowDoc): Row {
  const what = `the row ${kind} ${id}`;
  // What counts of a licence is its vendor's signature, and one that fails is repaired by itself.
  if (!sound && kind !== 'license') return decode(what, z.never(), doc);
  const row: Row = decode(what, rowSchema, doc);
  // A row under the key of another one is damaged: one of the two is lost.
  return row.kind === kind && row.id === id ? row : decode(what, z.never(), doc);
}

async function loadLedger(
  writer: WorkerLink,
  file: string,
  docs: LoadedLedgerDocs,
): Promise<LoadedLedger> {
  const decode = decoderOf(file);
  const { id, term, witnessed, syncSet } = docs;
  const log = await loadLog(writer, file, docs);
  const { rows = [], ...ledger } = decodeLedger(decode, docs);
  const share = makeSharing();
  const leases = await loadLeases(writer, file, id, share);
  const leaseRows = await loadLeaseRows(writer, decode, id, share);
  return {
    id,
    term,
    log,
    witnessed,
    syncSet: decode('who is synchronised', syncSetSchema, syncSet),
    ledger: withRows({ ...ledger, leases }, [...rows, ...leaseRows]),
  };
}

/** A ledger with its rows, and with what they come to; one that has none is kept as a log. */
function withRows(tables: StoredLedger, rows: Row[]): StoredLedger {
  if (rows.length === 0) return tables;
  const ledger: StoredLedger = { ...tables, rows };
  for (const row of rows) {
    if (row.kind === 'lease' && row.lease) ledger.leases.push(row.lease);
    else if (row.kind === 'license' && row.license) ledger.licenses.push(row.license);
    else if (row.kind === 'vendor' && row.vendor) ledger.vendors.push(row.vendor);
  }
  return ledger;
}

async function loadLog(
  writer: WorkerLink,
  file: string,
  docs: LoadedLedgerDocs,
): Promise<ReplicaLog> {
  const { id: ledger, base } = docs;
  const decode = decoderOf(file);
  const entries: Entry[] = [];
  for (;;) {
    const afterIndex = base.index + entries.length;
    const request = { type: 'loadLog', ledger, afterIndex, bytesMax: logPageBytes } as const;
    const rows = await writer.ask(request);
    if (rows.length === 0) return { base, entries };
    for (const { index, term, doc } of rows) {
      if (index !== base.index + entries.length + 1) {
        throw damage(file, `entry ${index} in its log is out of place`);
      }
      const changes = decode('an entry of the log', changesSchema, doc) as Entry['changes'];
      entries.push({ index, term, changes });
    }
  }
}

/** In pages: neither thread ever holds them all as text, which would be twice their size. */
async function loadLeases(
  writer: WorkerLink,
  file: string,
  ledger: string,
  share: Share,
): Promise<Lease[]> {
  const decode = decoderOf(file);
  const leases: Lease[] = [];
  for (;;) {
    const afterId = leases.at(-1)?.id ?? '';
    const request = { type: 'loadLeases', ledger, afterId, limit: leasesPageRows } as const;
    const texts = await writer.ask(request);
    for (const text of texts) {
      const lease = shareTexts(decode('a lease', leaseSchema, text), share);
      const previous = leases.at(-1);
      if (previous && lease.id <= previous.id) {
        throw damage(file, `the lease ${lease.id} in it is out of place`);
      }
      leases.push(lease);
    }
    if (texts.length < leasesPageRows) return leases;
  }
}

async function loadLeaseRows(
  writer: WorkerLink,
  decode: Decode,
  ledger: string,
  share: Share,
): Promise<LeaseRow[]> {
  const leaseRows: LeaseRow[] = [];
  for (;;) {
    const afterId = leaseRows.at(-1)?.id ?? '';
    const request = { type: 'loadLeaseRows', ledger, afterId, limit: leasesPageRows } as const;
    const docs = await writer.ask(request);
    for (const doc of docs)
      leaseRows.push(shareRowTexts(decodeRow(decode, doc) as LeaseRow, share));
    if (docs.length < leasesPageRows) return leaseRows;
  }
}

function shareRowTexts(row: LeaseRow, share: Share): LeaseRow {
  const lease = row.lease && shareTexts(row.lease, share);
  return {
    ...row,
    by: share(row.by),
    ...(lease
      ? { id: lease.id, licenseId: lease.licenseId, instance: lease.holder.instance, lease }
      : { licenseId: share(row.licenseId) }),
  };
}

type Share = (text: string) => string;

/** Thousands of leases have the same few texts: each is kept in memory once. */
function shareTexts(lease: Lease, share: Share): Lease {
  const { instance, user, host, app } = lease.holder;
  return {
    ...lease,
    licenseId: share(lease.licenseId),
    product: share(lease.product),
    feature: share(lease.feature),
    holder: {
      instance,
      user: share(user),
      host: share(host),
      ...(app === undefined ? {} : { app: share(app) }),
    },
  };
}

function makeSharing(): Share {
  const known = new Map<string, string>();
  return (text) => {
    const same = known.get(text);
    if (same !== undefined) return same;
    known.set(text, text);
    return text;
  };
}
