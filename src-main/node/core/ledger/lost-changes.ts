import type { LedgerConfig } from '../../../../src-shared/model/ledger-config.ts';
import { compareRows } from '../rows/compare-rows.ts';
import { tableOf } from '../rows/row-set.ts';
import type { ConfigRow, LicenseRow, Row, VendorRow } from '../rows/row.ts';
import {
  describeDifferences,
  describeLicense,
  describeTrust,
  differencesOf,
} from './describe-ordered.ts';
import { type Draft, recordEvent } from './draft.ts';
import type { LedgerState } from './ledger.ts';
import type { MemberId } from './member-id.ts';

// Of what two admins changed apart one is kept by the order of rows, and the other is said (protocol section 6).

/** A row of what admins order. */
type OrderedRow = LicenseRow | VendorRow | ConfigRow;

interface LostChange {
  kept: OrderedRow;
  keptAt: MemberId;
  gone: OrderedRow;
  goneAt: MemberId;
}

/** Changes that lost in a union. Lost in a crash, by intent. */
export interface LostChanges {
  /** By the row that is gone: to be said by whoever serves. */
  readonly pending: Map<string, LostChange>;
  /** Said already: several members can bring the same row. */
  readonly said: Set<string>;
}

export function createLostChanges(): LostChanges {
  return { pending: new Map(), said: new Set() };
}

function isOrdered(row: Row): row is OrderedRow {
  return row.kind === 'license' || row.kind === 'vendor' || row.kind === 'config';
}

/** Most rows that are remembered, whatever a member brings. */
const rememberedMax = 10_000;

/** Notes which of these rows of another member, or of those here, the union drops. To be called before it. */
export function noteLost(state: LedgerState, rows: readonly Row[], from: MemberId): void {
  const { pending, said } = state.lost;
  for (const row of rows) {
    const here = state.rows && tableOf(state.rows, row.kind).get(row.id);
    if (!here || !isOrdered(row) || !isOrdered(here)) continue;
    const theirsIsKept = compareRows(row, here) > 0;
    const [kept, gone] = theirsIsKept ? [row, here] : [here, row];
    if (!contradicts(kept, gone) || leavesOut(row, state.serverId)) continue;
    const key = `${gone.kind} ${gone.id} ${gone.by} ${gone.write}`;
    if (said.has(key) || said.size + pending.size >= rememberedMax) continue;
    const [keptBy, goneBy] = theirsIsKept ? [from, state.serverId] : [state.serverId, from];
    const keptAt = writerOf(state, kept) ?? keptBy;
    const goneAt = writerOf(state, gone) ?? goneBy;
    pending.set(key, { kept, keptAt, gone, goneAt });
  }
}

/** Rows here that the union with these drops, of which their sender knows nothing. */
export function lostTo({ rows: set }: LedgerState, rows: readonly Row[]): Row[] {
  return rows.flatMap((row) => {
    const here = set && tableOf(set, row.kind).get(row.id);
    if (!here || !isOrdered(row) || !isOrdered(here)) return [];
    return compareRows(row, here) > 0 && contradicts(row, here) ? [here] : [];
  });
}

/** Such a configuration is not taken over (`uniteAtActive`): nothing is lost to it. */
function leavesOut(row: Row, serverId: string): boolean {
  return row.kind === 'config' && !row.config.membership.members.includes(serverId);
}

/**
 * The row that is kept was not made from the other one: at the revision of the other one it was, or says
 * of itself, something else. Where it does not go back as far, nobody can tell.
 */
function contradicts(kept: OrderedRow, gone: OrderedRow): boolean {
  if (kept.by === gone.by && kept.write === gone.write) return false;
  switch (kept.kind) {
    case 'license':
      return contradictsLicense(kept, gone as LicenseRow);
    case 'vendor': {
      const { revision, vendor } = gone as VendorRow;
      return kept.revision === revision && (kept.vendor === null) !== (vendor === null);
    }
    case 'config':
      return contradictsConfig(kept.config, (gone as ConfigRow).config);
  }
}

/** Two configurations of one version that are not the same. */
function contradictsConfig(kept: LedgerConfig, gone: LedgerConfig): boolean {
  return kept.version === gone.version && differencesOf(kept, gone).length > 0;
}

function contradictsLicense(kept: LicenseRow, gone: LicenseRow): boolean {
  if (kept.license?.damage !== undefined || gone.license?.damage !== undefined) return false;
  // More was done there, by an admin who did not know the serial that is kept.
  if (gone.revision > kept.revision) {
    return textAt(kept, kept.revision) !== textAt(gone, gone.revision);
  }
  const then = textAt(kept, gone.revision);
  return then !== undefined && then !== textAt(gone, gone.revision);
}

/** What the vendor signed of the licence at a revision; null: it was removed, undefined: not known. */
function textAt(
  { license, revision: last }: LicenseRow,
  revision: number,
): string | null | undefined {
  if (!license) return revision === last ? null : undefined;
  return license.versions.find((one) => one.revision === revision)?.signedText;
}

/** The server that wrote a row, as far as it is known here. */
function writerOf({ rows }: LedgerState, row: OrderedRow): MemberId | undefined {
  const member = rows?.spell.get(row.by)?.member;
  return member === '' ? undefined : member;
}

/** Says each change that lost in an entry of its own, once. */
export function recordLost(draft: Draft, nameOf: (id: MemberId) => string): void {
  const { pending, said } = draft.state.lost;
  for (const [key, { kept, keptAt, gone, goneAt }] of pending) {
    said.add(key);
    const [here, there] = [nameOf(keptAt), nameOf(goneAt)];
    const message =
      `${subjectOf(kept, gone)} was changed at ${here} (${describe(kept, gone, nameOf)}) and at ${there} ` +
      `(${describe(gone, kept, nameOf)}) while they could not see each other. What ${here} has is kept, ` +
      `what ${there} had is gone; look whether that is right.`;
    const about = kept.kind === 'license' ? { license: kept.id } : {};
    recordEvent(draft, 'ledgersMerged', 'warning', message, about);
  }
  pending.clear();
}

function subjectOf(kept: OrderedRow, gone: OrderedRow): string {
  if (kept.kind === 'license') return `Licence ${kept.id}`;
  if (kept.kind === 'config') return 'The relationship';
  const vendor = kept.vendor ?? (gone as VendorRow).vendor;
  return `The trust in ${vendor?.vendor ?? 'a vendor'} (key ${kept.id})`;
}

function describe(row: OrderedRow, other: OrderedRow, nameOf: (id: MemberId) => string): string {
  switch (row.kind) {
    case 'license':
      return describeLicense(row.license);
    case 'vendor':
      return describeTrust(row.vendor);
    case 'config':
      return describeDifferences(row.config, (other as ConfigRow).config, nameOf);
  }
}
