import { z } from 'zod';

export const adminErrorCodeSchema = z.enum([
  'BAD_REQUEST',
  'NO_SUCH_METHOD',
  'NO_SUCH_LICENSE',
  'NO_SUCH_LEASE',
  'NO_SUCH_VENDOR',
  'NO_FORMER_VERSION',
  'LICENSE_MALFORMED',
  'LICENSE_VENDOR_UNTRUSTED',
  'LICENSE_SIGNATURE_INVALID',
  'LICENSE_FORMAT_UNSUPPORTED',
  'LICENSE_OTHER_SERVER',
  'LICENSE_OTHER_VENDOR',
  'LICENSE_OTHER_RULE',
  'LICENSE_SERIAL_OLDER',
  'LICENSE_SERIAL_REUSED',
  'LICENSE_ALREADY_EXPIRED',
  'LICENSE_REVOKED',
  'LICENSE_TRIAL_BEGUN',
  'LICENSE_LIMIT_REACHED',
  'VENDOR_MALFORMED',
  'REQUEST_MALFORMED',
  'LIST_MALFORMED',
  'VENDOR_IN_USE',
  'DEMO_NEEDS_CONSENT',
  'SETTING_REFUSED',
  'CONFIG_WRONG',
  'NOTIFY_FAILED',
  'BORROW_FILE_WRONG',
  'BORROW_REFUSED',
  'NO_SUCH_SERVER',
  'SERVER_UNREACHABLE',
  'CONSENT_NEEDED',
  'CONSENT_REFUSED',
  'NO_SUCH_REQUEST',
  'PAIRING_REFUSED',
  'PAIRING_LIMIT_REACHED',
  'NO_RELATIONSHIP',
  'RELATIONSHIP_EXISTS',
  'RELATIONSHIP_FORGOTTEN',
  'TAKEN_OUT_LATER',
  'RELATIONSHIP_INCOMPLETE',
  'RELATIONSHIP_BUSY',
  'RELATIONSHIP_UNCLEAR',
  'NOT_SYNCHRONISED',
  'NOT_SERVING',
  'CANCELLED',
  'SERVER_IN_USE',
  'STORE_UNAVAILABLE',
  'BACKUP_FAILED',
  'NODE_AWAY',
  'INTERNAL',
]);
export type AdminErrorCode = z.infer<typeof adminErrorCodeSchema>;

/** A refusal: the code for programs, the sentence for people. Also what `--json` prints. */
export const adminErrorSchema = z.object({
  error: z.object({ code: adminErrorCodeSchema, message: z.string() }),
});
export type AdminError = z.infer<typeof adminErrorSchema>['error'];

export type Refusal = { ok: false } & AdminError;
export type AdminAnswer<T> = { ok: true; value: T } | Refusal;

export function refuse(code: AdminErrorCode, message: string): Refusal {
  return { ok: false, code, message };
}
