import type { LedgerStatus, NodeSnapshot } from '../../../src-shared/model/node-snapshot.ts';
import { isOrAre } from '../../../src-shared/view/count-of.ts';
import {
  countCovered,
  countServedBy,
  countUncovered,
  isFailedOver,
  nameServer,
  protectedLedgers,
} from '../../../src-shared/view/protection.ts';
import { primaryOf } from '../../../src-shared/model/ledger-config.ts';
import type { MemberStatus } from '../../../src-shared/model/relationship.ts';
import {
  describeConnected,
  describeSynchronised,
  roleWords,
} from '../../../src-shared/view/relationship-words.ts';
import { formatCount, formatNumber } from '../../base/format.ts';

/** What a member of a relationship does now; each has a shape and a colour of its own. */
export type MemberState =
  'active' | 'failover' | 'ready' | 'behind' | 'joining' | 'away' | 'witness';

export interface MemberLine {
  text: string;
  /** Since when that is so; null where it does not matter or is not known. */
  sinceMs: number | null;
}

export interface PairMember {
  id: string;
  name: string;
  role: string;
  /** The server that this window is of. */
  here: boolean;
  state: MemberState;
  /** Between this server and it; null: it is this server, or this one is a witness. */
  link: Link | null;
  lines: MemberLine[];
}

export interface Link {
  connected: boolean;
  synchronised: boolean;
}

export interface PairView {
  members: PairMember[];
  witness: PairMember | null;
  /** Of two members: between them; null on the witness, which does not see it. */
  link: Link | null;
  /** Of three members: between each and the next, and the last and the first; null: not seen here. */
  sides: (Link | null)[];
  /** The witness can be reached. */
  witnessConnected: boolean;
}

export const memberStateWords: Record<MemberState, string> = {
  active: 'Serving',
  failover: 'Serving as failover server',
  ready: 'Ready to take over',
  behind: 'Not synchronised',
  joining: 'Takes no part yet',
  away: 'Not connected',
  witness: 'Votes',
};

/** Who protects whom, as a picture shows it; null when there is no relationship. */
export function derivePair(node: NodeSnapshot): PairView | null {
  const { relationship } = node;
  if (!relationship) return null;
  const members = relationship.members.filter(({ role }) => role !== 'witness');
  const witness = relationship.members.find(({ role }) => role === 'witness');
  const here = members.some(({ id }) => id === node.server.id);
  const others = members.filter(({ id }) => id !== node.server.id);
  const ledgers = protectedLedgers(node);
  return {
    members: members.map((member) => describeMember(node, member)),
    witness: witness ? describeMember(node, witness) : null,
    link: here
      ? {
          connected: others.every(({ connected }) => connected),
          synchronised: ledgers.length > 0 && ledgers.every(isSynchronised),
        }
      : null,
    sides: members.map((member, rank) =>
      linkBetween(node, member, members[(rank + 1) % members.length] ?? member),
    ),
    witnessConnected: witness?.id === node.server.id || (witness?.connected ?? false),
  };
}

function linkFromHere(node: NodeSnapshot, member: MemberStatus): Link | null {
  const own = node.relationship?.members.find(({ id }) => id === node.server.id);
  return own && own.id !== member.id ? linkBetween(node, own, member) : null;
}

/** What this server sees of two members, one of which it is. */
function linkBetween(node: NodeSnapshot, one: MemberStatus, two: MemberStatus): Link | null {
  const { id } = node.server;
  if (one.id !== id && two.id !== id) return null;
  const other = one.id === id ? two : one;
  const ledgers = protectedLedgers(node);
  const synchronised =
    ledgers.length > 0 &&
    ledgers.every((ledger) => [one, two].every((end) => ledger.synchronised.includes(end.id)));
  return { connected: other.connected, synchronised };
}

function isSynchronised({ members, synchronised }: LedgerStatus): boolean {
  return members.every((id) => synchronised.includes(id));
}

function describeMember(node: NodeSnapshot, member: MemberStatus): PairMember {
  const ledgers = protectedLedgers(node).filter(({ members }) => members.includes(member.id));
  return {
    id: member.id,
    name: member.name,
    role: roleWords[member.role].label,
    here: member.id === node.server.id,
    state: deriveState(node, member, ledgers),
    link: linkFromHere(node, member),
    lines: describeLines(node, member, ledgers),
  };
}

