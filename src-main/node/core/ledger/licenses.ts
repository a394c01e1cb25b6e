import type { LicenseChange } from '../../../../src-shared/contract/admin.ts';
import {
  type InstalledLicense,
  type LicenseVersion,
  licenseVersionsKeptMax,
} from '../../../../src-shared/model/license.ts';
import { formatUtcDay, parseInstant } from '../../../../src-shared/model/scalars.ts';
import type { TrustedVendor } from '../../../../src-shared/model/vendor.ts';
import type { VerifiedLicense } from './admin-request.ts';
import { type AdminHandlers, type Draft, record, recordEvent, reply } from './draft.ts';
import { describeFieldChanges } from '../../../../src-shared/view/license-field-words.ts';
import { countOf } from '../../../../src-shared/view/count-of.ts';
import { describeImport } from './license-diff.ts';
import { currentGrant, currentVersion, type LedgerState, unitCount } from './ledger.ts';
import { formerBeginning, keepBeginning } from './trial.ts';
import { tellExpiries } from './validity.ts';

/** Licences that one server may have. */
export const licensesInstalledMax = 1_000;

export const licenseHandlers = {
  licensesImported: (draft, { requestId, licenses, fileName, dryRun }) => {
    importLicenses(draft, requestId, licenses, fileName, dryRun);
    tellExpiries(draft);
  },
  rollbackRequested: (draft, { requestId, licenseId }) => rollBack(draft, requestId, licenseId),
  removalRequested: (draft, { requestId, licenseId }) => removeLicense(draft, requestId, licenseId),
  licensesMended: (draft, { requestId, licenses, vendors }) => {
    mendLicenses(draft, requestId, licenses, vendors);
    tellExpiries(draft);
  },
} satisfies Partial<AdminHandlers>;

/**
 * Installs the licences of one file, all or none: one that is refused keeps every other out, so that
 * a damaged roll-out changes nothing.
 */
function importLicenses(
  draft: Draft,
  requestId: number,
  licenses: VerifiedLicense[],
  fileName: string,
  dryRun: boolean,
): void {
  const changes = licenses.map((license) => describeImport(draft, license));
  const refused = changes.find((change) => change.refusal)?.refusal;
  if (!refused) refuseTooMany(draft.state.licenses.size, changes);
  if (dryRun) {
    reply(draft, requestId, { type: 'licensesChanged', changes });
    return;
  }
  const first = changes.find((change) => change.refusal);
  if (first?.refusal) {
    const message = `${first.id}: ${first.refusal.message} Nothing of the file was installed.`;
    reply(draft, requestId, { type: 'adminRefused', code: first.refusal.code, message });
    noteRefusedFile(draft, fileName, message);
    return;
  }
  licenses.forEach((license, i) => {
    const change = changes[i];
    if (change && change.kind !== 'same') install(draft, license, change);
  });
  reply(draft, requestId, { type: 'licensesChanged', changes });
}

export function noteRefusedFile(draft: Draft, fileName: string, message: string): void {
  recordEvent(draft, 'licenseRefused', 'warning', describeRefusedFile(fileName, message));
}

export function describeRefusedFile(fileName: string, message: string): string {
  return `Licence file ${fileName} was refused. ${message}`;
}

/** Refuses those of some changes for which there is no room beside the licences that are installed. */
export function refuseTooMany(installed: number, changes: LicenseChange[]): void {
  let count = installed;
  for (const change of changes) {
    if (change.kind !== 'new' || ++count <= licensesInstalledMax) continue;
    change.kind = 'refused';
    change.refusal = {
      code: 'LICENSE_LIMIT_REACHED',
      message:
        `This server has ${licensesInstalledMax} licences, the most it can. ` +
        `Remove licences that are no longer needed.`,
    };
  }
}

