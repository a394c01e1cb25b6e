import { setImmediate as nextTurn } from 'node:timers/promises';
import type { InstalledLicense } from '../../../src-shared/model/license.ts';
import type { TrustedVendor } from '../../../src-shared/model/vendor.ts';
import type { Change, StoredLedger } from '../core/ledger/change.ts';
import { currentVersion } from '../core/ledger/ledger.ts';
import type { Entry } from '../core/replica/log.ts';
import type { LicenseRow, Row, VendorRow } from '../core/rows/row.ts';
import type { PeerMessage } from '../core/replica/message.ts';
import type { StoredReplica } from '../core/replica/replica.ts';
import { Slices } from '../base/sliced-json.ts';
import type { LicenseDoor, Vendors } from '../licensing/license-door.ts';

/** What a member has: where licences from elsewhere come to. */
interface Held {
  readonly licenses: ReadonlyMap<string, InstalledLicense>;
  readonly vendors: Vendors;
}

const nothingHeld: Held = { licenses: new Map(), vendors: new Map() };

/** A ledger from the disk as the core may have it: its licences verified, and those in its log. */
export function admitStored<T extends StoredReplica>(door: LicenseDoor, stored: T): T {
  const admission = new Admission(door, nothingHeld, stored.log.entries, stored.ledger.vendors);
  const log = { ...stored.log, entries: admission.entries(stored.log.entries) };
  return { ...stored, log, ledger: admission.ledger(stored.ledger) };
}

/** A message of a peer as the core may have it, to a member that has this. */
export function admitMessage(door: LicenseDoor, held: Held, message: PeerMessage): PeerMessage {
  switch (message.type) {
    case 'append': {
      const { entries } = message;
      if (!entries.some(bringsLicenses)) return message;
      return { ...message, entries: new Admission(door, held, entries).entries(entries) };
    }
    case 'image': {
      const { image } = message;
      const admission = new Admission(door, held);
      return { ...message, image: { ...image, ledger: admission.ledger(image.ledger) } };
    }
    case 'rows':
    case 'piece':
    case 'found': {
      const { rows } = message;
      if (!rows.some(isJudged)) return message;
      const admission = new Admission(door, held, [], rows.flatMap(vendorOf));
      return { ...message, rows: admission.rowsOfPeer(rows) };
    }
    default:
      return message;
  }
}

/**
 * The same for a message that can bring many licences, with the loop free in between, so that
 * heartbeats go on.
 */
export async function admitLongMessage(
  door: LicenseDoor,
  held: Held,
  message: PeerMessage,
): Promise<PeerMessage> {
  const slices = new Slices();
  if (message.type === 'image') await prepareImage(door, message.image);
  if (message.type === 'append') {
    const entries: Entry[] = [];
    const admission = new Admission(door, held, message.entries);
    for (const entry of message.entries) {
      entries.push(...admission.entries([entry]));
      await slices.rest();
    }
    return { ...message, entries };
  }
  if (!('rows' in message) || !Array.isArray(message.rows)) {
    return admitMessage(door, held, message);
  }
  const given = message.rows as readonly Row[];
  const admission = new Admission(door, held, [], given.flatMap(vendorOf));
  const rows: Row[] = [];
  for (let at = 0; at < given.length; at += atOnceMax) {
    rows.push(...admission.rowsOfPeer(given.slice(at, at + atOnceMax)));
    await slices.rest();
  }
  return { ...message, rows } as PeerMessage;
}

function isJudged({ kind }: Row): boolean {
  return kind === 'license' || kind === 'vendor';
}

function vendorOf(row: Row): TrustedVendor[] {
  return row.kind === 'vendor' && row.vendor ? [row.vendor] : [];
}

/** Licences that are verified without a pause. */
const atOnceMax = 50;

/**
 * Verifies the licences of an image with the loop free in between, so that heartbeats go on: taking it
 * in finds them known.
 */
export async function prepareImage(
  door: LicenseDoor,
  { ledger }: Extract<PeerMessage, { type: 'image' }>['image'],
): Promise<void> {
  const vendors = door.soundVendors(ledger.vendors);
  for (const [at, license] of ledger.licenses.entries()) {
    if (at % atOnceMax === 0) await nextTurn();
    door.admit(license, vendors);
  }
}

function bringsLicenses({ changes }: Entry): boolean {
  return changes.some(({ type }) => type === 'license' || type === 'vendor');
}

