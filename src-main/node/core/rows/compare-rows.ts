import { canonicalText } from './canonical-text.ts';
import { currentSerial, serialSeenIn } from './license-serial.ts';
import type { LicenseRow, Origin, Row, SpellId } from './row.ts';
import { spellNumberOf, trialBeganIn } from './row.ts';

/**
 * The fixed total order of the rows of one key (protocol section 3): positive when `a` is greater, 0
 * only when they are the same. It alone decides what two members have when they are united.
 *
 * Of a licence the row counts whose writer knew the vendor's latest serial, and then the one of which an admin
 * has done the most: a removal, an import or a roll-back at one server does not undo a serial, or a revocation,
 * that only another one had heard of.
 */
export function compareRows(a: Row, b: Row): number {
  return compareMeaning(a, b) || compareText(canonicalText(a), canonicalText(b));
}

function compareMeaning(a: Row, b: Row): number {
  if (a.kind === 'lease' && b.kind === 'lease') {
    return a.rank - b.rank || a.stampMs - b.stampMs || compareOrigins(a, b);
  }
  if (a.kind === 'license' && b.kind === 'license') {
    return (
      serialSeenIn(a) - serialSeenIn(b) ||
      revocation(a) - revocation(b) ||
      a.revision - b.revision ||
      currentSerial(a) - currentSerial(b) ||
      soundness(a) - soundness(b) ||
      compareOrigins(a, b) ||
      expiryTold(a) - expiryTold(b) ||
      trialBegan(b) - trialBegan(a)
    );
  }
  if (a.kind === 'vendor' && b.kind === 'vendor') {
    return a.revision - b.revision || compareOrigins(a, b);
  }
  if (a.kind === 'config' && b.kind === 'config') {
    return a.config.version - b.config.version || compareOrigins(a, b);
  }
  if (a.kind === 'spell' && b.kind === 'spell') {
    return a.write - b.write || a.told - b.told;
  }
  throw new Error(`a ${a.kind} is compared with a ${b.kind}`);
}

/**
 * What the vendor has taken back stays taken back, whatever an admin did who had not heard of it. A damaged
 * licence may say so for nothing.
 */
function revocation({ license }: LicenseRow): number {
  const isRevoked = license?.versions.at(-1)?.grant.revoked !== undefined;
  return isRevoked && license.damage === undefined ? 1 : 0;
}

/** Of the same version, the one that its vendor signed is kept. */
function soundness({ license }: LicenseRow): number {
  return license?.damage === undefined ? 1 : 0;
}

/** The later spell, then the later write in it. */
function compareOrigins(a: Origin, b: Origin): number {
  return compareSpells(a.by, b.by) || a.write - b.write;
}

export function compareSpells(a: SpellId, b: SpellId): number {
  return spellNumberOf(a) - spellNumberOf(b) || compareText(a, b);
}

/** The earlier beginning of a trial counts. */
function trialBegan(row: LicenseRow): number {
  return trialBeganIn(row) ?? Number.MAX_SAFE_INTEGER;
}

const expiryNotTold = 1_000;

/** Thresholds are told from the highest number of days to the lowest. */
function expiryTold({ license }: LicenseRow): number {
  return -(license?.expiryToldDays ?? expiryNotTold);
}

/** By UTF-16 code units, the same on every server. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
