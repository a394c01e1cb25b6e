import type { LicenseDetail } from '../../../src-shared/model/license.ts';
import type { NodeSnapshot } from '../../../src-shared/model/node-snapshot.ts';
import type {
  DesktopStatus,
  NodeConnection,
  UiSnapshot,
} from '../../../src-shared/model/ui-snapshot.ts';
import { deriveSnapshot } from '../../../src-main/desktop/derive-snapshot.ts';

export const at = '2026-03-01T12:00:00.000Z';
export const atMs = Date.parse(at);
export const dayMs = 86_400_000;

const serverId = 'a'.repeat(64);

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
    servedBy: { id: serverId, name: 'SRV-A', role: 'primary', since: at },
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

export function makeNode(overrides: Partial<NodeSnapshot> = {}): NodeSnapshot {
  return {
    server: {
      id: serverId,
      name: 'SRV-A',
      version: '1.0.0',
      address: 'srv-a:7470',
      uptimeSeconds: 1,
    },
    relationship: null,
    ledgers: [],
    readiness: { ready: true, reasons: [] },
    at,
    serving: { state: 'serving', reasons: [], since: at },
    licenses: [],
    leaseCount: 0,
    leasesRevision: 0,
    events: [],
    vendors: [],
    servers: [],
    invitation: null,
    settings: {
      name: 'SRV-A',
      listenHost: '0.0.0.0',
      listenPort: 7470,
      logLevel: 'info',
      requestsPerSecondMax: 100,
      connectionsMax: 100,
      usageKeptDays: 30,
      mdns: true,
      mdnsInterface: '',
      fixedPeers: [],
    },
    overriddenSettings: [],
    demo: { trusted: false, trustNeedsConsent: false },
    ...overrides,
  };
}

export function makeDesktop(overrides: Partial<DesktopStatus> = {}): DesktopStatus {
  return {
    theme: 'system',
    effectiveTheme: 'light',
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
  });
}
