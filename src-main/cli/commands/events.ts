import { escapeHiddenInText } from '../../../src-shared/model/hidden-characters.ts';
import type { Command } from 'commander';
import { z } from 'zod';
import { describeActor } from '../../../src-shared/view/describe-actor.ts';
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
import { namer } from '../text/relationship-text.ts';
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
    const describe = context.json ? describeAsJson : await describer(context);
    if (!options.follow) {
      const text = events.length === 0 ? 'Nothing has happened.' : events.map(describe).join('\n');
      return { document: { events }, text };
    }
    const print = (more: TimelineEvent[]) => {
      if (more.length > 0) context.terminal.out(`${more.map(describe).join('\n')}\n`);
    };
    print(events);
    await follow(context, { search, print, after: newest.events[0]?.sequence ?? 0 });
    return null;
  });
}

interface Following {
  search: string;
  /** Sequence of the last entry that is printed. */
  after: number;
  print: (events: TimelineEvent[]) => void;
}

/** Resolves at a signal or when nobody reads any more; rejects when the node is gone. */
function follow(context: CommandContext, { search, after, print }: Following): Promise<void> {
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
        print(events);
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

function describeAsJson(event: TimelineEvent): string {
  return escapeHiddenInText(JSON.stringify(event));
}

const severityText = { info: '       ', warning: 'WARNING', error: 'ERROR  ' };

/** Where there are other servers, each entry names the one whose word it is. */
async function describer(context: CommandContext): Promise<(event: TimelineEvent) => string> {
  const [{ server: own }, { servers }] = await Promise.all([
    callNode(context, 'status', {}),
    callNode(context, 'servers.list', {}),
  ]);
  const paired = servers.filter((server) => server.paired);
  const known = namer([own], servers);
  const isOne = paired.length === 0;
  const width = Math.max(...[own, ...paired].map(({ name }) => name.length));
  return ({ at, severity, message, server, actor }) => {
    const named = isOne && server === own.id ? undefined : known;
    const by = describeActor(actor, named);
    const place = named ? [named(server).padEnd(width)] : [];
    const text = by === '' ? message : `${message} (${by})`;
    return printable([formatLocalTime(at), severityText[severity], ...place, text].join('  '));
  };
}