function install(draft: Draft, license: VerifiedLicense, change: LicenseChange): void {
  const { grant } = license;
  const before = draft.state.licenses.get(grant.id);
  addVersion(draft, before, license);
  if (grant.revoked !== undefined) {
    recordEvent(
      draft,
      'licenseReplaced',
      'error',
      `${grant.vendor} has revoked licence ${grant.id} by serial ${grant.serial}: no seat of it is ` +
        'granted or renewed any more.',
      { license: grant.id },
    );
    return;
  }
  const seats = countOf(grant.units, 'seat');
  const end = describeEnd(grant);
  const demo = change.demo ? 'Demo licence' : 'Licence';
  if (before?.damage !== undefined) {
    recordEvent(
      draft,
      'licenseReplaced',
      'info',
      `${demo} ${grant.id}, which was damaged, was imported again: serial ${grant.serial}, ` +
        `${seats}, ${end}.`,
      { license: grant.id },
    );
  } else if (before) {
    const what = describeFieldChanges(change.fields.filter(({ field }) => field !== 'serial'));
    recordEvent(
      draft,
      'licenseReplaced',
      'info',
      `${demo} ${grant.id} was replaced by serial ${grant.serial}${what === '' ? '' : `: ${what}`}.`,
      { license: grant.id },
    );
  } else {
    recordEvent(
      draft,
      'licenseInstalled',
      'info',
      `${demo} ${grant.id} was installed: ${grant.feature}, ${seats}, ${end}.`,
      { license: grant.id },
    );
  }
}

function describeEnd({ expires, trialDays }: VerifiedLicense['grant']): string {
  if (expires !== null) return `until ${expires.slice(0, 10)}`;
  return trialDays === undefined ? 'permanent' : `a trial of ${countOf(trialDays, 'day')}`;
}

function addVersion(
  draft: Draft,
  before: InstalledLicense | undefined,
  license: VerifiedLicense,
): void {
  const version: LicenseVersion = {
    revision: lastRevision(draft.state, license.grant.id, before) + 1,
    grant: license.grant,
    signedText: license.signedText,
    vendorKeyId: license.vendorKeyId,
    installedAtMs: draft.nowMs,
  };
  const former = before?.damage === undefined ? before?.versions : before.versions.slice(0, -1);
  const versions = [...(former ?? []), version].slice(-licenseVersionsKeptMax);
  record(draft, {
    type: 'license',
    before: before ?? null,
    after: {
      id: license.grant.id,
      versions,
      expiryToldDays: null,
      ...formerBeginning(draft.state, license.grant.id, before),
    },
  });
  draft.state.nextValidityCheckMs = 0;
}

/**
 * The revision of a licence, or of its removal: that of one which is installed again is higher, else the
 * removal would stay the greater row.
 */
function lastRevision(
  { rows }: LedgerState,
  id: string,
  before: InstalledLicense | undefined,
): number {
  const row = rows?.license.get(id);
  return Math.max(row?.revision ?? 0, before ? currentVersion(before).revision : 0);
}

/** Installs the version before the present one again, under a new revision. */
function rollBack(draft: Draft, requestId: number, licenseId: string): void {
  const license = draft.state.licenses.get(licenseId);
  const refuse = (
    code:
      | 'NO_SUCH_LICENSE'
      | 'NO_FORMER_VERSION'
      | 'LICENSE_ALREADY_EXPIRED'
      | 'LICENSE_VENDOR_UNTRUSTED'
      | 'LICENSE_REVOKED',
    message: string,
  ) => reply(draft, requestId, { type: 'adminRefused', code, message });
  if (!license) return refuse('NO_SUCH_LICENSE', describeNoLicense(licenseId));
  if (isRevoked(license)) return refuse('LICENSE_REVOKED', describeRevoked(license));
  const former = license.versions.at(-2);
  if (!former) {
    const serial = currentVersion(license).grant.serial;
    return refuse(
      'NO_FORMER_VERSION',
      `Licence ${licenseId} has only serial ${serial}; there is nothing to go back to.`,
    );
  }
  const { expires, serial } = former.grant;
  if (expires !== null && parseInstant(expires) <= draft.ledgerMs) {
    return refuse(
      'LICENSE_ALREADY_EXPIRED',
      `Serial ${serial} of ${licenseId} ended on ${formatUtcDay(parseInstant(expires))}. ` +
        `The present version stays; import a renewed licence file instead.`,
    );
  }
  if (!draft.state.vendors.has(former.vendorKeyId)) {
    return refuse(
      'LICENSE_VENDOR_UNTRUSTED',
      `Serial ${serial} of ${licenseId} was signed with key ${former.vendorKeyId}, which is not ` +
        `trusted any more. Trust that key first.`,
    );
  }
  addVersion(draft, license, former);
  recordEvent(
    draft,
    'licenseRolledBack',
    'warning',
    `Licence ${licenseId} was rolled back from serial ${currentVersion(license).grant.serial} to ` +
      `serial ${serial}.`,
    { license: licenseId },
  );
  reply(draft, requestId, { type: 'licenseRolledBack', licenseId });
}

