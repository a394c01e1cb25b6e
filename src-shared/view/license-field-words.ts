import { instantSchema } from '../model/scalars.ts';
import type { ChangeableField } from '../model/license.ts';
import { countOf } from './count-of.ts';
import { shortId } from './short-id.ts';

/** What a field of a licence is called: as a label, and as what one says has changed. */
const licenseFieldWords: Record<ChangeableField, { label: string; noun: string }> = {
  trialDays: { label: 'Trial', noun: 'trial' },
  maintenanceUntil: { label: 'Versions released before', noun: 'end of maintenance' },
  customer: { label: 'Customer', noun: 'customer' },
  orderNumber: { label: 'Order', noun: 'order' },
  metadata: { label: 'Further', noun: 'further details' },
  vendor: { label: 'Vendor', noun: 'vendor' },
  product: { label: 'Product', noun: 'product' },
  feature: { label: 'Feature', noun: 'feature' },
  version: { label: 'Version', noun: 'version' },
  units: { label: 'Seats', noun: 'seats' },
  notBefore: { label: 'Valid from', noun: 'begin' },
  expires: { label: 'Valid until', noun: 'end' },
  redundancy: { label: 'Redundancy', noun: 'redundancy' },
  majorityRule: { label: 'Majority rule', noun: 'majority rule' },
  servers: { label: 'Servers', noun: 'servers' },
  ttlSeconds: { label: 'A seat is kept for', noun: 'time that a seat is kept' },
  borrow: { label: 'Borrowing', noun: 'borrowing' },
  serial: { label: 'Serial', noun: 'serial' },
  revoked: { label: 'Revoked', noun: 'revocation' },
};

/** A field of one version of a licence and of the next, each as the server formats it for everybody. */
export interface FieldChange {
  field: string;
  from: string;
  to: string;
}

/** How a surface writes what only some values are. */
export interface FieldFormat {
  /** An instant, in ISO 8601. */
  instant: (text: string) => string;
  /** A server by its id. */
  server: (id: string) => string;
}

/**
 * Writes a value the same on every host, so that servers that tell each other of a change use the same
 * words.
 */
const plainFormat: FieldFormat = { instant: (text) => text.slice(0, 10), server: shortId };

const noneWords: Partial<Record<ChangeableField, string>> = {
  trialDays: 'no trial',
  notBefore: 'the beginning',
  expires: 'permanent',
  revoked: 'no',
};
const switchWords: Record<string, string> = { true: 'yes', false: 'no' };
const countedWords: Partial<Record<ChangeableField, string>> = {
  trialDays: 'day',
  ttlSeconds: 'second',
};

/** A server of a newer version can name a field that this one does not know. */
function isKnown(field: string): field is ChangeableField {
  return Object.hasOwn(licenseFieldWords, field);
}

export function labelField(field: string): string {
  return isKnown(field) ? licenseFieldWords[field].label : field;
}

/** A value of a field, which `LicenseChange` has as a text. */
export function describeFieldValue(
  field: string,
  value: string,
  format: FieldFormat = plainFormat,
): string {
  if (!isKnown(field)) return value;
  if (value === 'none') return noneWords[field] ?? value;
  if (field === 'servers' && value !== 'any') {
    return value.split(', ').map(format.server).join(', ');
  }
  if (field === 'majorityRule') return switchWords[value] ?? value;
  const counted = countedWords[field];
  if (counted !== undefined) return countOf(Number(value), counted);
  return instantSchema.safeParse(value).success ? format.instant(value) : value;
}

/** “seats from 200 to 250, end from 2027-06-30 to permanent”. */
export function describeFieldChanges(changes: readonly FieldChange[]): string {
  return changes
    .map(({ field, from, to }) => {
      const noun = isKnown(field) ? licenseFieldWords[field].noun : field;
      return `${noun} from ${describeFieldValue(field, from)} to ${describeFieldValue(field, to)}`;
    })
    .join(', ');
}
