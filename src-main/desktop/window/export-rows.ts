import { pageRowsMax } from '../../../src-shared/contract/admin.ts';
import type { IpcArguments } from '../../../src-shared/contract/ipc.ts';
import type { LeaseRow } from '../../../src-shared/model/lease.ts';
import { formatInstant } from '../../../src-shared/model/scalars.ts';
import type { TimelineEvent } from '../../../src-shared/model/timeline.ts';
import type { UsageRecord } from '../../../src-shared/model/usage.ts';
import { formatCsvLine } from '../../../src-shared/view/csv.ts';
import type { NodeClient } from '../node/node-client.ts';

export type ExportRequest = IpcArguments<'export.csv'>;

/** The node refused a page. */
export class ExportRefused extends Error {
  override name = 'ExportRefused';
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Rows of a page of leases that the next one has again, for leases that end in between. */
const leaseOverlap = 100;

/** The lines of a CSV file, the header first, page by page as the node has them. */
export async function* exportLines(
  node: Pick<NodeClient, 'call'>,
  request: ExportRequest,
): AsyncGenerator<string> {
  switch (request.what) {
    case 'usage':
      return yield* exportUsage(node, request);
    case 'leases':
      return yield* exportLeases(node);
    case 'timeline':
      return yield* exportTimeline(node, request);
  }
}

async function* exportUsage(node: Pick<NodeClient, 'call'>, { from, to }: ExportRequest) {
  yield formatCsvLine(usageHeader);
  let afterSequence = 0;
  for (;;) {
    const answer = await node.call('usage.records', {
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      afterSequence,
      limit: pageRowsMax,
    });
    const { records } = valueOf(answer);
    for (const record of records) yield formatCsvLine(formatUsage(record));
    const last = records.at(-1);
    if (!last || records.length < pageRowsMax) return;
    afterSequence = last.sequence;
  }
}

const usageHeader = [
  ...['kind', 'license', 'product', 'feature', 'seats', 'user', 'host', 'app'],
  ...['from', 'to', 'end', 'borrowed', 'code', 'count', 'released by'],
];

function formatUsage(record: UsageRecord): (string | number | undefined)[] {
  const { kind, licenseId, product, feature, units, user, host } = record;
  const common = [kind, licenseId, product, feature, units, user, host];
  switch (record.kind) {
    case 'session': {
      const span = [formatInstant(record.startedAtMs), formatInstant(record.endedAtMs)];
      const borrowed = record.borrowed ? 'yes' : 'no';
      const by = record.actor?.name;
      return [...common, record.app, ...span, record.end, borrowed, undefined, undefined, by];
    }
    case 'denial': {
      const span = [formatInstant(record.firstAtMs), formatInstant(record.lastAtMs)];
      const { code, count } = record;
      return [...common, undefined, ...span, undefined, undefined, code, count, undefined];
    }
  }
}

async function* exportLeases(node: Pick<NodeClient, 'call'>) {
  yield formatCsvLine(leaseHeader);
  const written = new Set<string>();
  for (let offset = 0; ; offset += pageRowsMax - leaseOverlap) {
    const answer = await node.call('lease.list', { sort: 'grantedAt', offset, limit: pageRowsMax });
    const { leases } = valueOf(answer);
    for (const lease of leases) {
      if (!written.has(lease.id)) yield formatCsvLine(formatLease(lease));
      written.add(lease.id);
    }
    if (leases.length < pageRowsMax) return;
  }
}

const leaseHeader = [
  ...['id', 'license', 'product', 'feature', 'seats', 'user', 'host', 'app', 'instance'],
  ...['granted', 'expires', 'borrowed until'],
];

function formatLease({ holder, ...lease }: LeaseRow): (string | number | undefined)[] {
  return [
    ...[lease.id, lease.license, lease.product, lease.feature, lease.units],
    ...[holder.user, holder.host, holder.app, holder.instance],
    ...[lease.grantedAt, lease.expiresAt, lease.borrowUntil],
  ];
}

const timelineHeader = [
  ...['at', 'severity', 'kind', 'message', 'license', 'lease', 'server'],
  ...['by (kind)', 'by', 'by (server)'],
];

async function* exportTimeline(node: Pick<NodeClient, 'call'>, { from, to }: ExportRequest) {
  yield formatCsvLine(timelineHeader);
  const fromMs = from === undefined ? -Infinity : Date.parse(from);
  const toMs = to === undefined ? Infinity : Date.parse(to);
  let afterSequence = 0;
  for (;;) {
    const { events } = valueOf(
      await node.call('events.list', { afterSequence, limit: pageRowsMax }),
    );
    for (const event of events) {
      const atMs = Date.parse(event.at);
      if (atMs >= fromMs && atMs < toMs) yield formatCsvLine(formatEvent(event));
    }
    const last = events.at(-1);
    if (!last || events.length < pageRowsMax) return;
    afterSequence = last.sequence;
  }
}

function formatEvent(event: TimelineEvent): (string | undefined)[] {
  const { at, severity, kind, message, license, lease, server, actor } = event;
  const by = [actor?.kind, actor?.name, actor?.server];
  return [at, severity, kind, message, license, lease, server, ...by];
}

function valueOf<T>(
  answer: { ok: true; value: T } | { ok: false; code: string; message: string },
): T {
  if (answer.ok) return answer.value;
  throw new ExportRefused(answer.code, answer.message);
}
