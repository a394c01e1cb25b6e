import type { ServerRow } from '../../src-shared/model/server-row.ts';
import type { LicenseDetail } from '../../src-shared/model/license.ts';
import type { NodeSettings } from '../../src-shared/model/node-settings.ts';
import type { LedgerStatus, NodeSnapshot } from '../../src-shared/model/node-snapshot.ts';
import {
  relationshipSettingsDefault,
  type MemberStatus,
  type RelationshipStatus,
} from '../../src-shared/model/relationship.ts';
import type {
  DesktopStatus,
  NodeConnection,
  UiSnapshot,
} from '../../src-shared/model/ui-snapshot.ts';
import { deriveSnapshot } from '../../src-shared/view/derive-snapshot.ts';
import { inOneRelationship } from './renderer-harness/one-relationship.ts';

export const at = '2026-03-01T12:00:00.000Z';
export const atMs = Date.parse(at);
export const dayMs = 86_400_000;

export const serverA = 'a'.repeat(64);
export const serverB = 'b'.repeat(64);

export function makeLicense(overrides: Partial<LicenseDetail> = {}): LicenseDetail {
  return {
    id: 'acme-cad',
    product: 'Acme Suite',
    feature: 'cad',
    version: '1',
    units: 10,
    inUse: 0,
    expires: null,
    failover: { configured: false },
    servedBy: { id: serverA, name: 'SRV-A', role: 'primary', since: at },
    ledger: 'ledger-a',
    primary: serverA,
    vendor: 'Acme',
    vendorKeyId: 'key',
    demo: false,
    serial: 1,
    revision: 1,
    notBefore: null,
    ttlSeconds: 60,
    redundancy: 'none',
    majorityRule: false,
    borrow: { maxDays: 0, maxUnits: 0 },
    borrowedUnits: 0,
    validity: 'valid',
    deniedCount: 0,
    versions: [],
    ...overrides,
  };
}

export function makeSettings(overrides: Partial<NodeSettings> = {}): NodeSettings {
  return {
    name: 'SRV-A',
    listenHost: '0.0.0.0',
    listenPort: 7470,
    clientAddresses: [],
    logLevel: 'info',
    requestsPerSecondMax: 100,
    connectionsMax: 100,
    usageKeptDays: 30,
    usageRecordsMax: 2_000_000,
    usageMegabytesMax: 2_000,
    timelineEntriesMax: 100_000,
    timelineMegabytesMax: 200,
    backupsKept: 7,
    backupTime: '02:30',
    backupFolder: '',
    mdns: true,
    mdnsInterface: '',
    fixedPeers: [],
    ...overrides,
  };
}

export function makeNode(overrides: Partial<NodeSnapshot> = {}): NodeSnapshot {
  const node: NodeSnapshot = {
    server: {
      id: serverA,
      name: 'SRV-A',
      version: '1.0.0',
      address: 'srv-a:7470',
      uptimeSeconds: 1,
      putBackAt: null,
    },
    relationship: null,
    relationships: [],
    ledgers: [],
    readiness: { ready: true, reasons: [], together: [] },
    at,
    serving: { state: 'serving', reasons: [], since: at },
    licenses: [],
    leaseCount: 0,
    leasesRevision: 0,
    events: [],
    vendors: [],
    servers: [],
    invitation: null,
    requests: [],
    strangers: [],
    copyAt: null,
    standsAside: false,
    discoveryProblem: null,
    missingData: null,
    history: {
      usage: { count: 81_204, countMax: 2_000_000, bytes: 52_400_000, bytesMax: 2_000_000_000 },
      timeline: { count: 3_112, countMax: 100_000, bytes: 1_900_000, bytesMax: 200_000_000 },
    },
    notify: { webhook: null, email: null, program: null },
    licenseFolder: {
      ...{ folder: '/var/lib/understudy/licenses', problem: null, last: null },
      ...{ taken: 0, refused: 0, waiting: 0 },
    },
    backups: {
      folder: '/var/lib/understudy/backups',
      count: 0,
      last: null,
      nextAt: null,
      busy: false,
      problem: null,
    },
    settings: makeSettings(),
    overriddenSettings: [],
    demo: { trusted: false, trustNeedsConsent: false },
    ...overrides,
  };
  return overrides.relationships ? node : inOneRelationship(node);
}

