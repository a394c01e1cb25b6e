import type { TrustedVendor } from '../../../../src-shared/model/vendor.ts';
import { type AdminHandlers, type Draft, record, recordEvent, reply } from './draft.ts';
import { countOf } from '../../../../src-shared/view/count-of.ts';
import { currentVersion } from './ledger.ts';

/** Vendors that one server may trust. */
export const vendorsTrustedMax = 200;

export const vendorHandlers = {
  vendorTrusted: (draft, { requestId, vendor, follows = [] }) =>
    trustVendor(draft, requestId, vendor, follows),
  vendorForgotten: (draft, { requestId, keyId }) => forgetVendor(draft, requestId, keyId),
} satisfies Partial<AdminHandlers>;

function trustVendor(
  draft: Draft,
  requestId: number,
  vendor: TrustedVendor,
  follows: readonly string[],
): void {
  const { vendors } = draft.state;
  const known = vendors.get(vendor.keyId);
  if (known && (known.endorsements ?? vendor.endorsements) === known.endorsements) {
    reply(draft, requestId, { type: 'vendorKept', vendor: known });
    return;
  }
  if (!known && vendors.size >= vendorsTrustedMax) {
    reply(draft, requestId, {
      type: 'adminRefused',
      code: 'BAD_REQUEST',
      message: `${vendorsTrustedMax} vendors are trusted, the most there can be. Forget one first.`,
    });
    return;
  }
  const after = { ...vendor, trustedAtMs: known?.trustedAtMs ?? draft.nowMs };
  const namesakes = [...vendors.values()].filter(
    (other) => other.vendor === vendor.vendor && other.keyId !== vendor.keyId,
  );
  const isSecond = namesakes.length > 0 && follows.length === 0;
  record(draft, { type: 'vendor', before: known ?? null, after });
  recordEvent(
    draft,
    'vendorTrusted',
    vendor.demo || isSecond ? 'warning' : 'info',
    describeTrust(vendor, follows, isSecond),
  );
  reply(draft, requestId, { type: 'vendorKept', vendor: after });
}

function describeTrust(
  { vendor, keyId, demo }: TrustedVendor,
  follows: readonly string[],
  isSecond: boolean,
): string {
  if (demo) return 'The demo vendor is trusted: demo licences can be installed.';
  const trusted = `The signatures of ${vendor} (key ${keyId}) are trusted`;
  const former = follows.at(-1);
  if (former !== undefined) return `${trusted}: the former key ${former} vouches for that key.`;
  if (!isSecond) return `${trusted}.`;
  return (
    `${trusted}, beside another key of that name which does not vouch for it: licences of the one ` +
    'do not replace those of the other.'
  );
}

function forgetVendor(draft: Draft, requestId: number, keyId: string): void {
  const { state } = draft;
  const vendor = state.vendors.get(keyId);
  if (!vendor) {
    reply(draft, requestId, {
      type: 'adminRefused',
      code: 'NO_SUCH_VENDOR',
      message: `No vendor with the key ${keyId} is trusted. List the vendors to see their keys.`,
    });
    return;
  }
  const inUse = [...state.licenses.values()].filter(
    (license) => currentVersion(license).vendorKeyId === keyId,
  );
  if (inUse.length > 0) {
    const ids = inUse.slice(0, 3).map((license) => license.id);
    const more = inUse.length > ids.length ? ` and ${inUse.length - ids.length} more` : '';
    reply(draft, requestId, {
      type: 'adminRefused',
      code: 'VENDOR_IN_USE',
      message:
        `${countOf(inUse.length, 'installed licence')} of ${vendor.vendor} ` +
        `${inUse.length === 1 ? 'depends' : 'depend'} on this key (${ids.join(', ')}${more}). ` +
        `Remove them first.`,
    });
    return;
  }
  record(draft, { type: 'vendor', before: vendor, after: null });
  recordEvent(
    draft,
    'vendorForgotten',
    'warning',
    `The signatures of ${vendor.vendor} (key ${keyId}) are no longer trusted.`,
  );
  reply(draft, requestId, { type: 'vendorDropped' });
}
