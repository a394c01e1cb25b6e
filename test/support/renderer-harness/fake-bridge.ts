import { inOneRelationship } from './one-relationship.ts';
import type { UiSnapshot } from '../../../src-shared/model/ui-snapshot.ts';
import { events, instant, lease, minuteMs, serverId, snapshot, usageReport } from './fixture.ts';
import { coverage, previewOf } from './fixture-answers.ts';
import { pairEvents, pairNodes, type PairScenario } from './fixture-pair.ts';
import { backupId } from './fixture-servers.ts';

// Stands in for the preload: `?scenario=…&theme=…&leases=…` say what it answers.

const query = new URLSearchParams(location.search);
const leaseCount = Number(query.get('leases') ?? '313');
const listeners = new Map<string, Set<(value: unknown) => void>>();
const ok = (value: unknown) => ({ ok: true, value });

let ui: UiSnapshot = prepare();

function prepare(): UiSnapshot {
  const effectiveTheme = (query.get('theme') ?? 'light') as 'light' | 'dark' | 'highContrast';
  const base = { ...snapshot, desktop: { ...snapshot.desktop, effectiveTheme } };
  const { node } = base;
  if (!node) return base;
  switch (query.get('scenario')) {
    case 'first-run':
      return {
        ...base,
        attention: [],
        node: {
          ...node,
          licenses: [],
          vendors: [],
          licenseFolder: { ...node.licenseFolder, taken: 0, last: null },
          demo: { trusted: false, trustNeedsConsent: true },
          events: events.filter(({ kind }) => kind === 'serverStarted').slice(0, 1),
        },
      };
    case 'starting':
      return { ...base, node: null, connection: { ...base.connection, state: 'starting' } };
    default:
      return { ...base, node: { ...(pairNode() ?? node), leaseCount } };
  }
}

function pairNode() {
  return pairNodes[query.get('scenario') as PairScenario] as
    (typeof pairNodes)[PairScenario] | undefined;
}

/** What came in by the bridge, for a test to look at. */
const requests: { name: string; params: unknown }[] = [];

function change(next: Partial<UiSnapshot>): void {
  ui = { ...ui, ...next, revision: ui.revision + 1 };
  listeners.get('snapshot.changed')?.forEach((listener) => listener(ui));
}

interface LeaseQuery {
  offset?: number;
  limit?: number;
  search?: string;
  license?: string;
  borrowedOnly?: boolean;
  descending?: boolean;
}

function listLeases({ offset = 0, limit = 100, ...query }: LeaseQuery) {
  const plain = !query.search && !query.license && !query.borrowedOnly;
  const all = Array.from({ length: plain ? 0 : leaseCount }, (_, i) => lease(i)).filter(
    (row) =>
      (!query.license || row.license === query.license) &&
      (!query.borrowedOnly || row.borrowUntil) &&
      row.holder.user.includes(query.search ?? ''),
  );
  const total = plain ? leaseCount : all.length;
  const count = Math.max(0, Math.min(limit, total - offset));
  const leases = plain
    ? Array.from({ length: count }, (_, i) =>
        lease(query.descending ? offset + i : leaseCount - 1 - offset - i),
      )
    : all.slice(offset, offset + limit);
  return { leases, total };
}

interface EventsQuery {
  beforeSequence?: number;
  afterSequence?: number;
  severities?: string[];
  server?: string;
  search?: string;
  limit?: number;
}

function listEvents({ severities, server, search = '', limit = 100, ...position }: EventsQuery) {
  const { beforeSequence = Infinity, afterSequence } = position;
  const matching = (ui.node?.relationship ? pairEvents : events).filter(
    (event) =>
      event.sequence < beforeSequence &&
      event.sequence > (afterSequence ?? 0) &&
      (!severities || severities.includes(event.severity)) &&
      (server === undefined || event.server === server) &&
      event.message.toLowerCase().includes(search.toLowerCase()),
  );
  return { events: (afterSequence ? matching.toReversed() : matching).slice(0, limit) };
}

const changes = [
  {
    id: 'brightfield-cad-modeler',
    kind: 'replace',
    serial: 4,
    feature: 'modeler',
    product: 'Brightfield CAD',
    demo: false,
    fields: [
      { field: 'units', from: '250', to: '200' },
      { field: 'expires', from: '2027-06-30T00:00:00Z', to: '2028-06-30T00:00:00Z' },
    ],
    warnings: ['213 seats are in use, more than the 200 of the new version.'],
  },
];

