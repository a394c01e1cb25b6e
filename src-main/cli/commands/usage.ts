import { type Command, Option } from 'commander';
import { z } from 'zod';
import { formatInstant } from '../../../src-shared/model/scalars.ts';
import type { UsageReport } from '../../../src-shared/model/usage.ts';
import { addCommand, commonOptionsSchema, perform } from '../frame/command-frame.ts';
import { usageLines } from '../../../src-shared/view/usage-rows.ts';
import { UsageFailure } from '../frame/failure.ts';
import { callNode } from '../frame/open-node.ts';
import { formatTable } from '../text/table.ts';
import type { Terminal } from '../frame/terminal.ts';
import { formatLocalTime, instantForms, parseTime } from '../text/time-text.ts';

const usageOptionsSchema = commonOptionsSchema.extend({
  from: z.string().optional(),
  to: z.string().optional(),
  csv: z.boolean().default(false),
});

export function addUsageCommand(program: Command, terminal: Terminal): void {
  const command = addCommand(program, 'usage', {
    summary: 'show how the licences were used: seats, sessions, denials',
    example: 'understudy usage --from 2026-03-01 --to 2026-04-01 --csv > march.csv',
  })
    .option('--from <time>', `first instant: ${instantForms} ago`)
    .option('--to <time>', 'last instant (default: now)')
    .addOption(new Option('--csv', 'print every session and denial as CSV').conflicts('json'));
  perform(command, terminal, usageOptionsSchema, async (context, options) => {
    const nowMs = Date.now();
    const from = readInstant('--from', options.from, nowMs);
    const to = readInstant('--to', options.to, nowMs);
    if (from !== undefined && Date.parse(from) >= (to === undefined ? nowMs : Date.parse(to))) {
      throw new UsageFailure('--from must be before --to, and in the past');
    }
    const range = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
    if (options.csv) {
      const lines = usageLines(async (page) => {
        return (await callNode(context, 'usage.records', { ...range, ...page })).records;
      });
      for await (const line of lines) context.terminal.out(line);
      return null;
    }
    const document = await callNode(context, 'usage.report', range);
    return { document, text: describeReport(document) };
  });
}

function readInstant(option: string, text: string | undefined, nowMs: number): string | undefined {
  if (text === undefined) return undefined;
  const ms = parseTime(text, nowMs, 'ago');
  if (ms === null)
    throw new UsageFailure(`${option}: ${text} is no time; write ${instantForms} ago`);
  return formatInstant(ms);
}

function describeReport({ from, to, summaries }: UsageReport): string {
  const period = `Usage from ${formatLocalTime(from)} to ${formatLocalTime(to)}`;
  if (summaries.length === 0) return `${period}: nothing was used.`;
  const table = formatTable(
    [
      'LICENCE',
      'FEATURE',
      'UNITS',
      'PEAK',
      'AVERAGE',
      'UNIT HOURS',
      'SESSIONS',
      'DENIED',
      'WAITED',
    ],
    summaries.map((summary) => [
      summary.license,
      summary.feature,
      summary.units === null ? '-' : String(summary.units),
      String(summary.peakUnits),
      summary.averageUnits.toFixed(2),
      summary.unitHours.toFixed(1),
      String(summary.sessions),
      String(summary.trueDenials),
      String(summary.falseDenials),
    ]),
  );
  return `${period}\n\n${table}\n\nWaited: denied at first, but had the seat within five minutes.`;
}
