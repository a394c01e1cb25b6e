import type { RelationshipSettings } from '../../../src-shared/model/relationship.ts';

type Reclaim = RelationshipSettings['reclaim'];
export type ReclaimKind = 'automatic' | 'manual' | 'window';

export interface ReclaimDraft {
  kind: ReclaimKind;
  /** `HH:MM`, also while no window is chosen. */
  from: string;
  to: string;
}

const windowPattern = /^(\d\d:\d\d)-(\d\d:\d\d)$/;

export function draftOf(reclaim: Reclaim): ReclaimDraft {
  const [, from = '01:00', to = '05:00'] = windowPattern.exec(reclaim) ?? [];
  if (reclaim === 'automatic' || reclaim === 'manual') return { kind: reclaim, from, to };
  return { kind: 'window', from, to };
}

/** Undefined when the times are none, or the same. */
export function reclaimOf({ kind, from, to }: ReclaimDraft): Reclaim | undefined {
  if (kind !== 'window') return kind;
  const isTime = (text: string) => /^([01]\d|2[0-3]):[0-5]\d$/.test(text);
  return isTime(from) && isTime(to) && from !== to ? `${from}-${to}` : undefined;
}
