import {
  relationshipSettingsDefault,
  relationshipSettingsSchema,
  type RelationshipSettings,
} from '../../../src-shared/model/relationship.ts';
import { formatDecimal } from '../../base/format.ts';

/** Settings of a relationship that are lengths of time. */
export type TimingSetting = Exclude<keyof RelationshipSettings, 'reclaim'>;

interface TimingField {
  label: string;
  hint: string;
  unit: 'ms' | 's' | 'min';
  leastMs: number;
  mostMs: number;
}

const unitMs = { ms: 1, s: 1_000, min: 60_000 } as const;

/** Ranges as in the schema; a test holds the two together. */
export const timingFields: Record<TimingSetting, TimingField> = {
  heartbeatMs: {
    label: 'Heartbeat',
    hint: 'How often the servers tell each other that they are there.',
    ...{ unit: 'ms', leastMs: 50, mostMs: 5_000 },
  },
  takeoverAfterMs: {
    label: 'Take over after silence of',
    hint:
      'A server that stops in order, or whose program ends, is replaced at once; this time is for a ' +
      'server that falls silent. At least two heartbeats.',
    ...{ unit: 's', leastMs: 500, mostMs: 600_000 },
  },
  syncTimeoutMs: {
    label: 'Not synchronised after',
    hint: 'The active server goes on without a server that has not acknowledged for so long.',
    ...{ unit: 's', leastMs: 100, mostMs: 60_000 },
  },
  coldStartWaitMs: {
    label: 'Wait for the partner at a start',
    hint: 'How long a server that was not the last to serve waits before it serves alone.',
    ...{ unit: 's', leastMs: 0, mostMs: 600_000 },
  },
  reclaimAfterMs: {
    label: 'Time in sync before a failback',
    hint: 'How long the returned server is synchronised before it takes over again.',
    ...{ unit: 's', leastMs: 0, mostMs: 3_600_000 },
  },
  reclaimHoldDownMaxMs: {
    label: 'After repeated failures, at most',
    hint: 'The time in sync doubles with every failure, up to this; 0: it does not.',
    ...{ unit: 's', leastMs: 0, mostMs: 600_000 },
  },
};

export function formatTiming(name: TimingSetting, valueMs: number): string {
  return String(valueMs / unitMs[timingFields[name].unit]);
}

/** Range and default, as a sentence. */
export function describeRange(name: TimingSetting): string {
  const { unit, leastMs, mostMs } = timingFields[name];
  const show = (ms: number) => formatDecimal(ms / unitMs[unit]);
  const byDefault = show(relationshipSettingsDefault[name]);
  return `${show(leastMs)} to ${show(mostMs)} ${unit}, by default ${byDefault}.`;
}

export type TimingDrafts = Partial<Record<TimingSetting, string>>;

export interface ParsedTiming {
  /** Only what differs from the settings in force. */
  change: Partial<RelationshipSettings>;
  problems: Partial<Record<TimingSetting, string>>;
}

/** What applying the drafts would change, and what is wrong with them. */
export function parseTiming(drafts: TimingDrafts, settings: RelationshipSettings): ParsedTiming {
  const parsed: ParsedTiming = { change: {}, problems: {} };
  for (const [name, text] of Object.entries(drafts) as [TimingSetting, string][]) {
    const valueMs = parseMs(name, text);
    if (valueMs === undefined) parsed.problems[name] = `Type a number: ${describeRange(name)}`;
    else if (valueMs !== settings[name]) parsed.change[name] = valueMs;
  }
  if (Object.keys(parsed.problems).length > 0) return parsed;
  const whole = relationshipSettingsSchema.safeParse({ ...settings, ...parsed.change });
  if (whole.success) return parsed;
  const about = whole.error.issues[0]?.path[0];
  const name = about === 'takeoverAfterMs' ? about : undefined;
  if (name) parsed.problems[name] = 'It must be at least twice the heartbeat.';
  return parsed;
}

function parseMs(name: TimingSetting, text: string): number | undefined {
  const trimmed = text.trim().replace(',', '.');
  if (!/^\d{1,9}(\.\d{1,6})?$/.test(trimmed)) return undefined;
  const { unit, leastMs, mostMs } = timingFields[name];
  const valueMs = Math.round(Number(trimmed) * unitMs[unit]);
  return valueMs >= leastMs && valueMs <= mostMs ? valueMs : undefined;
}
