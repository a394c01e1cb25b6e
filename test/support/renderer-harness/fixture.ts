import type { ListedLease } from '../../../src-shared/model/lease.ts';
import type { LicenseDetail } from '../../../src-shared/model/license.ts';
import type { NodeSnapshot } from '../../../src-shared/model/node-snapshot.ts';
import type { TimelineEvent } from '../../../src-shared/model/timeline.ts';
import type { UiSnapshot } from '../../../src-shared/model/ui-snapshot.ts';
import type { UsageReport } from '../../../src-shared/model/usage.ts';
import { makeDesktop, makeLicense, makeNode, makeSettings } from '../snapshot-builders.ts';

// A server as it could be, the same at every run but for the time.

export const serverId = '4f1c9a03d27be58866fa01c3b95e7d24a8f06b13c97d52e0448bd16f7a39ce05';
export const dayMs = 86_400_000;
const hourMs = 3_600_000;
export const minuteMs = 60_000;
const startMs = Date.now();

export function instant(agoMs: number): string {
  return new Date(startMs - agoMs).toISOString();
}

function license(
  index: number,
  product: string,
  feature: string,
  units: number,
  inUse: number,
  daysLeft: number | null,
): LicenseDetail {
  const id = `${product.toLowerCase().replaceAll(' ', '-')}-${feature.toLowerCase()}`;
  const validity =
    daysLeft === null || daysLeft > 30 ? 'valid' : daysLeft < 0 ? 'expired' : 'expiring';
  const expires = daysLeft === null ? null : instant(-daysLeft * dayMs);
  return makeLicense({
    id,
    product,
    feature,
    version: `${20 + index}.${index % 4}`,
    units,
    inUse,
    expires,
    failover: { configured: false, reason: 'No other server protects this one.' },
    servedBy: { id: serverId, name: 'SRV-LIC-01', role: 'primary', since: instant(9 * dayMs) },
    ledger: 'main',
    primary: serverId,
    vendor: 'Brightfield Software',
    vendorKeyId: 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k',
    demo: index === 4,
    serial: 3 + index,
    revision: 2,
    ttlSeconds: 120,
    redundancy: 'backup',
    borrow: { maxDays: 14, maxUnits: 5 },
    borrowedUnits: 1,
    validity,
    deniedCount: inUse >= units ? 27 : 0,
    versions: [
      { revision: 1, serial: 2 + index, units: 10, expires, installedAt: instant(200 * dayMs) },
      { revision: 2, serial: 3 + index, units, expires, installedAt: instant(9 * dayMs) },
    ],
  });
}

export const licenses = [
  license(0, 'Brightfield CAD', 'modeler', 250, 213, 212),
  license(1, 'Brightfield CAD', 'render', 40, 40, 212),
  license(2, 'Brightfield CAD', 'simulation-advanced', 12, 11, 19),
  license(3, 'Strata Analysis', 'solver', 500, 61, null),
  license(4, 'Understudy Demo', 'demo-editor', 5, 1, 88),
  license(5, 'Strata Analysis', 'mesher', 20, 0, -3),
];

const messages: [TimelineEvent['kind'], TimelineEvent['severity'], string, string?][] = [
  ['seatsExhausted', 'warning', 'All 40 seats of render are in use.', 'brightfield-cad-render'],
  [
    'leaseReleased',
    'info',
    'An admin released 1 seat of modeler held by j.doe on WS-0412.',
    'brightfield-cad-modeler',
  ],
  [
    'licenseExpiring',
    'warning',
    'Licence brightfield-cad-simulation-advanced ends in 19 days.',
    'brightfield-cad-simulation-advanced',
  ],
  [
    'settingsChanged',
    'info',
    'Settings were changed: requests per second and address from 200 to 400.',
  ],
  [
    'licenseReplaced',
    'info',
    'Licence brightfield-cad-modeler was replaced by serial 3: version from 19.2 to 20.0, ' +
      'seats from 200 to 250, end from 2026-06-30 to 2027-06-30.',
    'brightfield-cad-modeler',
  ],
  ['storeFailed', 'error', 'The store could not be written: no space left on the disk.'],
  ['storeRecovered', 'info', 'The store can be written again.'],
  ['serverStarted', 'info', 'The server started: 0.0.0.0:7470.'],
];

export const events: TimelineEvent[] = Array.from({ length: 1_500 }, (_, i) => {
  const [kind, severity, message, about] = messages[i % messages.length] ?? messages[0]!;
  return {
    sequence: 1_500 - i,
    server: serverId,
    at: instant(i * 11 * minuteMs + 30_000),
    kind,
    severity,
    message,
    ...(about && { license: about }),
  };
});

