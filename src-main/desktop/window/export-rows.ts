import { pageRowsMax } from '../../../src-shared/contract/records.ts';
import type { IpcArguments } from '../../../src-shared/contract/ipc.ts';
import type { ListedLease } from '../../../src-shared/model/lease.ts';
import type { TimelineEvent } from '../../../src-shared/model/timeline.ts';
import { formatCsvLine } from '../../../src-shared/view/csv.ts';
import { usageLines } from '../../../src-shared/view/usage-rows.ts';
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

function exportUsage(node: Pick<NodeClient, 'call'>, { from, to }: ExportRequest) {
  return usageLines(async (page) => {
    const answer = await node.call('usage.records', {
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      ...page,
    });
    return valueOf(answer).records;
  });
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

function formatLease({ holder, ...lease }: ListedLease): (string | number | undefined)[] {
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

/** In order of time, as in the window: what another server recorded while it was away comes later than it happened. */
async function* exportTimeline(node: Pick<NodeClient, 'call'>, { from, to }: ExportRequest) {
  yield formatCsvLine(timelineHeader);
  const fromMs = from === undefined ? -Infinity : Date.parse(from);
  const toMs = to === undefined ? Infinity : Date.parse(to);
  const lines: { atMs: number; line: string }[] = [];
  let afterSequence = 0;
  for (;;) {
    const { events } = valueOf(
      await node.call('events.list', { afterSequence, limit: pageRowsMax }),
    );
    for (const event of events) {
      const atMs = Date.parse(event.at);
      if (atMs >= fromMs && atMs < toMs)
        lines.push({ atMs, line: formatCsvLine(formatEvent(event)) });
    }
    const last = events.at(-1);
    if (!last || events.length < pageRowsMax) break;
    afterSequence = last.sequence;
  }
  lines.sort((a, b) => a.atMs - b.atMs);
  for (const { line } of lines) yield line;
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
