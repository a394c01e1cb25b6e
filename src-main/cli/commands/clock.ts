import type { Command } from 'commander';
import {
  describeClockRemedy,
  describeClockState,
} from '../../../src-shared/view/clock-attention.ts';
import type { LedgerClock } from '../../../src-shared/model/ledger-clock.ts';
import type { LedgerStatus, StatusDocument } from '../../../src-shared/model/node-snapshot.ts';
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
    const status = await callNode(context, 'status', {});
    const clocks = clocksOf(status);
    return {
      document: { clocks: clocks.map(({ ledger, clock }) => ({ ledger: ledger.id, ...clock })) },
      text: describeClocks(status),
    };
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
        : `${Math.abs(Math.round(changedMs / 1_000))} s ` +
          (changedMs > 0 ? 'later than it was' : 'earlier than it was');
    return {
      document,
      text: printable(`The ledger's time is ${formatLocalTime(ledgerTime)} now, ${change}.`),
    };
  });
}

function clocksOf({ ledgers }: StatusDocument): { ledger: LedgerStatus; clock: LedgerClock }[] {
  return ledgers.flatMap((ledger) => (ledger.clock ? [{ ledger, clock: ledger.clock }] : []));
}

function describeClocks(status: StatusDocument): string {
  const nameOf = namer([status.server], status.relationship?.members ?? []);
  return clocksOf(status)
    .map(({ ledger, clock }) =>
      [
        formatPairs([
          ['Ledger', `of ${nameOf(ledger.members[0] ?? status.server.id)}`],
          ['Its time', formatLocalTime(clock.ledgerTime)],
          ['Clock here', formatLocalTime(clock.hostTime)],
          ['Difference', `${(clock.aheadMs / 1_000).toFixed(1)} s`],
        ]),
        printable([describeClockState(clock), describeClockRemedy(clock)].join(' ').trim()),
      ].join('\n'),
    )
    .join('\n\n');
}
