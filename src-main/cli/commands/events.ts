import { escapeHiddenInText } from '../../../src-shared/model/hidden-characters.ts';
import type { Command } from 'commander';
import { z } from 'zod';
import { describeActor } from '../../../src-shared/view/describe-actor.ts';
import { shortId } from '../../../src-shared/view/short-id.ts';
import { pageRowsMax } from '../../../src-shared/contract/records.ts';
import type { TimelineEvent } from '../../../src-shared/model/timeline.ts';
import { newestFirst } from '../../../src-shared/view/timeline-order.ts';
import {
  addCommand,
  type CommandContext,
  commonOptionsSchema,
  perform,
} from '../frame/command-frame.ts';
import { CliFailure } from '../frame/failure.ts';
import { callNode, openNode } from '../frame/open-node.ts';
import { printable } from '../text/table.ts';
import type { Terminal } from '../frame/terminal.ts';
import { formatLocalTime } from '../text/time-text.ts';

const eventsOptionsSchema = commonOptionsSchema.extend({
  follow: z.boolean().default(false),
  limit: z.coerce.number().pipe(z.int().min(1).max(pageRowsMax)).default(50),
  search: z.string().max(128).default(''),
});

export function addEventsCommand(program: Command, terminal: Terminal): void {
  const command = addCommand(program, 'events', {
    summary: 'show the timeline, the newest at the end',
    example: 'understudy events --follow',
  })
    .option('--follow', 'go on, and print each new entry as it comes; with --json, one a line')
    .option('--limit <n>', `how many past entries, 1 to ${pageRowsMax} (default: 50)`)
    .option('--search <text>', 'only entries with this text');
  perform(command, terminal, eventsOptionsSchema, async (context, options) => {
    const { limit, search } = options;
    const newest = await callNode(context, 'events.list', { limit, search });
    const events = newestFirst(newest.events).toReversed();
    if (!options.follow) {
      const text = events.length === 0 ? 'Nothing has happened.' : events.map(describe).join('\n');
      return { document: { events }, text };
    }
    print(context, events);
    await follow(context, search, newest.events[0]?.sequence ?? 0);
    return null;
  });
}

/** Resolves at a signal or when nobody reads any more; rejects when the node is gone. */
function follow(context: CommandContext, search: string, after: number): Promise<void> {
  let last = after;
  let fetching = false;
  return new Promise((resolve, reject) => {
    const finish = (failure?: CliFailure): void => {
      stopWatching();
      forgetSignals();
      if (failure) reject(failure);
      else resolve();
    };
    const forgetSignals = context.terminal.onSignal(() => finish());
    const fetchNew = async (): Promise<void> => {
      for (;;) {
        const page = { afterSequence: last, limit: pageRowsMax, search };
        const { events } = await callNode(context, 'events.list', page);
        print(context, events);
        last = events.at(-1)?.sequence ?? last;
        if (events.length < pageRowsMax) return;
      }
    };
    const stopWatching = openNode(context).watch(
      ({ events }) => {
        const newest = Math.max(0, ...events.map(({ sequence }) => sequence));
        if (fetching || newest <= last) return;
        fetching = true;
        fetchNew()
          .then(() => {
            last = Math.max(last, newest);
            fetching = false;
          })
          .catch((error: unknown) => {
            finish(error instanceof CliFailure ? error : new CliFailure('INTERNAL', String(error)));
          });
      },
      ({ code, message }) => finish(new CliFailure(code, message)),
    );
    context.terminal.onOutClosed(() => finish());
  });
}

function print({ terminal, json }: CommandContext, events: TimelineEvent[]): void {
  const lines = events.map((event) =>
    json ? escapeHiddenInText(JSON.stringify(event)) : describe(event),
  );
  if (lines.length > 0) terminal.out(`${lines.join('\n')}\n`);
}

const severityText = { info: '       ', warning: 'WARNING', error: 'ERROR  ' };

function describe({ at, severity, message, actor }: TimelineEvent): string {
  const by = describeActor(actor, shortId);
  const text = by === '' ? message : `${message} (${by})`;
  return printable(`${formatLocalTime(at)}  ${severityText[severity]}  ${text}`);
}