class Admission {
  readonly #door: LicenseDoor;
  readonly #held: Held;
  /** Every vendor that is or was trusted where these entries come from, and here. */
  readonly #vendors: Vendors;

  constructor(
    door: LicenseDoor,
    held: Held,
    entries: readonly Entry[] = [],
    vendors: readonly TrustedVendor[] = [],
  ) {
    this.#door = door;
    this.#held = held;
    const changed = entries.flatMap(({ changes }) => changes.flatMap(vendorsOf));
    this.#vendors = door.soundVendors([...changed, ...vendors, ...held.vendors.values()]);
  }

  ledger<T extends Pick<StoredLedger, 'licenses' | 'vendors' | 'rows'>>(ledger: T): T {
    const vendors = this.#door.soundVendors(ledger.vendors);
    const { rows } = ledger;
    const ids = new Set(ledger.licenses.map(({ id }) => id));
    const licenses = ledger.licenses.map((claim) => {
      const license = this.#admit(claim, vendors);
      // The text of another licence that is here too stands under this id: each keeps its place.
      return license.id !== claim.id && ids.has(license.id)
        ? { ...license, id: claim.id }
        : license;
    });
    return {
      ...ledger,
      licenses,
      vendors: [...vendors.values()],
      ...(rows ? { rows: this.#rowsOfDisk(rows) } : {}),
    };
  }

  /** What does not verify never gets in; the sender's rows and those here differ then, which shows. */
  rowsOfPeer(rows: readonly Row[]): Row[] {
    return rows.filter((row) => {
      if (row.kind === 'vendor') return this.#isSound(row);
      if (row.kind !== 'license' || !row.license) return true;
      return this.#door.admit(row.license, this.#vendors).damage === undefined;
    });
  }

  /** A licence that does not verify keeps its place, damaged, so that it is said and can be repaired. */
  #rowsOfDisk(rows: readonly Row[]): Row[] {
    const vendors = this.#door.soundVendors(rows.flatMap(vendorOf));
    return rows.flatMap((row): Row[] => {
      if (row.kind === 'vendor') return this.#isSound(row) ? [row] : [];
      if (row.kind !== 'license' || !row.license) return [row];
      return [this.#licenseRow(row, row.license, vendors)];
    });
  }

  #licenseRow(row: LicenseRow, claim: InstalledLicense, vendors: Vendors): LicenseRow {
    const { id, revision } = row;
    const license = { ...this.#door.admit(claim, vendors), id };
    const isOther = claim.id !== id || currentVersion(license).revision !== revision;
    if (isOther) license.damage ??= 'What is kept of it is of another licence or revision.';
    return { ...row, license };
  }

  #isSound({ vendor }: VendorRow): boolean {
    return vendor === null || this.#soundOrNull(vendor) !== null;
  }

  entries(entries: readonly Entry[]): Entry[] {
    return entries.map((entry) =>
      bringsLicenses(entry) ? { ...entry, changes: entry.changes.flatMap(this.#change) } : entry,
    );
  }

  readonly #change = (change: Change): Change[] => {
    if (change.type === 'license') {
      const admit = (license: InstalledLicense | null) =>
        license && this.#admit(license, this.#vendors);
      return [{ ...change, before: admit(change.before), after: admit(change.after) }];
    }
    if (change.type !== 'vendor') return [change];
    const before = change.before && this.#soundOrNull(change.before);
    const after = change.after && this.#soundOrNull(change.after);
    return before === null && after === null ? [] : [{ ...change, before, after }];
  };

  #soundOrNull(vendor: TrustedVendor): TrustedVendor | null {
    return this.#door.soundVendors([vendor]).get(vendor.keyId) ?? null;
  }

  /** What is whole here is not given up for a damaged copy of the same or of an older one. */
  #admit(claim: InstalledLicense, vendors: Vendors): InstalledLicense {
    const license = this.#door.admit(claim, vendors);
    const own = this.#held.licenses.get(license.id);
    if (license.damage === undefined || !own || own.damage !== undefined) return license;
    return currentVersion(own).revision >= currentVersion(license).revision ? own : license;
  }
}

function vendorsOf(change: Change): TrustedVendor[] {
  if (change.type !== 'vendor') return [];
  return [change.before, change.after].filter((vendor) => vendor !== null);
}
