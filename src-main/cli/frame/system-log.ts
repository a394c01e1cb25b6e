import { fstatSync } from 'node:fs';
import { eventIdOf } from '../../../src-shared/model/event-id.ts';
import { escapeHidden } from '../../../src-shared/model/hidden-characters.ts';
import type { Severity, TimelineEvent } from '../../../src-shared/model/timeline.ts';

/** An entry of the timeline, as a system log takes it. */
export type LoggedEvent = Pick<TimelineEvent, 'kind' | 'severity' | 'message'>;

/** Longest text of an entry in characters; the timeline has all of it. */
const textLengthMax = 1_000;

/** Levels of syslog (RFC 5424), as systemd reads them in front of a line (sd-daemon(3)). */
const priorities: Record<Severity, number> = { error: 3, warning: 4, info: 6 };

/** `[201] text`, in one line without characters that are not seen. */
function textOf({ message }: LoggedEvent): string {
  return escapeHidden(message).slice(0, textLengthMax);
}

/** The line on stderr that the journal of systemd keeps with the priority of the entry. */
export function journalLine(event: LoggedEvent): string {
  return `<${priorities[event.severity]}>[${eventIdOf[event.kind]}] ${textOf(event)}\n`;
}

/** What the service on Windows puts into the event log (src-main/windows-host/host-pipe.h). */
export function hostLine(event: LoggedEvent): string {
  return `event ${eventIdOf[event.kind]} ${event.severity} ${textOf(event)}\n`;
}

/** Whether stderr goes to the journal of systemd: JOURNAL_STREAM names what it was when the unit began. */
export function isJournal(named: string | undefined, descriptor = 2): boolean {
  if (!named) return false;
  try {
    const { dev, ino } = fstatSync(descriptor, { bigint: true });
    return named === `${dev}:${ino}`;
  } catch {
    return false;
  }
}
