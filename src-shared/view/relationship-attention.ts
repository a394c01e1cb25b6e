import type { Attention } from '../model/attention.ts';
import { countOf } from './count-of.ts';
import { hindranceWords } from './describe-hindrance.ts';
import { joinNames } from './join-names.ts';
import type { NodeSnapshot } from '../model/node-snapshot.ts';
import { primaryOf } from '../model/ledger-config.ts';
import { inEachRelationship } from './one-relationship.ts';
import { describeClocksApart } from './describe-clocks-apart.ts';
import { dayMs } from '../model/time-units.ts';
import { describeReadiness } from './describe-readiness.ts';
import { describeReturn, isBack } from './describe-return.ts';
import {
  countCovered,
  describeWaiting,
  findDisplaced,
  findFailovers,
  findUnsynchronised,
  isConnected,
  isFailedOver,
  joinFailovers,
  nameServer,
  protectedLedgers,
  standbysOf,
  type Failover,
} from './protection.ts';

import { goesOnByItself, wordsOfState } from './relationship-words.ts';

/** For so long what was done to a relationship is named, in ms. */
const recentMs = dayMs;

/** What needs attention of servers that protect each other: one entry a cause. */
export function deriveRelationshipAttention(node: NodeSnapshot): Attention[] {
  const ended = derivePairingEnded(node);
  const each = inEachRelationship(node).map((one) => deriveOfOne(one, ended.length > 0));
  return [
    ...each.flatMap(({ first }) => first),
    ...deriveOverdraft(node),
    ...ended,
    ...deriveDissolved(node),
    ...deriveFailedDrill(node),
    ...each.flatMap(({ last }) => last),
  ];
}

/** `isExact`: something more exact was said already than that a failover would not work. */
function deriveOfOne(
  node: NodeSnapshot,
  isExact: boolean,
): { first: Attention[]; last: Attention[] } {
  const failovers = joinFailovers([...findFailovers(node), ...findDisplaced(node)]);
  const unsynchronised = deriveUnsynchronised(node, failovers);
  const isSaid = isExact || failovers.length + unsynchronised.length > 0;
  return {
    first: [...failovers.map((failover) => describeFailover(node, failover)), ...unsynchronised],
    last: [...deriveStep(node), ...(isSaid ? [] : deriveUnready(node))],
  };
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
    title: back || planned ? `${to} serves for ${from}` : `${from} ${describeEnd(failover)}`,
    text: [
      `${to} is serving ${kept}.`,
      describeWaiting(node, [{ ...failover, ledgers: ledgers.filter(isFailedOver) }]),
      describeReturn(node, failover),
    ]
      .filter((sentence) => sentence !== '')
      .join(' '),
    tab: 'overview',
  };
}

/** How the server that failed came to serve no longer. */
function describeEnd({ ledgers }: Failover): string {
  if (ledgers.some(({ reclaim }) => reclaim?.stopped)) return 'was stopped';
  const hindrance = ledgers.flatMap(({ reclaim }) => reclaim?.hindrance ?? [])[0];
  return hindrance === undefined ? 'stopped responding' : hindranceWords[hindrance];
}

function deriveUnsynchronised(node: NodeSnapshot, failovers: readonly Failover[]): Attention[] {
  if (node.relationship?.state !== 'established') return [];
  return findUnsynchronised(node)
    .filter((id) => !failovers.some(({ primary }) => primary === id))
    .map((id) => {
      const name = nameServer(node, id);
      const connected = isConnected(node, id);
      const problem = node.servers.find((row) => row.id === id)?.problem;
      const none = protectedLedgers(node).some(
        (ledger) => ledger.members.includes(id) && standbysOf(node, ledger).length === 0,
      );
      const votes = node.readiness.reasons.find(({ code }) => code === 'QUORUM_MARGIN');
      const state = connected ? 'is not synchronised' : 'is down or cannot be reached';
      const why = connected
        ? (describeClocksApart(node, id) ?? `${name} is connected and catching up.`)
        : (problem?.message ?? `Start ${name}, or mend the connection.`);
      return {
        key: `unsynchronised:${id}`,
        severity: 'warning',
        title: none ? `No standby is left: ${name} ${state}` : `${name} ${state}`,
        text: `${why} ${votes?.message ?? describeLoss(node, name, none)}`,
        tab: connected ? 'overview' : 'servers',
      };
    });
}

