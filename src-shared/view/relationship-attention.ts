import type { Attention } from '../model/attention.ts';
import { countOf } from './count-of.ts';
import type { NodeSnapshot } from '../model/node-snapshot.ts';
import { primaryOf } from '../model/ledger-config.ts';
import {
  countCovered,
  describeWaiting,
  findFailovers,
  findUnsynchronised,
  nameServer,
  type Failover,
} from './protection.ts';

import { goesOnByItself, stateWords } from './relationship-words.ts';

/** Longer than a link takes to find out that the other server hangs, in ms. */
const hangingToleratedMs = 10_000;

/** What needs attention of servers that protect each other: one entry a cause. */
export function deriveRelationshipAttention(node: NodeSnapshot): Attention[] {
  const failovers = findFailovers(node);
  const list = [
    ...failovers.map((failover) => describeFailover(node, failover)),
    ...deriveUnsynchronised(node, failovers),
    ...deriveOverdraft(node),
    ...derivePairingEnded(node),
  ];
  return [...list, ...deriveStep(node), ...(list.length === 0 ? deriveUnready(node) : [])];
}

function describeFailover(node: NodeSnapshot, failover: Failover): Attention {
  const { primary, active, planned, ledgers } = failover;
  const [from, to] = [nameServer(node, primary), nameServer(node, active)];
  const back = isBack(node, failover);
  const { licenses, unitsInUse } = countCovered(node, ledgers);
  const kept = `${countOf(licenses, 'licence')}, ${countOf(unitsInUse, 'seat')} kept`;
  return {
    key: `failover:${primary}:${active}`,
    severity: planned ? 'info' : back ? 'warning' : 'error',
    title: back || planned ? `${to} serves for ${from}` : `${from} stopped responding`,
    text: [
      `${to} is serving ${kept}.`,
      describeWaiting(node, [failover]),
      describeReturn(node, failover, { from, back }),
    ]
      .filter((sentence) => sentence !== '')
      .join(' '),
    tab: 'overview',
  };
}

/**
 * A server that hangs keeps its connection open for some seconds: right after a takeover only one that
 * has everything counts as back.
 */
function isBack(node: NodeSnapshot, { primary, ledgers }: Failover): boolean {
  if (primary === node.server.id) return true;
  if (!isConnected(node, primary)) return false;
  const atMs = Date.parse(node.at);
  return ledgers.every(
    ({ synchronised, activeSince }) =>
      synchronised.includes(primary) ||
      activeSince === null ||
      atMs - Date.parse(activeSince) >= hangingToleratedMs,
  );
}

function describeReturn(
  node: NodeSnapshot,
  { primary, planned, ledgers }: Failover,
  { from, back }: { from: string; back: boolean },
): string {
  if (planned) return 'An admin switched over; fail back when it is time.';
  const when = back ? '' : 'once it is back and ';
  const reclaim = node.relationship?.settings.reclaim ?? 'automatic';
  if (reclaim === 'manual') {
    const synchronised = ledgers.every((ledger) => ledger.synchronised.includes(primary));
    if (back && synchronised) return `${from} is back and synchronised: fail back when it is time.`;
    return `Fail back by hand ${when}synchronised.`;
  }
  const hours = reclaim === 'automatic' ? '' : `, between ${reclaim.replace('-', ' and ')}`;
  return `${from} takes over again by itself ${when}synchronised${hours}.`;
}

function deriveUnsynchronised(node: NodeSnapshot, failovers: readonly Failover[]): Attention[] {
  if (node.relationship?.state !== 'established') return [];
  return findUnsynchronised(node)
    .filter((id) => !failovers.some(({ primary }) => primary === id))
    .map((id) => {
      const name = nameServer(node, id);
      const connected = id === node.server.id || isConnected(node, id);
      const problem = node.servers.find((row) => row.id === id)?.problem;
      const why = connected ? 'It is connected and catching up.' : 'It cannot be reached.';
      return {
        key: `unsynchronised:${id}`,
        severity: 'warning',
        title: `${name} is not synchronised`,
        text:
          `${why}${!connected && problem ? ` ${problem.message}` : ''} ` +
          `Until ${name} is synchronised, a failover would lose what ${name} lacks.`,
        tab: connected ? 'overview' : 'servers',
      };
    });
}

function deriveOverdraft(node: NodeSnapshot): Attention[] {
  return node.ledgers.flatMap((ledger) =>
    ledger.overdraft
      ? [
          {
            key: `overdraft:${ledger.id}`,
            severity: 'warning' as const,
            title: `${countOf(ledger.overdraft.units, 'seat')} more out than licensed`,
            text:
              `The timeline says how seats of ${nameServer(node, primaryOf(ledger))} came to be ` +
              'given out that its licences do not have. Every holder keeps its seat; no new one is ' +
              'granted until fewer are out.',
            tab: 'licences' as const,
          },
        ]
      : [],
  );
}

function derivePairingEnded(node: NodeSnapshot): Attention[] {
  return node.servers
    .filter(({ pairing }) => pairing === 'ended')
    .map(({ id, name, problem }) => ({
      key: `pairing:${id}`,
      severity: 'warning',
      title: `${name} is paired no longer`,
      text: problem?.message ?? 'The other server has ended the pairing.',
      tab: 'servers',
    }));
}

/** A relationship on its way, while it is. */
function deriveStep({ relationship }: NodeSnapshot): Attention[] {
  if (!relationship || relationship.state === 'established') return [];
  return [
    {
      key: `relationship:${relationship.id}:${relationship.state}`,
      severity: 'info',
      title: `The relationship is ${stateWords[relationship.state].short}`,
      text: relationship.pending ?? goesOnByItself,
      tab: 'failover',
    },
  ];
}

/** Only when nothing more exact was said. */
function deriveUnready(node: NodeSnapshot): Attention[] {
  const { relationship, readiness } = node;
  if (relationship?.state !== 'established' || readiness.ready) return [];
  return [
    {
      key: 'readiness',
      severity: 'warning',
      title: 'A failover would not work now',
      text: readiness.reasons.map(({ message }) => message).join(' '),
      tab: 'overview',
    },
  ];
}

function isConnected(node: NodeSnapshot, id: string): boolean {
  const member = node.relationship?.members.find((candidate) => candidate.id === id);
  return member?.connected ?? false;
}
