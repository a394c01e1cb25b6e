import type { AdminErrorCode, LicenseChange } from '../../../../src-shared/contract/admin.ts';
import type { ProblemCode } from '../../../../src-shared/contract/problem.ts';
import type { Lease } from '../../../../src-shared/model/lease.ts';
import type { LedgerConfig } from '../../../../src-shared/model/ledger-config.ts';
import type { TrustedVendor } from '../../../../src-shared/model/vendor.ts';

/** What a client is told of its lease. */
export interface LeaseTerms {
  lease: Lease;
  term: number;
  ttlSeconds: number;
  /** The end that its token names, in ledger time; a renewal moves it. */
  endsAtMs: number;
}

/** The answer to one request. Refusals are values with a sentence to act on. */
export type Reply =
  | { type: 'leaseGranted'; terms: LeaseTerms; created: boolean }
  | { type: 'leaseRenewed'; terms: LeaseTerms }
  | { type: 'leaseEnded' }
  | {
      type: 'refused';
      code: ProblemCode;
      detail: string;
      /** Seconds after which trying again makes sense. */
      retryAfterSeconds?: number;
    }
  | { type: 'licensesChanged'; changes: LicenseChange[] }
  | { type: 'licenseRemoved'; leasesLeft: number }
  | { type: 'licenseRolledBack'; licenseId: string }
  | { type: 'licensesMended' }
  | { type: 'vendorKept'; vendor: TrustedVendor }
  | { type: 'vendorDropped' }
  /** By how much the ledger's time was changed, in ms; positive: forward. */
  | { type: 'clockTaken'; changedMs: number; ledgerMs: number }
  | { type: 'configChanged'; config: LedgerConfig }
  | { type: 'adminRefused'; code: AdminErrorCode; message: string };