const answers: Record<string, (params: never) => unknown> = {
  'snapshot.get': () => ok(ui),
  'lease.list': (params: LeaseQuery) => ok(listLeases(params)),
  'events.list': (params: EventsQuery) => ok(listEvents(params)),
  'usage.report': ({ from, to }: { from: string; to?: string }) =>
    ok(usageReport(Date.parse(from), to ? Date.parse(to) : Date.now())),
  'denial.list': () =>
    ok({
      denials: [1, 2, 3].map((sequence) => ({
        kind: 'denial',
        sequence,
        licenseId: 'brightfield-cad-render',
        feature: 'render',
        units: 1,
        user: `user00000${sequence}`,
        host: 'WS-0412.corp.example',
        code: 'LS_INSUFFICIENTUNITS',
        firstAtMs: Date.now() - sequence * 900_000,
        lastAtMs: Date.now() - sequence * 900_000 + 40_000,
        count: sequence * 3,
      })),
    }),
  'license.diff': ({ content }: { content: string }) =>
    content.includes('untrusted')
      ? {
          ok: false,
          code: 'LICENSE_VENDOR_UNTRUSTED',
          message:
            'The file is signed with the key Zx3…, which is not trusted here. ' +
            'Trust the key file of the vendor, then import the file again.',
        }
      : ok({ changes }),
  'license.import': () => ok({ changes }),
  'dialog.openFile': () => ok({ chosen: { fileName: 'brightfield-2028.json', content: '{}' } }),
  'servers.invite': ({ allow: allowed }: { allow: 'nothing' | 'relationship' }) => {
    const invitation = {
      expiresAt: instant(-10 * minuteMs),
      allowed,
      wrongTries: [],
      moreSources: 0,
    };
    if (ui.node) change({ node: { ...ui.node, invitation } });
    return ok({
      ...invitation,
      code: '7K3QF-XW2M9-C04HB-RTNZ8',
      addresses: ['srv-lic-01.corp.example:7470', '10.20.0.11:7470'],
    });
  },
  'servers.pair': ({ code }: { code: string }) =>
    code.startsWith('7K3QF')
      ? ok({ server: pairNodes.paired.servers[0], allows: [] })
      : refuse(
          'PAIRING_REFUSED',
          'The server at srv-lic-02:7470 did not accept the code: it is mistyped, has been used, ' +
            'is older than 10 minutes, or was tried wrongly too often. Make a new one there.',
        ),
  'relationship.check': ({ policy }: { policy: string }) =>
    ok({
      missing:
        policy === 'strict'
          ? [{ code: 'NOT_CONNECTED', message: 'SRV-DC-03 is not connected. Start it first.' }]
          : [],
      warnings: [{ code: 'CLOCK', message: 'The clocks of the two differ by 95 s.' }],
      licenses: coverage,
    }),
  'relationship.create': async () => {
    change({ node: pairNodes.forming });
    await held();
    change({ node: pairNodes.pair });
    return ok({ relationship: pairNodes.pair.relationship });
  },
  'relationship.show': () =>
    ok({
      relationship: ui.node?.relationship ?? null,
      relationships: ui.node?.relationships ?? [],
      licenses: coverage,
    }),
  'relationship.set': ({ settings = {} }: { settings?: Record<string, unknown> }) => {
    const relationship = ui.node?.relationship;
    if (!ui.node || !relationship) return refuse('NO_RELATIONSHIP', 'There is none.');
    const next = { ...relationship, settings: { ...relationship.settings, ...settings } };
    change({ node: inOneRelationship({ ...ui.node, relationship: next }) });
    return ok({ relationship: next });
  },
  switchover: async () => {
    await held();
    change({ node: pairNodes['switched-over'] });
    return ok({ moves: [move(serverId, backupId)] });
  },
  failback: () =>
    refuse(
      'NOT_SYNCHRONISED',
      'SRV-LIC-01 has not all data yet: 120 changes are left. Try again in a moment.',
    ),
  drill: async () => {
    await held();
    return ok({ report: drillReport });
  },
  preview: ({ stop }: { stop: string }) => ok(previewOf(stop)),
  'lease.release': () => ({
    ok: false,
    code: 'NO_SUCH_LEASE',
    message: 'The lease has ended already. Nothing was changed.',
  }),
};

function move(from: string, to: string) {
  const name = (id: string) => (id === serverId ? 'SRV-LIC-01' : 'SRV-LIC-02');
  return {
    ledger: 'main',
    at: instant(0),
    tookMs: 43.2,
    licenses: 5,
    leases: 320,
    units: 325,
    resumed: 0,
    from: { id: from, name: name(from) },
    to: { id: to, name: name(to) },
  };
}

const drillReport = {
  startedAt: instant(2_400),
  finishedAt: instant(0),
  passed: true,
  cancelled: false,
  ledgers: [
    {
      ledger: 'main',
      out: move(serverId, backupId),
      back: move(backupId, serverId),
      leasesBefore: 325,
      leasesKept: 325,
    },
  ],
  problems: [],
  file: 'C:\\ProgramData\\Understudy\\drills\\drill-2026-03-01T12-00-00Z.json',
};

/** A test that wants to see what is shown meanwhile holds the answer back. */
let release = () => {};
const released = new Promise<void>((resolve) => {
  release = resolve;
});
function held(): Promise<void> {
  return query.has('hold') ? released : Promise.resolve();
}

function refuse(code: string, message: string) {
  return { ok: false, code, message };
}

const bridge = {
  request: async (name: string, params: unknown) => {
    requests.push({ name, params });
    await new Promise((resolve) => setTimeout(resolve, 15));
    return answers[name]?.(params as never) ?? ok({});
  },
  subscribe: (name: string, listener: (value: unknown) => void) => {
    const of = listeners.get(name) ?? new Set();
    listeners.set(name, of.add(listener));
    return () => of.delete(listener);
  },
};
Object.assign(window, {
  understudy: bridge,
  harness: { change, ui: () => ui, requests, release },
});
