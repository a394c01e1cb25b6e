import { pageRowsMax } from '../contract/records.ts';
import { formatInstant } from '../model/scalars.ts';
import type { UsageRecord } from '../model/usage.ts';
import { formatCsvLine } from './csv.ts';

const columns = [
  ...['kind', 'license', 'product', 'feature', 'units', 'user', 'host', 'app'],
  ...['from', 'to', 'seconds', 'end', 'borrowed', 'code', 'count', 'released by'],
  // Of denials recorded together; the feature is the first one.
  ...['users', 'hosts', 'features'],
];
const notTogether = [undefined, undefined, undefined];

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
      return [...common, app, ...span, ...ended, ...notTogether];
    }
    case 'denial': {
      const { firstAtMs, lastAtMs, code, count, together } = record;
      const span = [formatInstant(firstAtMs), formatInstant(lastAtMs), undefined];
      const denied = [undefined, undefined, code, count, undefined];
      const several = together ? [together.users, together.hosts, together.features] : notTogether;
      return [...common, undefined, ...span, ...denied, ...several];
    }
  }
}
