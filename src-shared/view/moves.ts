import type { LedgerStatus, NodeSnapshot } from '../model/node-snapshot.ts';
import type { SwitchoverResult } from '../model/relationship.ts';
import { countOf, isOrAre, type CountOf } from './count-of.ts';
import { describeTook } from './describe-span.ts';
import { type Numbers, plainNumbers } from './numbers.ts';
import { primaryOf } from '../model/ledger-config.ts';
import {
  countCovered,
  countUncovered,
  isConnected,
  isFailedOver,
  nameServer,
  protectedLedgers,
  type Served,
} from './protection.ts';
import { joinNames } from './join-names.ts';

/** A planned change of who serves. */
export interface Move {
  kind: 'switchover' | 'failback';
  /** Who serves everything afterwards; null: each its own. */
  to: string | null;
  ledgers: LedgerStatus[];
  /** The servers that take over have everything that they need. */
  ready: boolean;
}

/** Gives back what is not served by its primary; null when there is nothing of the kind. */
export function failbackOf(node: NodeSnapshot): Move | null {
  const ledgers = protectedLedgers(node).filter(isFailedOver);
  if (ledgers.length === 0) return null;
  const primaries = [...new Set(ledgers.map(primaryOf))];
  const ready = ledgers.every((ledger) => ledger.synchronised.includes(primaryOf(ledger)));
  return {
    kind: 'failback',
    to: primaries.length === 1 ? (primaries[0] ?? null) : null,
    ledgers,
    ready,
  };
}

/** Gives to one member what others serve: away from this server, else to it. */
export function switchoverOf(node: NodeSnapshot): Move | null {
  const ledgers = protectedLedgers(node);
  const here = node.server.id;
  const away = ledgers.find(({ active }) => active === here);
  const others = away?.members.filter((id) => id !== here) ?? [];
  const prepared = others.find((id) => away?.synchronised.includes(id) === true);
  const to = away ? (prepared ?? others[0]) : here;
  if (to === undefined) return null;
  const moved = ledgers.filter(({ members, active }) => members.includes(to) && active !== to);
  if (moved.length === 0) return null;
  const ready = moved.every(
    ({ active, synchronised }) => active !== null && synchronised.includes(to),
  );
  return { kind: 'switchover', to, ledgers: moved, ready };
}

/** What a switchover leaves behind: licences that nobody serves until they are given back. */
function describeLeftBehind(node: NodeSnapshot, { to, ledgers }: Move, count: CountOf): string {
  const left = ledgers.filter((ledger) => to !== null && primaryOf(ledger) !== to);
  return sayUncovered(countUncovered(node, left), 'until somebody fails back', count);
}

/** `until`: for how long they are not served. */
function sayUncovered(left: Served, until: string, count: CountOf): string {
  if (left.licenses === 0) return '';
  const are = left.licenses === 1 ? 'is not covered and is' : 'are not covered and are';
  return `${describeServed(left, count)} ${are} not served ${until}.`;
}

/** What a failback has served again that nobody serves now. */
function describeResumed(node: NodeSnapshot, { ledgers }: Move, count: CountOf): string {
  const { licenses } = countUncovered(node, ledgers);
  if (licenses === 0) return '';
  return `${sayResumed(licenses, count)}: no other server may serve ${licenses === 1 ? 'it' : 'them'}.`;
}

/** What an admin would order now: to give back what was taken over, else to switch over. */
export function sensibleMove(node: NodeSnapshot): Move | null {
  return failbackOf(node) ?? switchoverOf(node);
}

/** What a move is called as an order and while it runs, and why there is none to make. */
export const moveWords: Record<
  Move['kind'],
  { verb: string; running: string; done: string; none: string }
> = {
  switchover: {
    verb: 'Switch over',
    running: 'Switching over …',
    done: 'Switched over',
    none: 'Licences are served by another server than their own: fail back first.',
  },
  failback: {
    verb: 'Fail back',
    running: 'Failing back …',
    done: 'Failed back',
    none: 'Every licence is served by its own server: there is nothing to give back.',
  },
};

/** “Switch over to SRV-B …”: the button or menu entry that asks for a move; null: there is none now. */
export function labelMove(kind: Move['kind'], node: NodeSnapshot, move: Move | null): string {
  const to = move === null || move.to === null ? '' : ` to ${nameServer(node, move.to)}`;
  return `${moveWords[kind].verb}${to} …`;
}

/** Who takes over, as the subject of a sentence. */
function nameTaker(node: NodeSnapshot, { to }: Move): string {
  return to === null ? 'Each server' : nameServer(node, to);
}

