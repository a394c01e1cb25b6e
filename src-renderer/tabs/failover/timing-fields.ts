import {
  relationshipSettingsDefault,
  relationshipSettingsSchema,
  type RelationshipSettings,
} from '../../../src-shared/model/relationship.ts';
import { rangeOf } from '../../../src-shared/model/scalars.ts';
import { formatDecimal } from '../../base/format.ts';

/** Settings of a relationship that are lengths of time. */
export type TimingSetting = Exclude<keyof RelationshipSettings, 'reclaim'>;

interface TimingField {
  label: string;
  hint: string;
  unit: 'ms' | 's' | 'min';
}

const unitMs = { ms: 1, s: 1_000, min: 60_000 } as const;

export const timingFields: Record<TimingSetting, TimingField> = {
  heartbeatMs: {
    label: 'Heartbeat',
    hint: 'How often the servers tell each other that they are there.',
    unit: 'ms',
  },
  takeoverAfterMs: {
    label: 'Take over after silence of',
    hint:
      'A server that stops in order, or whose program ends, is replaced at once; this time is for a ' +
      'server that falls silent. At least two heartbeats.',
    unit: 's',
  },
  syncTimeoutMs: {
    label: 'Not synchronised after',
    hint: 'A standby that has not confirmed a change for so long is no longer waited for.',
    unit: 's',
  },
  coldStartWaitMs: {
    label: 'Wait for the partner at a start',
    hint: 'How long a server that was not the last to serve waits before it serves alone.',
    unit: 's',
  },
  reclaimAfterMs: {
    label: 'Wait before failing back',
    hint: 'How long a server that has returned must be synchronised before it takes its licences back.',
    unit: 's',
  },
  reclaimHoldDownMaxMs: {
    label: 'After repeated failures, at most',
    hint: 'Each failure doubles the wait before failing back, up to this. 0: it stays the same.',
    unit: 's',
  },
};

export function formatTiming(name: TimingSetting, valueMs: number): string {
  return String(valueMs / unitMs[timingFields[name].unit]);
}

/** Range and default, as a sentence. */
export function describeRange(name: TimingSetting): string {
  const { unit } = timingFields[name];
  const { least, most } = rangeOf(relationshipSettingsSchema.shape[name]);
  const show = (ms: number) => formatDecimal(ms / unitMs[unit]);
  const byDefault = show(relationshipSettingsDefault[name]);
  return `${show(least)} to ${show(most)} ${unit}, by default ${byDefault}.`;
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
  const valueMs = Math.round(Number(trimmed) * unitMs[timingFields[name].unit]);
  const parsed = relationshipSettingsSchema.shape[name].safeParse(valueMs);
  return parsed.success ? parsed.data : undefined;
}
