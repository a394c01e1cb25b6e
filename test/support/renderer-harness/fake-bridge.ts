import type { UiSnapshot } from '../../../src-shared/model/ui-snapshot.ts';
import { events, lease, snapshot, usageReport } from './fixture.ts';

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
          demo: { trusted: false, trustNeedsConsent: true },
          events: events.filter(({ kind }) => kind === 'serverStarted').slice(0, 1),
        },
      };
    case 'starting':
      return { ...base, node: null, connection: { ...base.connection, state: 'starting' } };
    default:
      return { ...base, node: { ...node, leaseCount } };
  }
}

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
  search?: string;
  limit?: number;
}

function listEvents({ severities, search = '', limit = 100, ...position }: EventsQuery) {
  const { beforeSequence = Infinity, afterSequence } = position;
  const matching = (ui.node ? events : []).filter(
    (event) =>
      event.sequence < beforeSequence &&
      event.sequence > (afterSequence ?? 0) &&
      (!severities || severities.includes(event.severity)) &&
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
  'lease.release': () => ({
    ok: false,
    code: 'NO_SUCH_LEASE',
    message: 'The lease has ended already. Nothing was changed.',
  }),
};

const bridge = {
  request: async (name: string, params: unknown) => {
    await new Promise((resolve) => setTimeout(resolve, 15));
    return answers[name]?.(params as never) ?? ok({});
  },
  subscribe: (name: string, listener: (value: unknown) => void) => {
    const of = listeners.get(name) ?? new Set();
    listeners.set(name, of.add(listener));
    return () => of.delete(listener);
  },
};
Object.assign(window, { understudy: bridge, harness: { change, ui: () => ui } });