function deriveState(
  node: NodeSnapshot,
  { id, role, connected }: MemberStatus,
  ledgers: readonly LedgerStatus[],
): MemberState {
  const here = id === node.server.id;
  if (!here && !connected) return 'away';
  if (role === 'witness') return 'witness';
  if (ledgers.length === 0) {
    return here && node.serving.state === 'serving' ? 'active' : 'joining';
  }
  const served = ledgers.filter(({ active }) => active === id);
  if (served.some(isFailedOver)) return 'failover';
  const synchronised = ledgers.every((ledger) => ledger.synchronised.includes(id));
  if (!synchronised) return 'behind';
  return served.length > 0 ? 'active' : 'ready';
}

function describeLines(
  node: NodeSnapshot,
  member: MemberStatus,
  ledgers: readonly LedgerStatus[],
): MemberLine[] {
  if (member.role === 'witness') {
    return [{ text: 'Votes on who serves; keeps no licences', sinceMs: null }];
  }
  if (ledgers.length === 0) return [{ text: 'Protects nothing yet', sinceMs: null }];
  return ledgers.map((ledger) => describeLine(node, member.id, ledger));
}

function describeLine(node: NodeSnapshot, id: string, ledger: LedgerStatus): MemberLine {
  return primaryOf(ledger) === id ? describeOwn(node, id, ledger) : describeOther(node, id, ledger);
}

/** What a server does with its own licences. */
function describeOwn(node: NodeSnapshot, id: string, ledger: LedgerStatus): MemberLine {
  const { active, synchronised } = ledger;
  if (active === id) {
    const { licenses, unitsInUse } = countServedBy(node, [ledger], id);
    const seats = `${formatCount(unitsInUse, 'seat')} in use`;
    return {
      text: `Serves ${formatCount(licenses, 'licence')} of its own, ${seats}`,
      sinceMs: since(ledger),
    };
  }
  const { licenses } = countCovered(node, [ledger]);
  const left = countUncovered(node, [ledger]).licenses;
  const server = active === null ? 'Nobody' : nameServer(node, active);
  const served = formatCount(licenses, 'licence');
  const all = formatNumber(licenses + left);
  const has = synchronised.includes(id) ? 'has' : 'lacks';
  const what =
    left === 0
      ? `${server} serves its ${served}`
      : `${server} serves ${formatNumber(licenses)} of its ${all} licences, and ${formatNumber(left)} ` +
        `${isOrAre(left)} not served`;
  return { text: `${what}; ${nameServer(node, id)} ${has} their newest state`, sinceMs: null };
}

/** What a server does with the licences of another. */
function describeOther(node: NodeSnapshot, id: string, ledger: LedgerStatus): MemberLine {
  const primary = nameServer(node, primaryOf(ledger));
  const { licenses, unitsInUse } = countCovered(node, [ledger]);
  if (ledger.active === id) {
    const seats = `${formatCount(unitsInUse, 'seat')} in use`;
    return {
      text: `Serves ${formatCount(licenses, 'licence')} of ${primary}, ${seats}`,
      sinceMs: since(ledger),
    };
  }
  if (!ledger.synchronised.includes(id)) {
    return { text: `Lacks the newest state of the licences of ${primary}`, sinceMs: null };
  }
  return {
    text: `Keeps ${formatCount(licenses, 'licence')} of ${primary}, up to date`,
    sinceMs: null,
  };
}

function since({ activeSince }: LedgerStatus): number | null {
  return activeSince === null ? null : Date.parse(activeSince);
}

/** The picture in a sentence, for those who cannot see it. */
export function describePair({ members, witness, link, sides }: PairView): string {
  const parts = [...members, ...(witness ? [witness] : [])].map(
    ({ name, role, state }) => `${role} ${name}: ${memberStateWords[state].toLowerCase()}`,
  );
  if (members.length === 3) {
    const seen = sides.flatMap((side, rank) => {
      const names = [members[rank], members[(rank + 1) % members.length]].map((one) => one?.name);
      return side === null ? [] : [`${names.join(' and ')} are ${inWords(side)}`];
    });
    return [...parts, ...seen].join('; ');
  }
  if (members.length > 3) return parts.join('; ');
  return [...parts, ...(link === null ? [] : [`the two are ${inWords(link)}`])].join('; ');
}

function inWords({ connected, synchronised }: Link): string {
  return `${describeConnected(connected)}, ${describeSynchronised(synchronised)}`;
}