/** Takes a licence away. Its leases stay until they are returned or run out. */
function removeLicense(draft: Draft, requestId: number, licenseId: string): void {
  const license = draft.state.licenses.get(licenseId);
  if (!license) {
    reply(draft, requestId, {
      type: 'adminRefused',
      code: 'NO_SUCH_LICENSE',
      message: describeNoLicense(licenseId),
    });
    return;
  }
  if (isRevoked(license)) {
    const message = describeRevoked(license);
    reply(draft, requestId, { type: 'adminRefused', code: 'LICENSE_REVOKED', message });
    return;
  }
  if (license.trialBeganMs !== undefined) {
    const message =
      `The trial of licence ${licenseId} has begun. It stays, so that its trial does not begin anew; ` +
      'without a trial it goes on when the vendor issues it anew under a higher serial.';
    reply(draft, requestId, { type: 'adminRefused', code: 'LICENSE_TRIAL_BEGUN', message });
    return;
  }
  const leasesLeft = unitCount(draft.state, licenseId).leases;
  record(draft, { type: 'license', before: license, after: null });
  const left =
    leasesLeft === 0
      ? ''
      : ` ${countOf(leasesLeft, 'lease')} will end at the next renewal or return.`;
  recordEvent(
    draft,
    'licenseRemoved',
    'warning',
    `Licence ${licenseId} (${currentGrant(license).feature}) was removed.${left}`,
    { license: licenseId },
  );
  reply(draft, requestId, { type: 'licenseRemoved', leasesLeft });
}

/**
 * Whether the vendor revoked a licence. A damaged one may say so for nothing: its vendor did not sign
 * that.
 */
function isRevoked(license: InstalledLicense): boolean {
  return license.damage === undefined && currentGrant(license).revoked !== undefined;
}

function describeRevoked(license: InstalledLicense): string {
  return (
    `${currentGrant(license).vendor} has revoked licence ${license.id}. It stays, so that no former ` +
    'file of it counts again. The vendor can issue it anew under a higher serial.'
  );
}

export function describeNoLicense(licenseId: string): string {
  return `There is no licence ${licenseId} on this server. List the licences to see their ids.`;
}

/**
 * Writes licences down again, so that a member whose copy is damaged gets them: those of this ledger
 * as they are, and in the place of one that is damaged here what a peer had of it, verified.
 */
function mendLicenses(
  draft: Draft,
  requestId: number,
  licenses: readonly InstalledLicense[],
  vendors: readonly TrustedVendor[],
): void {
  const { state } = draft;
  for (const after of vendors) {
    record(draft, { type: 'vendor', before: state.vendors.get(after.keyId) ?? null, after });
  }
  for (const license of licenses) {
    const before = state.licenses.get(license.id);
    if (!before) continue;
    const after = before.damage === undefined ? before : license;
    record(draft, { type: 'license', before, after });
    keepBeginning(draft, license.id, before.trialBeganMs);
  }
  state.nextValidityCheckMs = 0;
  reply(draft, requestId, { type: 'licensesMended' });
}