function describeLoss(node: NodeSnapshot, name: string, none: boolean): string {
  if (none) return `Until ${name} is synchronised, a failover would lose what ${name} lacks.`;
  const standbys = protectedLedgers(node).flatMap((ledger) => standbysOf(node, ledger));
  const names = [...new Set(standbys)].map((id) => nameServer(node, id));
  return `${joinNames(names)} could take over meanwhile.`;
}

/** Another server's admin ended the relationship: this one's is told. */
function deriveDissolved({ events, server, at, relationships }: NodeSnapshot): Attention[] {
  // What is newer comes first: a relationship that was set up since takes its place.
  const event = events.find(
    ({ kind, severity, server: by }) =>
      kind === 'relationshipCreated' ||
      (kind === 'relationshipDissolved' && severity === 'warning' && by === server.id),
  );
  if (event?.kind !== 'relationshipDissolved') return [];
  // As long as it stands here, how it is says the same.
  if (relationships.some(({ pending }) => pending === event.message)) return [];
  if (Date.parse(at) - Date.parse(event.at) > recentMs) return [];
  return [
    {
      key: `dissolved:${event.sequence}`,
      severity: 'warning',
      title: 'The relationship was dissolved',
      text: event.message,
      tab: 'failover',
    },
  ];
}

/** Until another one is passed. */
function deriveFailedDrill({ relationship, events, at }: NodeSnapshot): Attention[] {
  const event = events.find(({ kind }) => kind === 'drillFinished');
  if (!relationship || event?.severity !== 'error') return [];
  if (Date.parse(at) - Date.parse(event.at) > recentMs) return [];
  return [
    {
      key: `drill:${event.at}`,
      severity: 'error',
      title: 'The drill failed',
      text: event.message,
      tab: 'failover',
    },
  ];
}

function deriveOverdraft(node: NodeSnapshot): Attention[] {
  return node.ledgers.flatMap((ledger) =>
    ledger.overdraft
      ? [
          {
            key: `overdraft:${ledger.id}`,
            severity: 'warning' as const,
            title: `${countOf(ledger.overdraft.units, 'more seat')} in use than licensed`,
            text:
              `The timeline says how seats of ${nameServer(node, primaryOf(ledger))} came to be ` +
              'given out that its licences do not have. Every holder keeps its seat; no new one is ' +
              'granted until enough are returned.',
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
      title: `${name} is no longer paired`,
      text: problem?.message ?? 'The other server has ended the pairing.',
      tab: 'servers',
    }));
}

/** A relationship on its way, while it is. */
function deriveStep({ relationship }: NodeSnapshot): Attention[] {
  if (!relationship || relationship.state === 'established') return [];
  const { outside } = relationship;
  return [
    {
      key: `relationship:${relationship.id}:${outside ? 'outside' : relationship.state}`,
      severity: outside ? 'warning' : 'info',
      title: `The relationship is ${wordsOfState(relationship).short}`,
      text: relationship.pending ?? goesOnByItself,
      tab: 'failover',
    },
  ];
}

/** Only when nothing more exact was said of why. */
function deriveUnready(node: NodeSnapshot): Attention[] {
  const { relationship, readiness } = node;
  if (relationship?.state !== 'established' || readiness.ready) return [];
  const { title, reasons } = describeReadiness(node);
  return [
    {
      key: `readiness:${relationship.id}`,
      severity: 'warning',
      title,
      text: reasons.join(' ') || 'If the server that serves now stopped, none would take over.',
      tab: 'overview',
    },
  ];
}
