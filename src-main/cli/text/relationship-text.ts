import { shortId } from '../../../src-shared/view/short-id.ts';
import { countOf } from '../../../src-shared/view/count-of.ts';
import type { LedgerStatus } from '../../../src-shared/model/node-snapshot.ts';
import type { Coverage, RelationshipStatus } from '../../../src-shared/model/relationship.ts';
import { primaryOf } from '../../../src-shared/model/ledger-config.ts';
import { describeClock } from '../../../src-shared/view/describe-clock.ts';
import {
  describePolicy,
  roleWords,
  wordsOfState,
} from '../../../src-shared/view/relationship-words.ts';
import { formatPairs, formatTable, printable } from './table.ts';
import { formatLocalTime } from './time-text.ts';

const hereText: Record<LedgerStatus['here'], string> = {
  active: 'active',
  standby: 'standby',
  'catching-up': 'catching up',
  isolated: 'isolated',
  stopped: 'stopped',
};

/** How a relationship is, its members in a table; without its settings. */
export function formatRelationship(relationship: RelationshipStatus): string {
  const { pending, members } = relationship;
  const { long: state } = wordsOfState(relationship);
  return [
    formatPairs([
      ['Relationship', describeKind(relationship)],
      ['Policy', describePolicy(relationship).short],
      ['State', pending === null ? state : `${state}: ${pending}`],
    ]),
    '',
    formatTable(
      ['NAME', 'ROLE', 'ADDRESS', 'CONNECTED', 'SYNCHRONISED', 'CLOCK', 'VERSION'],
      members.map((member) => [
        member.name,
        member.paired
          ? roleWords[member.role].server
          : `${roleWords[member.role].server}, NOT PAIRED`,
        member.address,
        yesOrNo(member.connected),
        yesOrNo(member.synchronised),
        // Null for the server that was asked: its clock is the one that the others are held against.
        member.clockDifferenceMs === null ? '' : describeClock(member.clockDifferenceMs),
        member.version ?? '',
      ]),
    ),
  ].join('\n');
}

function describeKind({ kind, name, mutual }: RelationshipStatus): string {
  if (name !== undefined) return `${kind} ${name}`;
  return mutual ? `${kind}, each protects the other` : kind;
}

export function describeSettings({ settings }: RelationshipStatus): string {
  return formatPairs(Object.entries(settings).map(([key, value]) => [key, String(value)]));
}

/** Every ledger that this server keeps; `nameOf` gives the name of a server. */
export function describeLedgers(
  ledgers: LedgerStatus[],
  nameOf: (serverId: string) => string,
): string {
  const table = formatTable(
    ['LICENCES OF', 'SERVED BY', 'SINCE', 'THIS SERVER', 'SYNCHRONISED', 'TERM', 'LEASES'],
    ledgers.map((ledger) => [
      nameLedger(ledger, ledgers, nameOf),
      ledger.active === null ? 'NOBODY' : nameOf(ledger.active),
      ledger.activeSince === null ? '' : formatLocalTime(ledger.activeSince),
      hereText[ledger.here],
      ledger.synchronised.map(nameOf).join(', '),
      String(ledger.term),
      String(ledger.leases),
    ]),
  );
  const notes = ledgers.flatMap((ledger) => {
    const { overdraft, placed } = ledger;
    const of = `Licences of ${nameOf(primaryOf(ledger))}`;
    return [
      ...(placed === null ? [] : [`${of}: an admin gave them to ${nameOf(placed)}.`]),
      ...(overdraft === null
        ? []
        : [
            `${of}: ${countOf(overdraft.units, 'seat')} too many out since ` +
              `${formatLocalTime(overdraft.since)}; none is granted until they are back.`,
          ]),
    ];
  });
  return [table, ...notes.map(printable)].join('\n');
}

/** Of the two ledgers of a pool, which one. */
function nameLedger(
  ledger: LedgerStatus,
  ledgers: readonly LedgerStatus[],
  nameOf: (serverId: string) => string,
): string {
  const name = nameOf(primaryOf(ledger));
  const isOneOfTwo = ledgers.some(
    (other) => other.id !== ledger.id && other.members.join() === ledger.members.join(),
  );
  return isOneOfTwo && ledger.rule === 'majority' ? `${name}, majority rule` : name;
}

/** Which licences another server would serve. */
export function describeCoverage(
  licenses: Coverage[],
  nameOf: (serverId: string) => string,
): string {
  if (licenses.length === 0) return 'There is no licence yet.';
  return formatTable(
    ['LICENCE', 'FEATURE', 'SEATS', 'OF', 'PROTECTED', 'NEEDS', 'THEN BY', 'WHY NOT'],
    licenses.map(({ license, feature, units, server, covered, reason, by = [], majority }) => [
      license,
      feature,
      String(units),
      nameOf(server),
      yesOrNo(covered),
      majority === undefined ? '' : majority ? 'a majority' : 'any server',
      by.map(nameOf).join(', '),
      reason ?? '',
    ]),
  );
}

/** The name of a server among these, else the beginning of its id. */
export function namer(...lists: { id: string; name: string }[][]): (serverId: string) => string {
  const names = new Map(lists.flat().map(({ id, name }) => [id, name]));
  return (serverId) => names.get(serverId) ?? shortId(serverId);
}

export function yesOrNo(value: boolean): string {
  return value ? 'yes' : 'NO';
}