export function makeMember(overrides: Partial<MemberStatus> = {}): MemberStatus {
  return {
    id: serverA,
    name: 'SRV-A',
    role: 'main',
    address: 'srv-a:7470',
    paired: true,
    connected: true,
    synchronised: true,
    clockDifferenceMs: 0,
    version: '1.0.0',
    ...overrides,
  };
}

export function makeLedger(overrides: Partial<LedgerStatus> = {}): LedgerStatus {
  return {
    id: 'ledger-a',
    rule: 'continuity',
    members: [serverA, serverB],
    witness: null,
    active: serverA,
    activeSince: at,
    term: 3,
    here: 'active',
    synchronised: [serverA, serverB],
    placed: null,
    reclaim: null,
    overdraft: null,
    clock: null,
    licenses: 1,
    leases: 4,
    ...overrides,
  };
}

export function makeServerRow(overrides: Partial<ServerRow> = {}): ServerRow {
  return {
    ...{ id: serverB, name: 'SRV-B', address: 'srv-b:7470', addresses: ['srv-b:7470'] },
    ...{ discovered: false, paired: true, connected: true, synchronised: true },
    ...{ clockDifferenceMs: 0, roundTripMs: 1, version: '1.0.0' },
    ...{ pairedAt: at, putBackAt: null, pairing: 'paired', problem: null, consent: [] },
    ...overrides,
  };
}

export interface PairParts {
  ledger?: Partial<LedgerStatus>;
  relationship?: Partial<RelationshipStatus>;
  backup?: Partial<MemberStatus>;
  main?: Partial<MemberStatus>;
  /** Seen from the backup. */
  atBackup?: boolean;
  ready?: boolean;
}

/** SRV-A protected by SRV-B, one licence with four seats out, seen from SRV-A. */
export function makePair(parts: PairParts = {}): Partial<NodeSnapshot> {
  const { atBackup = false, ready = true } = parts;
  const ledger = makeLedger({ ...(atBackup && { here: 'standby' }), ...parts.ledger });
  const served = ledger.active === serverB ? 'SRV-B' : 'SRV-A';
  const role = ledger.active === ledger.members[0] ? 'primary' : 'failover';
  const servedBy = ledger.active && ({ id: ledger.active, name: served, role, since: at } as const);
  const here = ledger.active === (atBackup ? serverB : serverA);
  return {
    ...(atBackup && {
      server: {
        id: serverB,
        name: 'SRV-B',
        version: '1.0.0',
        address: 'srv-b:7470',
        uptimeSeconds: 1,
        putBackAt: null,
      },
    }),
    serving: { state: here ? 'serving' : 'standby', reasons: [], since: at },
    relationship: {
      id: 'relationship',
      kind: 'backup',
      policy: 'available',
      mutual: false,
      members: [
        makeMember(parts.main),
        makeMember({ id: serverB, name: 'SRV-B', role: 'backup', ...parts.backup }),
      ],
      ledgers: [],
      readiness: { ready, reasons: [], together: [] },
      settings: relationshipSettingsDefault,
      state: 'established',
      pending: null,
      ...parts.relationship,
    },
    ledgers: [ledger],
    licenses: [
      makeLicense({ inUse: 4, failover: { configured: true }, servedBy: servedBy || null }),
    ],
    readiness: {
      ready,
      reasons: ready ? [] : [{ code: 'CLOCK', message: 'The clocks differ.' }],
      together: [],
    },
  };
}

export function makeDesktop(overrides: Partial<DesktopStatus> = {}): DesktopStatus {
  return {
    theme: 'system',
    effectiveTheme: 'light',
    denseRows: false,
    startWithSystem: false,
    notifications: true,
    notificationsPausedUntilMs: null,
    appVersion: '1.0.0',
    electronVersion: '42.0.0',
    packaged: true,
    platform: 'linux',
    dataDirectory: '/data',
    ...overrides,
  };
}

export interface UiParts {
  connection?: Partial<NodeConnection>;
  node?: Partial<NodeSnapshot> | null;
  desktop?: Partial<DesktopStatus>;
}

export function makeUi({ connection = {}, node = {}, desktop = {} }: UiParts = {}): UiSnapshot {
  return deriveSnapshot(1, {
    connection: { state: 'connected', mode: 'embedded', sinceMs: atMs, ...connection },
    node: node && makeNode(node),
    desktop: makeDesktop(desktop),
    notices: [],
    setAside: [],
  });
}