export const node: NodeSnapshot = makeNode({
  server: {
    id: serverId,
    name: 'SRV-LIC-01',
    version: '0.1.0',
    address: 'srv-lic-01.corp.example:7470',
    uptimeSeconds: 9 * 86_400 + 4_000,
    putBackAt: null,
  },
  readiness: {
    ready: false,
    reasons: [
      {
        code: 'NO_RELATIONSHIP',
        message:
          'No other server protects this one: if this one stopped, no new seats could be had until it is back.',
      },
    ],
    together: [],
  },
  at: instant(0),
  serving: { state: 'serving', reasons: [], since: instant(9 * dayMs) },
  licenses,
  leasesRevision: 1,
  events: events.slice(0, 50),
  vendors: [
    {
      keyId: 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k',
      vendor: 'Brightfield Software',
      publicKey: { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' },
      trustedAtMs: startMs - 200 * dayMs,
      demo: false,
    },
    {
      keyId: 'bQ8xWnP3cVrYtKzL5mJdEa0sHfGuOi9T2vNwXy7RkDs',
      vendor: 'Understudy demo vendor',
      publicKey: { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' },
      trustedAtMs: startMs - 9 * dayMs,
      demo: true,
    },
  ],
  licenseFolder: {
    folder: '/var/lib/understudy/licenses',
    problem: null,
    ...{ taken: 1, refused: 0, waiting: 0 },
    last: {
      name: 'brightfield-2026.lic',
      state: 'taken',
      at: instant(26 * hourMs),
      message: '2 licences installed, 1 replaced, 0 unchanged.',
    },
  },
  backups: {
    folder: '/var/lib/understudy/backups',
    count: 7,
    last: {
      file: '/var/lib/understudy/backups/understudy-5f0c9d3a-2026-03-01T02-30-00-000Z.backup',
      at: instant(9 * hourMs),
      bytes: 18_400_000,
      verifiedAt: instant(9 * hourMs - 4_000),
    },
    nextAt: instant(-15 * hourMs),
    busy: false,
    problem: null,
  },
  settings: makeSettings({
    name: 'SRV-LIC-01',
    requestsPerSecondMax: 400,
    connectionsMax: 4_096,
    usageKeptDays: 400,
  }),
  overriddenSettings: ['listenPort'],
  demo: { trusted: true, trustNeedsConsent: true },
});

export const snapshot: UiSnapshot = {
  revision: 1,
  connection: { state: 'connected', mode: 'embedded', sinceMs: startMs - 9 * dayMs },
  node,
  attention: [
    {
      key: 'expired',
      severity: 'error',
      title: 'mesher: licence expired',
      text: 'strata-analysis-mesher ended 3 days ago. Import a renewed licence file.',
      tab: 'licences',
      license: 'strata-analysis-mesher',
    },
    {
      key: 'exhausted',
      severity: 'warning',
      title: 'render: all seats in use',
      text: '40 of 40 seats of brightfield-cad-render are in use. New requests are refused.',
      tab: 'licences',
      license: 'brightfield-cad-render',
    },
  ],
  setAside: [],
  trayState: 'serving',
  desktop: makeDesktop({
    startWithSystem: true,
    appVersion: '0.1.0',
    platform: 'win32 10.0.20348 x64',
    dataDirectory: 'C:\\Users\\admin\\AppData\\Roaming\\Understudy',
  }),
};

/** Lease number `index`, made when it is asked for. */
export function lease(index: number): ListedLease {
  const of = licenses[index % 4] ?? licenses[0]!;
  const hex = index.toString(16).padStart(12, '0');
  return {
    id: `5b0c7a52-9d1e-4c55-8a3f-${hex}`,
    license: of.id,
    product: of.product,
    feature: of.feature,
    units: 1 + (index % 3 === 0 ? 1 : 0),
    holder: {
      instance: `instance-${index}`,
      user: `user${String(index).padStart(6, '0')}`,
      host: `WS-${String(index % 9_999).padStart(4, '0')}.corp.example`,
      app: index % 2 === 0 ? 'bfcad.exe' : 'strata',
    },
    grantedAt: instant(index * 40_000 + 20_000),
    expiresAt: instant(-100_000),
    ...(index % 10 === 7 && { borrowUntil: instant(-6 * dayMs) }),
  };
}

export function usageReport(fromMs: number, toMs: number): UsageReport {
  const steps = 120;
  const series = licenses.slice(0, 4).map((of, k) => {
    const averageUnits = Array.from({ length: steps }, (_, i) => {
      const hour = ((fromMs + (i * (toMs - fromMs)) / steps) / 3_600_000) % 24;
      return of.units * (0.2 + 0.55 * Math.max(0, Math.sin(((hour - 6 - k) / 13) * Math.PI)));
    });
    const peakUnits = averageUnits.map((value, i) =>
      Math.min(of.units, Math.round(value * 1.12 + (i % 5))),
    );
    return { license: of.id, feature: of.feature, peakUnits, averageUnits };
  });
  return {
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    stepSeconds: (toMs - fromMs) / 1_000 / steps,
    series,
    summaries: series.map((one, k) => ({
      license: one.license,
      product: licenses[k]?.product ?? '',
      feature: one.feature,
      units: k === 3 ? null : (licenses[k]?.units ?? 0),
      peakUnits: Math.max(...one.peakUnits),
      averageUnits: one.averageUnits.reduce((sum, value) => sum + value, 0) / steps,
      unitHours: 1_234.56 * (4 - k),
      sessions: 412 * (4 - k),
      trueDenials: k === 1 ? 18 : 0,
      falseDenials: k === 1 ? 9 : 1,
    })),
    holders: Array.from({ length: 60 }, (_, i) => ({
      user: `user${String(i).padStart(6, '0')}`,
      host: `WS-${String(i * 7).padStart(4, '0')}.corp.example`,
      feature: licenses[i % 4]?.feature ?? '',
      sessions: 60 - i,
      unitHours: 300 / (i + 1),
      denials: i % 7,
    })),
  };
}
