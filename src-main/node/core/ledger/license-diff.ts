import { primaryOf } from '../../../../src-shared/model/ledger-config.ts';
import type { AdminError } from '../../../../src-shared/contract/admin-error.ts';
import type { LicenseChange } from '../../../../src-shared/contract/admin.ts';
import type {
  ChangeableField,
  InstalledLicense,
  LicenseGrant,
} from '../../../../src-shared/model/license.ts';
import { formatUtcDay, parseInstant } from '../../../../src-shared/model/scalars.ts';
import { deriveGrantCoverage, grantsLess, primaryName } from './coverage.ts';
import { type Draft } from './draft.ts';
import { countOf, isOrAre } from '../../../../src-shared/view/count-of.ts';
import type { VerifiedLicense } from './admin-request.ts';
import { currentVersion, unitCount } from './ledger.ts';

/** What an import of this licence would do, or why it is refused. Changes nothing. */
export function describeImport(draft: Draft, license: VerifiedLicense): LicenseChange {
  const { grant } = license;
  const installed = draft.state.licenses.get(grant.id);
  const common = {
    id: grant.id,
    serial: grant.serial,
    feature: grant.feature,
    product: grant.product,
    demo: license.vendorKeyId === draft.state.demoVendorKeyId,
    fields: installed
      ? describeFields(currentVersion(installed).grant, grant)
      : describeGrant(grant),
    warnings: [],
  };
  const refusal = refuseImport(draft, license, installed);
  if (refusal) return { ...common, kind: 'refused', refusal };
  const sameSerial = installed && currentVersion(installed).grant.serial === grant.serial;
  if (sameSerial && installed.damage === undefined) return { ...common, kind: 'same' };
  return {
    ...common,
    kind: installed ? 'replace' : 'new',
    warnings: [
      ...(installed?.damage === undefined
        ? []
        : ['The installed copy is damaged: this one replaces it.']),
      ...describeWarnings(draft, grant),
      ...(installed ? describeLostRedundancy(draft, currentVersion(installed).grant, grant) : []),
    ],
  };
}

function refuseImport(
  draft: Draft,
  license: VerifiedLicense,
  installed: InstalledLicense | undefined,
): AdminError | undefined {
  const { grant, vendorKeyId } = license;
  const primary = primaryOf(draft.state.config.membership);
  const isRevoked = grant.revoked !== undefined;
  if (!isRevoked && grant.servers.length > 0 && !grant.servers.includes(primary)) {
    const which = primary === draft.state.serverId ? 'this server' : primaryName(draft.state);
    return {
      code: 'LICENSE_OTHER_SERVER',
      message:
        `The licence may run only on ${countOf(grant.servers.length, 'other server')}. ` +
        `Ask the vendor for one that names ${which}, ${primary}.`,
    };
  }
  if (!isRevoked && grant.expires !== null && parseInstant(grant.expires) <= draft.ledgerMs) {
    return {
      code: 'LICENSE_ALREADY_EXPIRED',
      message: `The licence ended on ${formatUtcDay(parseInstant(grant.expires))}. Ask the vendor for a renewal.`,
    };
  }
  if (!installed) return undefined;
  const current = currentVersion(installed);
  if (grant.vendor !== current.grant.vendor) {
    return {
      code: 'LICENSE_OTHER_VENDOR',
      message:
        `A licence with this id of ${current.grant.vendor} is installed, and this one is of ` +
        `${grant.vendor}. Remove the installed one first if it really is to be replaced.`,
    };
  }
  if (!mayReplace(draft, license, installed)) {
    return {
      code: 'LICENSE_OTHER_VENDOR',
      message:
        `The installed licence is signed with the key ${current.vendorKeyId} and this one with ` +
        `${vendorKeyId}, which is also called ${grant.vendor} and which the first key does not ` +
        'vouch for. Ask the vendor whether that key is genuine, and for one that the former key ' +
        'signed; or remove the installed licence first.',
    };
  }
  if (grant.serial < current.grant.serial) {
    return {
      code: 'LICENSE_SERIAL_OLDER',
      message:
        `Serial ${grant.serial} is older than the installed serial ${current.grant.serial}. ` +
        `To go back to a former version, roll the licence back.`,
    };
  }
  // Of a damaged one nothing counts any more but that its serial does not go back.
  if (grant.serial > current.grant.serial || installed.damage !== undefined) return undefined;
  const same = JSON.stringify(grant) === JSON.stringify(current.grant);
  if (same && vendorKeyId === current.vendorKeyId) return undefined;
  return {
    code: 'LICENSE_SERIAL_REUSED',
    message:
      `Serial ${grant.serial} is installed already with other contents. ` +
      `Ask the vendor to issue the change under a higher serial.`,
  };
}

