import { z } from 'zod';
import { heardEventSchema } from '../../../src-shared/model/timeline.ts';
import { usageRecordSchema } from '../../../src-shared/model/usage.ts';
import type { RecordedEvent } from '../core/ledger/change.ts';
import { type HistoryGap, type HistoryPage, HistoryUnreadable, type StoredEvent } from './store.ts';
import { logSpell } from '../core/rows/row.ts';
import { numberEvents } from './batch-sender.ts';
import { parseStored } from './decode.ts';
import { operation, type PackedWrites } from './operation.ts';
import { packEvent, packUsage } from './pack-writes.ts';
import { leaseRankSchema } from './record-schema.ts';
import type { WorkerLink } from './worker-link.ts';

/** Writes what another server sent for the beginning of a gap, when it is fit to be written. */
export async function fillHistory(
  writer: WorkerLink,
  query: HistoryPage & { gap: number },
): Promise<StoredEvent[]> {
  const gap = (await writer.ask({ type: 'gaps' })).find(({ id }) => id === query.gap);
  if (!gap) return [];
  const { from, upTo } = query;
  // Rows of a spell may have come from elsewhere since these were asked for: the gap is narrower then,
  // and what is outside of it is here already.
  const isOutside = gap.spell === logSpell && (from < gap.from || upTo > gap.to);
  if (isOutside || from > upTo) {
    throw new HistoryUnreadable(`rows ${from} to ${upTo} are none of ${gap.from} to ${gap.to}`);
  }
  const writes: PackedWrites = [];
  const events = query.docs.flatMap((doc) => packRow(writes, gap, query, doc));
  const locals = await writer.ask({ type: 'fillGap', gap: gap.id, from, upTo, writes });
  if (locals === null) return [];
  return numberEvents(
    events.map((event) => ({ event, ledger: gap.ledger })),
    locals,
  );
}

/** What a usage record carries beside it (`history-page.ts`). */
const rankedSchema = z.object({ rank: leaseRankSchema.optional() });

/** Returns the timeline entry, if it is one. */
function packRow(
  writes: PackedWrites,
  { spell, kind }: HistoryGap,
  { from, upTo }: HistoryPage,
  doc: string,
): RecordedEvent[] {
  const usage = kind === 'usage' ? parseStored(usageRecordSchema, doc) : undefined;
  const { rank = 0 } = kind === 'usage' ? (parseStored(rankedSchema, doc) ?? {}) : {};
  const event = kind === 'events' ? parseStored(heardEventSchema, doc) : undefined;
  const sequence = usage?.sequence ?? event?.sequence;
  if (sequence === undefined) {
    throw new HistoryUnreadable(`a row of ${kind} in the history that was sent is unreadable`);
  }
  if (sequence < from || sequence > upTo) {
    throw new HistoryUnreadable(`row ${sequence} is none of ${from} to ${upTo}`);
  }
  if (usage) packUsage(writes, operation.addUsage, usage, { spell, rank });
  if (!event) return [];
  packEvent(writes, operation.addEvent, event as RecordedEvent, spell);
  return [event as RecordedEvent];
}
