import { shortId } from '../../../src-shared/view/short-id.ts';
import type { TimelineEvent } from '../../../src-shared/model/timeline.ts';

/**
 * Entries as lines to paste into a mail or a sheet: time (UTC), severity, server where there are
 * several, message.
 */
export function timelineText(
  entries: readonly TimelineEvent[],
  serverNames: ReadonlyMap<string, string> | null,
): string {
  return entries
    .map(({ at, severity, server, message }) =>
      [
        at,
        severity,
        ...(serverNames ? [serverNames.get(server) ?? shortId(server)] : []),
        message.replaceAll(/\s+/g, ' '),
      ].join('\t'),
    )
    .join('\n');
}
