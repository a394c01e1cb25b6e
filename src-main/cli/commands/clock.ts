import type { Command } from 'commander';
import {
  describeClockRemedy,
  describeClockState,
  ledgerTimeMs,
} from '../../../src-shared/view/clock-attention.ts';
import { describeSpan } from '../../../src-shared/view/describe-span.ts';
import type { LedgerClock } from '../../../src-shared/model/ledger-clock.ts';
import { primaryOf } from '../../../src-shared/model/ledger-config.ts';
import type { LedgerStatus, NodeSnapshot } from '../../../src-shared/model/node-snapshot.ts';
import { formatInstant } from '../../../src-shared/model/scalars.ts';
import { addCommand, commonOptionsSchema, perform } from '../frame/command-frame.ts';
import { callNode } from '../frame/open-node.ts';
import { namer } from '../text/relationship-text.ts';
import { formatPairs, printable } from '../text/table.ts';
import type { Terminal } from '../frame/terminal.ts';
import { formatLocalTime } from '../text/time-text.ts';

export function addClockCommands(program: Command, terminal: Terminal): void {
  const command = addCommand(program, 'clock', {
    summary: 'show what time the ledgers go by here, and why',
    example: 'understudy clock',
  });
  perform(command, terminal, commonOptionsSchema, async (context) => {
    const snapshot = await callNode(context, 'snapshot', {});
    const clocks = clocksOf(snapshot).map(({ ledger, clock }) => ({
      ledger: ledger.id,
      ledgerTime: formatInstant(ledgerTimeMs(clock, Date.parse(snapshot.at))),
      hostTime: snapshot.at,
      ...clock,
    }));
    return { document: { clocks }, text: describeClocks(snapshot) };
  });
  addAccept(command, terminal);
}

function addAccept(group: Command, terminal: Terminal): void {
  const command = addCommand(group, 'accept', {
    summary: "take the ledger's time from this server's clock again, forward or back",
    example: 'understudy clock accept',
  });
  perform(command, terminal, commonOptionsSchema, async (context) => {
    const document = await callNode(context, 'clock.accept', {});
    const { changedMs, ledgerTime } = document;
    const change =
      changedMs === 0
        ? 'as it was'
        : `${describeSpan(Math.abs(changedMs))} ` +
          (changedMs > 0 ? 'later than it was' : 'earlier than it was');
    return {
      document,
      text: printable(`The ledger's time is ${formatLocalTime(ledgerTime)} now, ${change}.`),
    };
  });
}

function clocksOf({ ledgers }: NodeSnapshot): { ledger: LedgerStatus; clock: LedgerClock }[] {
  return ledgers.flatMap((ledger) => (ledger.clock ? [{ ledger, clock: ledger.clock }] : []));
}

function describeClocks(snapshot: NodeSnapshot): string {
  const { server, relationship, at } = snapshot;
  const nameOf = namer([server], relationship?.members ?? []);
  return clocksOf(snapshot)
    .map(({ ledger, clock }) =>
      [
        formatPairs([
          ['Ledger', `of ${nameOf(primaryOf(ledger))}`],
          ["Ledger's time", formatLocalTime(formatInstant(ledgerTimeMs(clock, Date.parse(at))))],
          ['Clock here', formatLocalTime(at)],
        ]),
        printable([describeClockState(clock), describeClockRemedy(clock)].join(' ').trim()),
      ].join('\n'),
    )
    .join('\n\n');
}
