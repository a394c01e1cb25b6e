import type { AdminErrorCode } from '../../../../src-shared/contract/admin-error.ts';
import type { LicenseChange } from '../../../../src-shared/contract/admin.ts';
import type { Actor } from '../../../../src-shared/model/actor.ts';
import type { LedgerConfig } from '../../../../src-shared/model/ledger-config.ts';
import type { InstalledLicense, LicenseGrant } from '../../../../src-shared/model/license.ts';
import type { TimelineKind } from '../../../../src-shared/model/timeline.ts';
import type { TrustedVendor } from '../../../../src-shared/model/vendor.ts';

/** A licence of a file whose signature, format and vendor were checked. */
export interface VerifiedLicense {
  grant: LicenseGrant;
  signedText: string;
  vendorKeyId: string;
  /** Keys of the vendor that this one follows, each signed by the one before. */
  formerKeyIds?: readonly string[];
}

/**
 * What admins, and the server in their place, ask of a ledger. `requestId` is as in `CoreEvent`; without
 * an actor it is nobody's order.
 */
export type AdminRequest = AdminAction & { actor?: Actor };

type AdminAction =
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
   * Changes how the ledger is kept, one step at a time: see `config-change.ts`. The message goes on
   * the timeline.
   */
  | {
      type: 'configRequested';
      requestId: number;
      config: LedgerConfig;
      message: string;
      kind: TimelineKind;
    };

/** What an `AdminRequest` is answered with; a release as a return is, by `leaseEnded`. */
export type AdminReply =
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
