import type { LicenseRow } from './row.ts';

/** The highest serial of the licence that the writer of a row knew of, as far as the row tells. */
export function serialSeenIn(row: LicenseRow): number {
  return row.serialSeen ?? currentSerial(row);
}

/** Serial of the version in force; 0 when the licence was removed. */
export function currentSerial({ license }: LicenseRow): number {
  return license?.versions.at(-1)?.grant.serial ?? 0;
}