function describeWarnings(draft: Draft, grant: LicenseGrant): string[] {
  const warnings: string[] = [];
  if (grant.revoked !== undefined) {
    const day = formatUtcDay(parseInstant(grant.revoked));
    warnings.push(
      `${grant.vendor} has revoked this licence on ${day}: no seat is granted or renewed any more.`,
    );
    return warnings;
  }
  const out = unitCount(draft.state, grant.id).units;
  if (out > grant.units) {
    const over = out - grant.units + 1;
    warnings.push(
      `${countOf(out, 'seat')} ${isOrAre(out)} in use, more than the ${grant.units} of the new version. ` +
        `Holders keep theirs; no new seat is granted until ${over} ${isOrAre(over)} returned.`,
    );
  }
  if (grant.notBefore !== null && parseInstant(grant.notBefore) > draft.nowMs) {
    warnings.push(
      `It is valid from ${grant.notBefore.slice(0, 10)} on; until then it grants nothing.`,
    );
  }
  return warnings;
}

/** What a new version takes away of the redundancy that the present one has. */
function describeLostRedundancy({ state }: Draft, from: LicenseGrant, to: LicenseGrant): string[] {
  if (to.revoked !== undefined) return [];
  const { config } = state;
  const isCovered = (grant: LicenseGrant, id: string) =>
    deriveGrantCoverage(config, grant, id).covered;
  const others = config.membership.members.filter((id) => isCovered(from, id));
  const lost = others.filter((id) => !isCovered(to, id));
  const less = grantsLess(to, from)
    ? `This version grants less redundancy: ${to.redundancy} in the place of ${from.redundancy}.`
    : 'This version may run on fewer servers.';
  if (lost.length > 0) {
    // The primary is covered by either version.
    const who =
      lost.length === others.length - 1 ? 'no other server' : `${lost.length} servers fewer`;
    const takes = `${who} ${lost.length === others.length - 1 ? 'takes' : 'may take'}`;
    return [`${less} When ${primaryName(state)} fails, ${takes} the licence over.`];
  }
  return grantsLess(to, from) ? [less] : [];
}

/**
 * Whether the key that signed a licence may replace the installed one: it is the same, or follows it.
 * Of a damaged licence whose key is not trusted nothing is known that could be protected.
 */
function mayReplace(
  { state }: Draft,
  { vendorKeyId, formerKeyIds = [] }: VerifiedLicense,
  installed: InstalledLicense,
): boolean {
  const { vendorKeyId: presentId } = currentVersion(installed);
  if (vendorKeyId === presentId || formerKeyIds.includes(presentId)) return true;
  return installed.damage !== undefined && !state.vendors.has(presentId);
}

/** What is shown of an import, in this order: of every licence, or when an installed one is replaced. */
const shownFields: Record<ChangeableField, 'always' | 'replaced'> = {
  trialDays: 'always',
  maintenanceUntil: 'always',
  customer: 'always',
  orderNumber: 'always',
  metadata: 'always',
  vendor: 'always',
  product: 'replaced',
  feature: 'replaced',
  version: 'always',
  units: 'always',
  notBefore: 'always',
  expires: 'always',
  redundancy: 'always',
  majorityRule: 'replaced',
  servers: 'replaced',
  ttlSeconds: 'replaced',
  borrow: 'always',
  serial: 'replaced',
  revoked: 'replaced',
};
const changeableFields = Object.keys(shownFields) as ChangeableField[];

/** What a new licence grants. */
function describeGrant(grant: LicenseGrant): LicenseChange['fields'] {
  return changeableFields
    .filter((field) => shownFields[field] === 'always' && grant[field] !== undefined)
    .map((field) => ({ field, from: '', to: formatField(grant[field]) }));
}

function describeFields(from: LicenseGrant, to: LicenseGrant): LicenseChange['fields'] {
  return changeableFields
    .map((field) => ({ field, from: formatField(from[field]), to: formatField(to[field]) }))
    .filter((difference) => difference.from !== difference.to);
}

function formatField(value: LicenseGrant[ChangeableField]): string {
  if (value === null || value === undefined) return 'none';
  if (Array.isArray(value)) return value.length === 0 ? 'any' : value.join(', ');
  if (typeof value !== 'object') return String(value);
  if (isBorrow(value)) {
    const { maxUnits, maxDays } = value;
    if (maxUnits === 0 || maxDays === 0) return 'not allowed';
    return `${countOf(maxUnits, 'seat')} for up to ${countOf(maxDays, 'day')}`;
  }
  const entries = Object.entries(value).map(([name, text]) => `${name}=${text}`);
  return entries.length === 0 ? 'none' : entries.join(', ');
}

function isBorrow(
  value: LicenseGrant['borrow'] | NonNullable<LicenseGrant['metadata']>,
): value is LicenseGrant['borrow'] {
  return typeof value['maxDays'] === 'number';
}
