import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { ledgerStatusSchema } from '../../../src-shared/model/node-snapshot.ts';
import type { LedgerFigures, NodeFigures } from './client-service.ts';
import type { ConnectionFigures } from './connection-guard.ts';

const eventLoopSampleMs = 100;

/** Longest interval of a timer in Node. */
const longestTimerMs = 2 ** 31 - 1;

/** Upper bounds in seconds; a durable checkout takes about a millisecond. */
const requestSecondsBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

export interface MetricsSources {
  figures: () => NodeFigures;
  connections: () => ConnectionFigures;
}

export type RequestRecorder = (status: number, seconds: number) => void;

/** The figures of this server as Prometheus text. Each name is described in docs/client-api.md. */
export interface NodeMetrics {
  readonly contentType: string;
  text(): Promise<string>;
  /** A recorder for one route; `route` and `method` are from a fixed set. */
  requestRecorder(method: string, route: string): RequestRecorder;
}

export function createNodeMetrics(sources: MetricsSources): NodeMetrics {
  const registry = new Registry();
  registerProcessMetrics(registry);
  registerLicenseMetrics(registry, sources);
  registerServingMetrics(registry, sources);
  registerLedgerMetrics(registry, sources);
  registerConnectionMetrics(registry, sources);
  const requests = new Counter({
    name: 'understudy_http_requests_total',
    help: 'Requests answered.',
    labelNames: ['method', 'route', 'status'],
    registers: [registry],
  });
  const seconds = new Histogram({
    name: 'understudy_http_request_duration_seconds',
    help: 'Time from the headers of a request to the end of its answer.',
    labelNames: ['method', 'route'],
    buckets: requestSecondsBuckets,
    registers: [registry],
  });
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    requestRecorder: (method, route) => {
      const duration = seconds.labels(method, route);
      const byStatus = new Map<number, Counter.Internal>();
      return (status, elapsedSeconds) => {
        let counter = byStatus.get(status);
        if (counter === undefined) {
          counter = requests.labels(method, route, String(status));
          byStatus.set(status, counter);
        }
        counter.inc();
        duration.observe(elapsedSeconds);
      };
    },
  };
}

/**
 * The usual figures of a Node process. prom-client's sampling of the event loop, 100 times a second,
 * would be nine tenths of what an idle server uses of the processor, so it is put to sleep and
 * replaced by a slower one.
 */
function registerProcessMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: longestTimerMs });
  for (const figure of ['min', 'max', 'mean', 'stddev', 'p50', 'p90', 'p99']) {
    registry.removeSingleMetric(`nodejs_eventloop_lag_${figure}_seconds`);
  }
  // Gauges that are named like counters; the same by kind are there as well.
  for (const figure of ['handles', 'requests', 'resources']) {
    registry.removeSingleMetric(`nodejs_active_${figure}_total`);
  }
  const delay = monitorEventLoopDelay({ resolution: eventLoopSampleMs });
  delay.enable();
  const lagSeconds = (nanoseconds: number) =>
    Math.max(0, nanoseconds / 1e9 - eventLoopSampleMs / 1_000);
  new Gauge({
    name: 'understudy_event_loop_lag_max_seconds',
    help: 'Longest time for which the main thread answered nobody, since the last scrape.',
    registers: [registry],
    collect() {
      this.set(lagSeconds(delay.max));
    },
  });
  // Figures are collected in the order of their registration: this one is the last to look.
  new Gauge({
    name: 'understudy_event_loop_lag_p99_seconds',
    help: 'Time for which the main thread answered nobody, 99th percentile since the last scrape.',
    registers: [registry],
    collect() {
      this.set(lagSeconds(delay.percentile(99)));
      delay.reset();
    },
  });
}

function registerLicenseMetrics(registry: Registry, { figures }: MetricsSources): void {
  const labelNames = ['ledger', 'license', 'product', 'feature'] as const;
  type License = NodeFigures['licenses'][number];
  const gauge = (name: string, help: string, value: (license: License) => number | null) => {
    new Gauge({
      name: `understudy_license_${name}`,
      help,
      labelNames,
      registers: [registry],
      collect() {
        this.reset();
        for (const license of figures().licenses) {
          const { ledger, id, product, feature } = license;
          const figure = value(license);
          if (figure !== null) this.set({ ledger, license: id, product, feature }, figure);
        }
      },
    });
  };
  gauge('units', 'Units of the licence.', ({ units }) => units);
  gauge(
    'units_in_use',
    'Units that are checked out, borrowed ones included.',
    ({ inUse }) => inUse,
  );
  gauge('units_borrowed', 'Units that are borrowed.', ({ borrowed }) => borrowed);
  gauge(
    'expiry_timestamp_seconds',
    'When the licence ends, in seconds since 1970; absent for a permanent one.',
    ({ expiresAtSeconds }) => expiresAtSeconds,
  );
  new Counter({
    name: 'understudy_license_denials_total',
    help: 'Requests refused because no unit was free, since the start.',
    labelNames,
    registers: [registry],
    collect() {
      this.reset();
      for (const { ledger, id, product, feature, denied } of figures().licenses) {
        this.inc({ ledger, license: id, product, feature }, denied);
      }
    },
  });
}

