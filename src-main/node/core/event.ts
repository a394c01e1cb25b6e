import type { CheckoutRequest } from '../../../src-shared/contract/client-api.ts';
import type { Lease } from '../../../src-shared/model/lease.ts';
import type { LicenseGrant } from '../../../src-shared/model/license.ts';
import type { TimelineKind, Severity } from '../../../src-shared/model/timeline.ts';
import type { TrustedVendor } from '../../../src-shared/model/vendor.ts';
import type { Change } from './change.ts';

/** When an event happened, on both clocks. The core has no other clock (protocol section 2). */
export interface Instant {
  /** Milliseconds of a clock that never goes back; its zero has no meaning. */
  monotonicMs: number;
  /** Milliseconds since 1970, as the operating system believes. */
  wallMs: number;
}

/** A licence of a file whose signature, format and vendor were checked. */
export interface VerifiedLicense {
  grant: LicenseGrant;
  signedText: string;
  vendorKeyId: string;
}

/** Everything that can happen to the core. `requestId` is chosen by the runner and comes back. */
export type CoreEvent =
  | { type: 'clockTicked' }
  | {
      type: 'checkoutRequested';
      requestId: number;
      /** A fresh UUID, used when a lease is granted. */
      leaseId: string;
      request: CheckoutRequest;
    }
  | {
      type: 'renewalRequested';
      requestId: number;
      leaseId: string;
      /** The lease as a valid token of a member says it was granted (protocol section 4). */
      proof?: Lease;
    }
  | { type: 'returnRequested'; requestId: number; leaseId: string }
  | { type: 'releaseRequested'; requestId: number; leaseId: string }
  | {
      type: 'licensesImported';
      requestId: number;
      licenses: VerifiedLicense[];
      fileName: string;
      /** Only say what would change. */
      dryRun: boolean;
    }
  | { type: 'licenseFileRefused'; fileName: string; message: string }
  | { type: 'rollbackRequested'; requestId: number; licenseId: string }
  | { type: 'removalRequested'; requestId: number; licenseId: string }
  | { type: 'vendorTrusted'; requestId: number; vendor: TrustedVendor }
  | { type: 'vendorForgotten'; requestId: number; keyId: string }
  /** Writes down what is only in memory; the last event before an orderly stop. */
  | { type: 'stopRequested' }
  /** Something outside the ledger that belongs on the timeline. */
  | { type: 'incidentReported'; kind: TimelineKind; severity: Severity; message: string }
  /** The store could not write these changes, given in the order they were made. */
  | { type: 'changesWithdrawn'; changes: Change[] }
  /** The store failed; it is not known to work. False: it works again. */
  | { type: 'storeFailed'; failed: boolean };
