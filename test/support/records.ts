import type { Change, LedgerMeta, RecordedEvent } from '../../src-main/node/core/change.ts';
import type { Lease } from '../../src-shared/model/lease.ts';
import type { InstalledLicense } from '../../src-shared/model/license.ts';
import type { DenialRecord, SessionRecord } from '../../src-shared/model/usage.ts';
import { makeGrant } from './licenses.ts';

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
    ...sequences,
    wallHighMs: nowMs,
    overdraft: null,
    merged: {},
    ...more,
  };
}

export function makeEvent(sequence: number, more: Partial<RecordedEvent> = {}): RecordedEvent {
  return {
    sequence,
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
