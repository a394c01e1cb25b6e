import type { Lease } from '../../../../src-shared/model/lease.ts';
import type { LedgerConfig } from '../../../../src-shared/model/ledger-config.ts';
import type { InstalledLicense } from '../../../../src-shared/model/license.ts';
import type { TrustedVendor } from '../../../../src-shared/model/vendor.ts';

/**
 * A spell of leadership as rows name it: the number of its term and the boot that led it, as
 * `number.boot`. A boot is made at random at each start, so that no two spells have the same name,
 * also after a wiped disk, one that was put back from a copy, or a ledger that was given up (protocol
 * section 3b).
 */
export type SpellId = string;

/** Who wrote a row: the spell, and the number of the write in it, from 1. */
export interface Origin {
  by: SpellId;
  write: number;
}

/**
 * A lease and how far its life is (protocol section 3). Once it has ended only what must contradict
 * an older row or a token is kept: `lease` is null.
 */
export interface LeaseRow extends Origin {
  kind: 'lease';
  id: string;
  /** See `rank` below. */
  rank: number;
  /** Ledger time of the write, in milliseconds since 1970. */
  stampMs: number;
  licenseId: string;
  instance: string;
  /**
   * The last end of any token of a borrow, which the present lease need not be, or the later stamp of a row that this
   * one outranks, written by a time that was set on: until then this row contradicts them. Null: there is neither.
   */
  borrowUntilMs: number | null;
  lease: Lease | null;
}

/** A licence with its versions; null: it was removed. */
export interface LicenseRow extends Origin {
  kind: 'license';
  id: string;
  revision: number;
  license: InstalledLicense | null;
  /**
   * The highest serial that was known where the row was written: neither a removal nor a roll-back lowers it. A
   * row that an earlier version wrote does not say it.
   */
  serialSeen?: number | undefined;
  /** Of a licence that was removed: when its trial began, should it be installed again. */
  trialBeganMs?: number | undefined;
}

/** A vendor whose signatures count; null: they do no longer. */
export interface VendorRow extends Origin {
  kind: 'vendor';
  id: string;
  revision: number;
  vendor: TrustedVendor | null;
}

/** Members and shared settings. There is one, under the id `configId`. */
export interface ConfigRow extends Origin {
  kind: 'config';
  id: string;
  config: LedgerConfig;
}

/** More units are out than the licences have. */
export interface Overdraft {
  /** The most at one time of which clients were known to have been told. */
  units: number;
  sinceMs: number;
}

/**
 * One spell of leadership, written anew with each of its writes: how many there were, and how far
 * the history goes that it recorded.
 */
export interface SpellRow {
  kind: 'spell';
  id: SpellId;
  number: number;
  /** The server that led in it; empty: see `logSpell`. */
  member: string;
  fromMs: number;
  /** Ledger time of the newest write. */
  toMs: number;
  /** How often an admin ordered the ledger's time to be taken from a clock. */
  timesSet: number;
  /** Number of the newest write. */
  write: number;
  /** Writes up to this one were acknowledged, so that clients may have been told of them. */
  told: number;
  /** Usage records and timeline entries that it made: their numbers go from 1 to these. */
  usage: number;
  events: number;
  overdraft: Overdraft | null;
  /** Of `logSpell`: number of the term in which the log ended. An earlier version did not say it. */
  lastTerm?: number | undefined;
}

/**
 * The time in which the ledger was kept as a log, as one spell before every other: its history is
 * numbered through.
 */
export const logSpell: SpellId = '0.';

export type Row = LeaseRow | LicenseRow | VendorRow | ConfigRow | SpellRow;

export const configId = 'config';

/**
 * How far the life of a lease is. Below `returned` even ranks live and odd ones have expired: 0 live,
 * 1 expired, 2 live again, and so on. Ends that somebody asked for are above all of them.
 */
export const rank = {
  granted: 0,
  /** Given back, or replaced by a later seat of the same instance. */
  returned: 1_000_000,
  /** An admin ended it. */
  released: 1_000_001,
  /** The same, and every member has been told. */
  releasedEverywhere: 1_000_002,
} as const;

export function isLive(row: LeaseRow): boolean {
  return row.rank < rank.returned && row.rank % 2 === 0;
}

export function hasExpired(row: LeaseRow): boolean {
  return row.rank < rank.returned && row.rank % 2 === 1;
}

/** When the trial of a licence began, ms since 1970; undefined: it has not, as far as is known here. */
export function trialBeganIn({ license, trialBeganMs }: LicenseRow): number | undefined {
  return license ? license.trialBeganMs : trialBeganMs;
}

/** The same row with another beginning of its trial. */
export function withTrialBegan(row: LicenseRow, beganMs: number | undefined): LicenseRow {
  const { trialBeganMs: _, license, ...rest } = row;
  if (!license)
    return { ...rest, license, ...(beganMs !== undefined && { trialBeganMs: beganMs }) };
  const { trialBeganMs: __, ...content } = license;
  return {
    ...rest,
    license: beganMs === undefined ? content : { ...content, trialBeganMs: beganMs },
  };
}

/** Somebody asked for the end: neither a token nor another member makes it live again. */
export function isEndedForGood(row: LeaseRow): boolean {
  return row.rank >= rank.returned;
}

export function spellIdOf(number: number, boot: string): SpellId {
  return `${number}.${boot}`;
}

export function spellNumberOf(id: SpellId): number {
  return Number(id.slice(0, id.indexOf('.')));
}
