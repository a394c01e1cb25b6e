import { countOf, isOrAre } from './count-of.ts';
import type { NodeSnapshot } from '../model/node-snapshot.ts';
import { primaryOf } from '../model/ledger-config.ts';
import {
  countCovered,
  countServedBy,
  countUncovered,
  findFailovers,
  findUnsynchronised,
  isConnected,
  isFailedOver,
  nameServer,
  protectedLedgers,
  standbysOf,
} from './protection.ts';
import { joinNames } from './join-names.ts';
import { inEachRelationship } from './one-relationship.ts';
import type { MemberStatus } from '../model/relationship.ts';
import { describeConnected, describeSynchronised, wordsOfState } from './relationship-words.ts';

/** Each relationship in one line, what matters most first, those in which something is wrong before others. */
export function describeRelationships(node: NodeSnapshot): string[] {
  return inEachRelationship(node)
    .sort((a, b) => rankOf(a) - rankOf(b))
    .map(describeOne);
}

/** The lower, the worse. */
function rankOf(node: NodeSnapshot): number {
  if (findFailovers(node).length > 0) return 0;
  return node.readiness.ready ? 2 : 1;
}

function describeOne(node: NodeSnapshot): string {
  const members = node.relationship?.members ?? [];
  const names = members.filter(({ role }) => role !== 'witness').map(({ name }) => name);
  return `${names.join(' + ')}: ${describeState(node, node.readiness.ready)}`;
}

function describeState(node: NodeSnapshot, ready: boolean): string {
  const failover = findFailovers(node)[0];
  if (failover) {
    const [from, to] = [nameServer(node, failover.primary), nameServer(node, failover.active)];
    const { licenses, unitsInUse } = countCovered(node, failover.ledgers);
    const waiting = countUncovered(node, failover.ledgers).licenses;
    const wait =
      waiting === 0 ? '' : `; ${waiting} ${waiting === 1 ? 'waits' : 'wait'} for ${from}`;
    return (
      `${to} serves for ${from}, ${countOf(licenses, 'licence')}, ` +
      `${countOf(unitsInUse, 'seat')}${wait}`
    );
  }
  const { relationship } = node;
  if (relationship && relationship.state !== 'established') return wordsOfState(relationship).short;
  if (ready) return 'ready for a failover';
  const late = findUnsynchronised(node);
  const reached = late.filter((id) => isConnected(node, id)).map((id) => nameServer(node, id));
  const lost = late.filter((id) => !isConnected(node, id)).map((id) => nameServer(node, id));
  const isBare = protectedLedgers(node).some((ledger) => standbysOf(node, ledger).length === 0);
  const bare = isBare ? 'no standby is left, ' : '';
  if (lost.length > 0) return `${bare}${joinNames(lost)} ${isOrAre(lost.length)} down`;
  if (reached.length > 0) return `${joinNames(reached)} not synchronised`;
  return 'a failover would not work now';
}

/** The relationships as lines for a message or a ticket. */
export function describeRelationshipsAtLength(node: NodeSnapshot): string[] {
  return inEachRelationship(node).flatMap(describeAtLength);
}

function describeAtLength(node: NodeSnapshot): string[] {
  const { relationship, readiness } = node;
  if (!relationship) return [];
  const { kind, policy, mutual, state, pending, members } = relationship;
  const lines = [
    `Relationship: ${kind}${mutual ? ', mutual' : ''}, policy ${policy}, ${state}`,
    ...(pending === null ? [] : [`  waits for: ${pending}`]),
    ...members.map((member) => `  ${describeMember(member)}`),
  ];
  for (const ledger of protectedLedgers(node)) {
    const active = ledger.active === null ? 'nobody' : nameServer(node, ledger.active);
    const owner = nameServer(node, primaryOf(ledger));
    const { licenses, unitsInUse } = isFailedOver(ledger)
      ? countCovered(node, [ledger])
      : countServedBy(node, [ledger], ledger.active ?? '');
    const what = `${countOf(licenses, 'licence')}, ${countOf(unitsInUse, 'seat')} in use`;
    lines.push(`  Licences of ${owner}: served by ${active}, term ${ledger.term}, ${what}`);
  }
  lines.push(`  Ready for a failover: ${readiness.ready ? 'yes' : 'no'}`);
  for (const reason of readiness.reasons) lines.push(`    ${reason.code}: ${reason.message}`);
  for (const sentence of readiness.together) lines.push(`    ${sentence}`);
  return lines;
}

function describeMember(member: MemberStatus): string {
  const { name, role, address, paired, connected, synchronised } = member;
  const states = [
    ...(paired ? [] : ['not paired']),
    describeConnected(connected),
    ...(role === 'witness' ? [] : [describeSynchronised(synchronised)]),
  ];
  return `${role} ${name}${address === '' ? '' : ` (${address})`}: ${states.join(', ')}`;
}
