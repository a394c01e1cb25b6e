import { z } from 'zod';
import {
  licenseFormat,
  licenseGrantSchema,
  licensesPerFileMax,
  type LicenseGrant,
} from '../../../src-shared/model/license.ts';
import { describeIssues, quote } from './describe-issues.ts';
import { parseJsonText } from './json-text.ts';
import { refuse, type Refusal } from '../../../src-shared/contract/admin-error.ts';

/**
 * Life of a lease that is not renewed, where the vendor says nothing: short enough that the seat of
 * a crashed client is soon free, long enough for a takeover and a restart of the client's network.
 */
const ttlSecondsDefault = 60;

const grantFields = licenseGrantSchema.shape;

/** What a vendor writes: `product`, `feature`, `units`, and whatever differs from the defaults. */
const licenseSpecSchema = z.strictObject({
  ...grantFields,
  format: grantFields.format.default(licenseFormat),
  id: grantFields.id.optional(),
  serial: grantFields.serial.default(1),
  vendor: grantFields.vendor.optional(),
  version: grantFields.version.default('1'),
  notBefore: grantFields.notBefore.default(null),
  expires: grantFields.expires.default(null),
  redundancy: grantFields.redundancy.default('none'),
  majorityRule: grantFields.majorityRule.default(false),
  servers: grantFields.servers.default([]),
  ttlSeconds: grantFields.ttlSeconds.default(ttlSecondsDefault),
  borrow: z
    .strictObject({
      maxDays: grantFields.borrow.shape.maxDays,
      maxUnits: grantFields.borrow.shape.maxUnits.optional(),
    })
    .default({ maxDays: 0 }),
});

/**
 * Reads a vendor's description of licences, one object or a list, and fills in what is left out
 * (`docs/licence-file.md`). `vendor` is whose key will sign. Codes on refusal: LICENSE_MALFORMED,
 * LICENSE_LIMIT_REACHED.
 */
export function parseLicenseSpec(
  text: string,
  vendor: string,
  asked: AskedFor = { servers: [] },
): { ok: true; grants: LicenseGrant[] } | Refusal {
  const json = parseJsonText(text, 'LICENSE_MALFORMED', 'a description of a licence');
  return json.ok ? grantsOfSpec(json.value, vendor, asked) : json;
}

/** What a customer asked for beside the description. */
interface AskedFor {
  /** Ids out of a request file; empty: there is none, and the description says which. */
  servers: string[];
}

/** Licences out of a description that is read already. */
export function grantsOfSpec(
  value: unknown,
  vendor: string,
  asked: AskedFor,
): { ok: true; grants: LicenseGrant[] } | Refusal {
  const items: unknown[] = Array.isArray(value) ? value : [value];
  if (items.length === 0) return malformed('The list is empty: describe at least one licence.');
  if (items.length > licensesPerFileMax) {
    return refuse(
      'LICENSE_LIMIT_REACHED',
      `The list has ${items.length} licences; a file carries at most ${licensesPerFileMax}. ` +
        'Make several files.',
    );
  }
  const grants: LicenseGrant[] = [];
  const numberById = new Map<string, number>();
  for (const [index, item] of items.entries()) {
    const where = Array.isArray(value) ? `Licence ${index + 1}: ` : '';
    const filled = fillIn(item, vendor, asked, where);
    if (!filled.ok) return filled;
    const { id } = filled.grant;
    const other = numberById.get(id);
    if (other !== undefined) {
      return malformed(
        `Licences ${other} and ${index + 1} both have the id "${id}". Give each its own "id".`,
      );
    }
    numberById.set(id, index + 1);
    grants.push(filled.grant);
  }
  return { ok: true, grants };
}

function fillIn(
  item: unknown,
  vendor: string,
  { servers: askedServers }: AskedFor,
  where: string,
): { ok: true; grant: LicenseGrant } | Refusal {
  const spec = licenseSpecSchema.safeParse(item);
  if (!spec.success) {
    const hint = 'The fields are described in docs/licence-file.md';
    return malformed(`${where}${describeIssues(spec.error, item)}. ${hint}.`);
  }
  const { borrow } = spec.data;
  const id = spec.data.id ?? deriveId(spec.data.product, spec.data.feature);
  if (id === undefined) {
    return malformed(`${where}no id can be made from product and feature: give an "id".`);
  }
  if (spec.data.vendor !== undefined && spec.data.vendor !== vendor) {
    return malformed(
      `${where}vendor is ${quote(spec.data.vendor)}, but the signing key belongs to ` +
        `${quote(vendor)}. ` +
        'Leave "vendor" out, or sign with the key of that vendor.',
    );
  }
  const { units } = spec.data;
  const maxUnits = borrow.maxUnits ?? (borrow.maxDays > 0 ? units : 0);
  if (maxUnits > units) {
    return malformed(`${where}borrow.maxUnits is ${maxUnits}, more than the ${units} units.`);
  }
  if (spec.data.servers.length > 0 && askedServers.length > 0) {
    return malformed(
      `${where}servers are named here and in a request file. Leave "servers" out here.`,
    );
  }
  const servers = askedServers.length > 0 ? askedServers : spec.data.servers;
  const grant = {
    ...spec.data,
    id,
    vendor,
    servers,
    borrow: { maxDays: borrow.maxDays, maxUnits },
  };
  const checked = licenseGrantSchema.safeParse(grant);
  if (!checked.success) return malformed(`${where}${describeIssues(checked.error, grant)}.`);
  return { ok: true, grant: checked.data };
}

/** A readable id such as `acme-cad.3d-modelling`; undefined when no letter or digit is left. */
function deriveId(product: string, feature: string): string | undefined {
  const parts = [product, feature].map(slug);
  if (parts.includes('')) return undefined;
  return parts.join('.');
}

const slugCharsMax = 60;

function slug(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, slugCharsMax)
    .replace(/^-+|-+$/g, '');
}

function malformed(message: string): Refusal {
  return refuse('LICENSE_MALFORMED', message);
}