/** `taker`: who takes over, as the subject of a sentence. */
export function describeTakeover(taker: string, served: Served, count: CountOf = countOf): string {
  return `${taker} takes over ${describeServed(served, count)}.`;
}

export function describeServed({ licenses, unitsInUse }: Served, count: CountOf = countOf): string {
  const seats = unitsInUse > 0 ? ` with ${count(unitsInUse, 'seat')} in use` : '';
  return `${count(licenses, 'licence')}${seats}`;
}

/**
 * What a move would do, before it is ordered; the last sentence only where it leaves licences behind, or
 * has some served again.
 */
export function describePlan(
  node: NodeSnapshot,
  move: Move,
  count: CountOf = countOf,
): { what: string; kept: string; until: string; left: string } {
  const taker = nameTaker(node, move);
  return {
    what: describeTakeover(taker, countCovered(node, move.ledgers), count),
    kept:
      'Every seat is kept: applications that ask meanwhile wait for a moment, and the server that ' +
      'takes over answers them.',
    until: move.kind === 'failback' ? '' : `${taker} goes on serving until somebody fails back.`,
    left:
      move.kind === 'failback'
        ? describeResumed(node, move, count)
        : describeLeftBehind(node, move, count),
  };
}

/** What a drill would do, before it is ordered; `left` only where a standby may not serve everything. */
export function describeDrillPlan(
  node: NodeSnapshot,
  count: CountOf = countOf,
): { what: string; left: string } {
  const ledgers = protectedLedgers(node);
  const several = ledgers.some(({ members }) => members.length > 2);
  const taker = several ? 'Each standby in its turn' : 'The standby';
  const served = describeServed(countCovered(node, ledgers), count);
  return {
    what: `${taker} takes over ${served}, serves for a moment, and gives back what it took over.`,
    left: sayUncovered(countUncovered(node, ledgers), 'meanwhile', count),
  };
}

/** Why a move cannot be made yet. */
export function describeUnready(node: NodeSnapshot, { to }: Move): string {
  if (to === null) return 'Not every server is synchronised yet.';
  const state = isConnected(node, to) ? 'is not synchronised yet' : 'is down or cannot be reached';
  return `${nameServer(node, to)} ${state}.`;
}

/** Why neither a switchover nor a drill can be made before something is given back; null: nothing is to be. */
export function describeGiveBackFirst(node: NodeSnapshot): string | null {
  const failback = failbackOf(node);
  if (failback === null) return null;
  return failback.ready ? moveWords.switchover.none : describeUnready(node, failback);
}

const nothingMoved = 'Every licence is served where it should be already.';

type MoveDone = SwitchoverResult['moves'][number];

/** What each move of an order did, a sentence a move: who serves now, and what moved in which time. */
export function describeMoves(
  { moves }: SwitchoverResult,
  { count, decimal }: Numbers = plainNumbers,
): string[] {
  if (moves.length === 0) return [nothingMoved];
  return moves.map(({ from, to, tookMs, licenses, units, resumed }) => {
    const moved = describeServed({ licenses, unitsInUse: units }, count);
    const again = resumed === 0 ? '' : ` ${sayResumed(resumed, count)}.`;
    return `${to.name} took over ${moved} from ${from.name} in ${describeTook(tookMs, decimal)}.${again}`;
  });
}

function sayResumed(licenses: number, count: CountOf): string {
  return `${count(licenses, 'more licence')} ${isOrAre(licenses)} served again`;
}

/** All moves of an order together, for a notification. */
export function summariseMoves({ moves }: SwitchoverResult): { title: string; body: string } {
  if (moves.length === 0) return { title: 'Nothing was moved', body: nothingMoved };
  const sum = (of: (move: MoveDone) => number) => moves.reduce((all, move) => all + of(move), 0);
  const servers = joinNames([...new Set(moves.map(({ to }) => to.name))]);
  const tookMs = Math.max(...moves.map((move) => move.tookMs));
  const licenses = sum((move) => move.licenses);
  const units = sum((move) => move.units);
  const moved = describeServed({ licenses, unitsInUse: units });
  const resumed = sum((move) => move.resumed);
  const again = resumed === 0 ? '' : ` ${sayResumed(resumed, countOf)}.`;
  return {
    title: `${servers} ${moves.length > 1 ? 'serve' : 'serves'} now`,
    body: `${moved} moved in ${describeTook(tookMs)}.${again}`,
  };
}
