import { pageRowsMax } from '../contract/records.ts';
import { formatInstant } from '../model/scalars.ts';
import type { UsageRecord } from '../model/usage.ts';
import { formatCsvLine } from './csv.ts';

const columns = [
  ...['kind', 'license', 'product', 'feature', 'units', 'user', 'host', 'app'],
  ...['from', 'to', 'seconds', 'end', 'borrowed', 'code', 'count', 'released by'],
];

/**
 * The lines of a CSV file with every session and denial, the header first. `readPage` answers with at
 * most `pageRowsMax` records after a sequence number, in their order; what it throws ends the lines.
 */
export async function* usageLines(
  readPage: (page: { afterSequence: number; limit: number }) => Promise<readonly UsageRecord[]>,
): AsyncGenerator<string, void> {
  yield formatCsvLine(columns);
  for (let afterSequence = 0; ;) {
    const records = await readPage({ afterSequence, limit: pageRowsMax });
    for (const record of records) yield formatCsvLine(cellsOf(record));
    const last = records.at(-1);
    if (last === undefined || records.length < pageRowsMax) return;
    afterSequence = last.sequence;
  }
}

function cellsOf(record: UsageRecord): (string | number | undefined)[] {
  const { kind, licenseId, product, feature, units, user, host } = record;
  const common = [kind, licenseId, product, feature, units, user, host];
  switch (record.kind) {
    case 'session': {
      const { app, startedAtMs, endedAtMs, end, borrowed, actor } = record;
      const seconds = (endedAtMs - startedAtMs) / 1_000;
      const span = [formatInstant(startedAtMs), formatInstant(endedAtMs), seconds];
      const ended = [end, borrowed ? 'yes' : 'no', undefined, undefined, actor?.name];
      return [...common, app, ...span, ...ended];
    }
    case 'denial': {
      const { firstAtMs, lastAtMs, code, count } = record;
      const span = [formatInstant(firstAtMs), formatInstant(lastAtMs), undefined];
      return [...common, undefined, ...span, undefined, undefined, code, count, undefined];
    }
  }
}
