import type { TrustedVendor } from '../../../../src-shared/model/vendor.ts';
import { type AdminHandlers, type Draft, record, recordEvent, reply } from './draft.ts';
import { countOf } from '../../../../src-shared/view/count-of.ts';
import { currentVersion } from './ledger.ts';

/** Vendors that one server may trust. */
export const vendorsTrustedMax = 200;

export const vendorHandlers = {
  vendorTrusted: (draft, { requestId, vendor }) => trustVendor(draft, requestId, vendor),
  vendorForgotten: (draft, { requestId, keyId }) => forgetVendor(draft, requestId, keyId),
} satisfies Partial<AdminHandlers>;

function trustVendor(draft: Draft, requestId: number, vendor: TrustedVendor): void {
  const { vendors } = draft.state;
  const known = vendors.get(vendor.keyId);
  if (known) {
    reply(draft, requestId, { type: 'vendorKept', vendor: known });
    return;
  }
  if (vendors.size >= vendorsTrustedMax) {
    reply(draft, requestId, {
      type: 'adminRefused',
      code: 'BAD_REQUEST',
      message: `${vendorsTrustedMax} vendors are trusted, the most there can be. Forget one first.`,
    });
    return;
  }
  const after = { ...vendor, trustedAtMs: draft.nowMs };
  record(draft, { type: 'vendor', before: null, after });
  recordEvent(
    draft,
    'vendorTrusted',
    vendor.demo ? 'warning' : 'info',
    vendor.demo
      ? `The demo vendor is trusted: demo licences can be installed.`
      : `The signatures of ${vendor.vendor} (key ${vendor.keyId}) are trusted.`,
  );
  reply(draft, requestId, { type: 'vendorKept', vendor: after });
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
