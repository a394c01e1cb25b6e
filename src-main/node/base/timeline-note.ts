import type { Actor } from '../../../src-shared/model/actor.ts';
import type { Severity, TimelineKind } from '../../../src-shared/model/timeline.ts';

/** An entry for this server's own journal, before it has a number and a time. */
export interface TimelineNote {
  kind: TimelineKind;
  severity: Severity;
  message: string;
  /** By whom; undefined: nobody's order. */
  actor?: Actor;
}
