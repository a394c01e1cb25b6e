import type { LicenseRow } from './row.ts';

/** Serial of the version in force; 0 when the licence was removed. */
export function currentSerial({ license }: LicenseRow): number {
  return license?.versions.at(-1)?.grant.serial ?? 0;
}
