import { dayMs } from '../model/time-units.ts';
import type { Attention } from '../model/attention.ts';
import { describeSpan } from './describe-span.ts';
import type { LedgerClock } from '../model/ledger-clock.ts';
import type { NodeSnapshot } from '../model/node-snapshot.ts';

/** For so long a clock that was wrong is named, since what was dated by it is still in sight. */
const recentMs = dayMs;

/** What an admin has to know of this host's clock: one entry, the worst ledger's. */
export function deriveClockAttention(node: NodeSnapshot): Attention[] {
  const clocks = node.ledgers.flatMap(({ clock }) => (clock ? [clock] : []));
  const worst = clocks
    .filter(({ state }) => state !== 'believed')
    .sort((a, b) => Math.abs(b.aheadMs) - Math.abs(a.aheadMs))[0];
  if (worst) {
    return [
      {
        key: `clock:${worst.state}`,
        severity: 'warning',
        title:
          worst.state === 'behind'
            ? `This server's clock is behind the ledger's time`
            : `This server's clock is not believed`,
        text: `${describeClockState(worst)} ${describeClockRemedy(worst)}`,
        tab: 'settings',
      },
    ];
  }
  return deriveRecentTrouble(node);
}

function deriveRecentTrouble({ events, at, server }: NodeSnapshot): Attention[] {
  const atMs = Date.parse(at);
  const trouble = events.find(
    (event) =>
      (event.kind === 'clockSetForward' || event.kind === 'clockSetBack') &&
      event.server === server.id &&
      Math.abs(atMs - Date.parse(event.at)) <= recentMs,
  );
  if (!trouble) return [];
  return [
    {
      key: `clock:was-wrong:${trouble.sequence}`,
      severity: 'warning',
      title: `This server's clock was wrong`,
      text:
        `The clock agrees with the ledger's time again. Nothing ends by a clock that is not believed; ` +
        'the timeline tells whether this one was.',
      tab: 'timeline',
    },
  ];
}

/** One sentence on what a ledger goes by, and why. */
export function describeClockState({ state, aheadMs, confirmsInSeconds }: LedgerClock): string {
  switch (state) {
    case 'believed':
      return `The ledger goes by this server's clock.`;
    case 'unconfirmed':
      return (
        `The clock is ${describeSpan(aheadMs)} ahead of the ledger's time, and no other server's ` +
        `clock has confirmed it. It is believed once it has stood for another ` +
        `${describeSpan((confirmsInSeconds ?? 0) * 1_000)}; until then nothing ends by it.`
      );
    case 'behind':
      return (
        `The clock is ${describeSpan(-aheadMs)} behind the ledger's time, by which licences and ` +
        'borrowed seats are judged.'
      );
  }
}

/** The ledger's time, in ms since 1970, where the host's clock shows `hostMs`. */
export function ledgerTimeMs({ aheadMs }: LedgerClock, hostMs: number): number {
  return hostMs - aheadMs;
}

/** What an admin can do about it. */
export function describeClockRemedy({ state }: LedgerClock): string {
  if (state === 'believed') return '';
  return state === 'behind'
    ? 'Set the clock right if it is wrong; if it is right, let the ledger take its time from it.'
    : 'Set the clock right if it is wrong; if it is right, wait, or let the ledger take it at once.';
}
