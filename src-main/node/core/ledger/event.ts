import type { CheckoutRequest } from '../../../../src-shared/contract/client-api.ts';
import type { Lease } from '../../../../src-shared/model/lease.ts';
import type { LedgerConfig } from '../../../../src-shared/model/ledger-config.ts';
import type { InstalledLicense, LicenseGrant } from '../../../../src-shared/model/license.ts';
import type { TimelineKind } from '../../../../src-shared/model/timeline.ts';
import type { TrustedVendor } from '../../../../src-shared/model/vendor.ts';
import type { MemberId } from './member-id.ts';

/** On the monotonic clock, in ms; null: never since the start. */
export interface OtherClocks {
  agreedMs: number | null;
  differedMs: number | null;
}

/** When an event happened, on both clocks. The core has no other clock (protocol section 2). */
export interface Instant {
  /** Milliseconds of a clock that never goes back; its zero has no meaning. */
  monotonicMs: number;
  /** Milliseconds since 1970, as the operating system believes. */
  wallMs: number;
  /** When another server's clock was last found to agree with this one, or not to. */
  otherClocks?: OtherClocks | undefined;
}

/** A licence of a file whose signature, format and vendor were checked. */
export interface VerifiedLicense {
  grant: LicenseGrant;
  signedText: string;
  vendorKeyId: string;
  /** Keys of the vendor that this one follows, each signed by the one before. */
  formerKeyIds?: readonly string[];
}

/** What a verified token of a member says of a lease (protocol section 4). */
export interface LeaseProof {
  lease: Lease;
  /** The end that the token names, in milliseconds since 1970: from then on it proves nothing. */
  endsAtMs: number;
  signer: MemberId;
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
      /** The lease that the instance says it holds. */
      proof?: LeaseProof;
    }
  | {
      type: 'renewalRequested';
      requestId: number;
      leaseId: string;
      proof?: LeaseProof;
    }
  | { type: 'returnRequested'; requestId: number; leaseId: string; proof?: LeaseProof }
  | { type: 'releaseRequested'; requestId: number; leaseId: string }
  | {
      type: 'licensesImported';
      requestId: number;
      licenses: VerifiedLicense[];
      fileName: string;
      /** Only say what would change. */
      dryRun: boolean;
    }
  | { type: 'rollbackRequested'; requestId: number; licenseId: string }
  | { type: 'removalRequested'; requestId: number; licenseId: string }
  /** Licences that are verified, and their vendors, to be written down again. */
  | {
      type: 'licensesMended';
      requestId: number;
      licenses: InstalledLicense[];
      vendors: TrustedVendor[];
    }
  /** `follows`: ids of trusted keys that vouch for this one. */
  | { type: 'vendorTrusted'; requestId: number; vendor: TrustedVendor; follows?: string[] }
  | { type: 'vendorForgotten'; requestId: number; keyId: string }
  /** An admin orders the ledger's time to be taken from this host's clock again (section 8). */
  | { type: 'clockAccepted'; requestId: number }
  /**
   * Changes how the ledger is kept, one step at a time: see `ledger-config.ts`. The message goes on
   * the timeline.
   */
  | {
      type: 'configRequested';
      requestId: number;
      config: LedgerConfig;
      message: string;
      kind: TimelineKind;
    };