function registerServingMetrics(registry: Registry, { figures }: MetricsSources): void {
  const gauge = (name: string, help: string, value: (node: NodeFigures) => number) => {
    new Gauge({
      name: `understudy_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(value(figures()));
      },
    });
  };
  gauge('leases', 'Leases that are out.', ({ leaseCount }) => leaseCount);
  gauge('serving', '1 while this server grants leases, else 0.', ({ serving }) => Number(serving));
  gauge(
    'ready',
    '1 while failover would work for every licence that is to have it, else 0.',
    ({ ready }) => Number(ready),
  );
  counter(
    registry,
    'commits_total',
    'Batches of changes made durable.',
    () => figures().commitCount,
  );
  counter(
    registry,
    'commit_seconds_total',
    'Time that these batches took to become durable.',
    () => figures().commitSeconds,
  );
  counter(
    registry,
    'commit_failures_total',
    'Batches that could not be written; nothing of them was granted.',
    () => figures().commitFailures,
  );
  counter(
    registry,
    'changes_total',
    'Changes of the ledger made durable.',
    () => figures().changeCount,
  );
}

function registerLedgerMetrics(registry: Registry, { figures }: MetricsSources): void {
  new Gauge({
    name: 'understudy_ledger_role',
    help: '1 for what this server is to the ledger now, 0 for the other roles.',
    labelNames: ['ledger', 'role'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { id, here } of figures().ledgers) {
        for (const role of ledgerStatusSchema.shape.here.options) {
          this.set({ ledger: id, role }, Number(role === here));
        }
      }
    },
  });
  const gauge = (name: string, help: string, value: (ledger: LedgerFigures) => number) => {
    new Gauge({
      name: `understudy_ledger_${name}`,
      help,
      labelNames: ['ledger'],
      registers: [registry],
      collect() {
        this.reset();
        for (const ledger of figures().ledgers) this.set({ ledger: ledger.id }, value(ledger));
      },
    });
  };
  gauge(
    'synchronised',
    '1 while this server has all that it would need to serve the ledger, else 0.',
    ({ synchronised }) => Number(synchronised),
  );
  gauge('members', 'Members of the ledger and its witness.', ({ memberCount }) => memberCount);
  gauge(
    'members_connected',
    'Those of them that are connected, this server among them.',
    ({ connectedCount }) => connectedCount,
  );
  gauge('term', 'Term of the ledger; it rises with every takeover.', ({ term }) => term);
  gauge(
    'overdraft_units',
    'Units out beyond the licences, after two servers served without each other.',
    ({ overdraftUnits }) => overdraftUnits,
  );
  new Counter({
    name: 'understudy_ledger_takeovers_total',
    help: 'How often this server took the ledger over, since its start.',
    labelNames: ['ledger'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { id, takeoverCount } of figures().ledgers) {
        this.inc({ ledger: id }, takeoverCount);
      }
    },
  });
}

function registerConnectionMetrics(registry: Registry, { connections }: MetricsSources): void {
  new Gauge({
    name: 'understudy_connections',
    help: 'Open connections on the client port.',
    registers: [registry],
    collect() {
      this.set(connections().open);
    },
  });
  counter(
    registry,
    'connections_refused_total',
    'Connections refused because there were too many, in all or of one address.',
    () => connections().refused,
  );
  counter(
    registry,
    'connections_pushed_out_total',
    'Connections that asked for nothing, closed to make room for others.',
    () => connections().pushedOut,
  );
  counter(
    registry,
    'tls_handshake_failures_total',
    'Connections that did not complete a TLS handshake.',
    () => connections().handshakeFailures,
  );
}

/** A counter whose total is kept elsewhere. */
function counter(registry: Registry, name: string, help: string, total: () => number): void {
  new Counter({
    name: `understudy_${name}`,
    help,
    registers: [registry],
    collect() {
      this.reset();
      this.inc(total());
    },
  });
}
