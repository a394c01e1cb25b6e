import type { LeaseRow, Row } from './row.ts';

/** The one text of a row: two rows are the same exactly if their texts are. */
export function canonicalText(row: Row): string {
  switch (row.kind) {
    case 'lease':
      return leaseText(row);
    case 'license': {
      const { trialBeganMs, license, serialSeen } = row;
      const began = trialBeganMs === undefined ? [] : [trialBeganMs];
      const seen = serialSeen === undefined ? [] : [`seen ${serialSeen}`];
      const own = [row.id, row.by, row.write, row.revision, stableText(license)];
      return textOf(...own, ...began, ...seen);
    }
    case 'vendor':
      return textOf(row.id, row.by, row.write, row.revision, stableText(row.vendor));
    case 'config':
      return textOf(row.id, row.by, row.write, stableText(row.config));
    case 'spell': {
      const { id, number, member, fromMs, toMs, timesSet, write, told, usage, events, overdraft } =
        row;
      const over = overdraft ? [overdraft.units, overdraft.sinceMs] : [];
      const last = row.lastTerm === undefined ? [] : [`term ${row.lastTerm}`];
      return textOf(
        id,
        number,
        member,
        fromMs,
        toMs,
        timesSet,
        write,
        told,
        usage,
        events,
        ...over,
        ...last,
      );
    }
  }
}

type Scalar = string | number | null;

// Control characters are in no value, so that no two lists of values make the same text.
function textOf(...values: readonly Scalar[]): string {
  return values.join('\u0001');
}

// Put together by hand: it is made for every write of every lease.
function leaseText(row: LeaseRow): string {
  const head = `${row.id}\u0001${row.rank}\u0001${row.stampMs}\u0001${row.by}\u0001${row.write}`;
  const { lease } = row;
  const rest = `${row.licenseId}\u0001${row.instance}\u0001${row.borrowUntilMs ?? ''}`;
  if (!lease) return `${head}\u0001${rest}`;
  const { user, host, app } = lease.holder;
  return (
    `${head}\u0001${rest}\u0001${lease.product}\u0001${lease.feature}\u0001${lease.units}\u0001` +
    `${user}\u0001${host}\u0001${app ?? ''}\u0001${lease.grantedAtMs}\u0001${lease.request ?? ''}\u0001${lease.borrowedUpToMs ?? ''}`
  );
}

/** JSON with the fields of every object in the order of their names. */
function stableText(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
