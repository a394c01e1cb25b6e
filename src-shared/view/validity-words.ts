import type { LicenseValidity } from '../model/license.ts';

/** Whether a licence grants seats now, as words that stand for themselves. */
export const validityWords: Record<LicenseValidity, string> = {
  valid: 'Valid',
  expiring: 'Expires soon',
  expired: 'Expired',
  notStarted: 'Not valid yet',
  revoked: 'Revoked',
  damaged: 'Damaged',
};
