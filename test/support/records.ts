import type { EndedLease } from '../../src-main/node/core/ledger/change.ts';
import type {
  Change,
  LedgerMeta,
  RecordedEvent,
  StoredLedger,
} from '../../src-main/node/core/ledger/change.ts';
import { createLog } from '../../src-main/node/core/replica/log.ts';
import type { StoredReplica } from '../../src-main/node/core/replica/replica.ts';
import { noPosition, noTerm, type Position } from '../../src-main/node/core/replica/term.ts';
import { type LedgerConfig, soloConfig } from '../../src-shared/model/ledger-config.ts';
import type { Lease } from '../../src-shared/model/lease.ts';
import type { InstalledLicense } from '../../src-shared/model/license.ts';
import type { DenialRecord, SessionRecord } from '../../src-shared/model/usage.ts';
import type { TrustedVendor } from '../../src-shared/model/vendor.ts';
import { makeGrant } from './licenses.ts';

/** A server, and another. */
export const serverId = 'a1'.repeat(32);
export const otherId = 'b2'.repeat(32);

export const nowMs = Date.parse('2026-03-01T08:00:00Z');

export function leaseIdOf(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

export function makeLease(number: number, more: Partial<Lease> = {}): Lease {
  return {
    id: leaseIdOf(number),
    licenseId: 'acme-cad',
    product: 'Acme Suite',
    feature: 'cad',
    units: 1,
    holder: { instance: `instance-${number}`, user: 'anna', host: 'pc-1' },
    grantedAtMs: nowMs,
    borrowUntilMs: null,
    ...more,
  };
}

export function makeInstalledLicense(overrides: Parameters<typeof makeGrant>[0] = {}) {
  const grant = makeGrant(overrides);
  return {
    id: grant.id,
    expiryToldDays: null,
    versions: [
      {
        revision: 1,
        grant,
        signedText: '{"payload":"é","protected":"","signature":""}',
        vendorKeyId: 'key-1',
        installedAtMs: nowMs,
      },
    ],
  } satisfies InstalledLicense;
}

export function makeMeta(more: Partial<LedgerMeta> = {}): LedgerMeta {
  const sequences = { usageSequence: 0, eventSequence: 0 };
  return {
    id: 'ledger-1',
    term: 1,
    servingSinceMs: nowMs,
    ...sequences,
    wallHighMs: nowMs,
    timesSet: 0,
    overdraft: null,
    ...more,
  };
}

export function makeEvent(sequence: number, more: Partial<RecordedEvent> = {}): RecordedEvent {
  return {
    sequence,
    server: serverId,
    atMs: nowMs + sequence,
    kind: 'serverStarted',
    severity: 'info',
    message: `Event ${sequence}`,
    ...more,
  };
}

export function makeSession(sequence: number, more: Partial<SessionRecord> = {}): SessionRecord {
  return {
    kind: 'session',
    sequence,
    leaseId: leaseIdOf(sequence),
    licenseId: 'acme-cad',
    product: 'Acme Suite',
    feature: 'cad',
    units: 1,
    user: 'anna',
    host: 'pc-1',
    startedAtMs: nowMs,
    endedAtMs: nowMs + 3_600_000,
    end: 'returned',
    borrowed: false,
    ...more,
  };
}

export function makeDenial(sequence: number, more: Partial<DenialRecord> = {}): DenialRecord {
  return {
    kind: 'denial',
    sequence,
    licenseId: 'acme-cad',
    feature: 'cad',
    units: 1,
    user: 'bert',
    host: 'pc-2',
    code: 'LS_INSUFFICIENTUNITS',
    firstAtMs: nowMs,
    lastAtMs: nowMs,
    count: 1,
    ...more,
  };
}

export const granted = (after: Lease): Change => ({ type: 'lease', before: null, after });
export const ended = (before: Lease): Change => ({ type: 'lease', before, after: null });

export const vendor: TrustedVendor = {
  keyId: 'key-1',
  vendor: 'Acme',
  publicKey: { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) },
  trustedAtMs: nowMs,
  demo: false,
};

export function positionOf(index: number, number = 1, member = serverId): Position {
  return { index, term: { number, member } };
}

/** Of a ledger that is kept as a log. */
export const logConfig: LedgerConfig = {
  ...soloConfig(serverId),
  membership: { members: [serverId], witness: null, rule: 'majority' },
};

/** The same of another server. */
export const otherLogConfig: LedgerConfig = {
  ...soloConfig(otherId),
  membership: { members: [otherId], witness: null, rule: 'majority' },
};

/** By default one that is kept as a log. */
export function makeStoredLedger(more: Partial<StoredLedger> = {}): StoredLedger {
  const none = { leases: [], licenses: [], vendors: [], ended: [] };
  return { meta: null, config: logConfig, ...none, ...more };
}

/** A replica that has nothing yet. */
export function makeStoredReplica(more: Partial<StoredReplica> = {}): StoredReplica {
  return {
    term: noTerm,
    log: createLog(),
    witnessed: noPosition,
    syncSet: [],
    ledger: makeStoredLedger(),
    ...more,
  };
}

/** Another vendor than `vendor`. */
export function makeVendorRecord(more: Partial<TrustedVendor> = {}): TrustedVendor {
  return { ...vendor, keyId: 'key-2', vendor: 'Evil', ...more };
}

/** A lease that was given back, with a token that lives for an hour more. */
export function makeEnded(n: number, untilMs = nowMs + 3_600_000): EndedLease {
  return { leaseId: leaseIdOf(n), untilMs };
}
