import { primaryOf } from '../model/ledger-config.ts';
import { countOf } from './count-of.ts';
import type { LicenseDetail } from '../model/license.ts';
import type { LedgerStatus, NodeSnapshot } from '../model/node-snapshot.ts';
import { shortId } from './short-id.ts';
import { joinNames } from './join-names.ts';

// What a snapshot says of servers that protect each other, for window, tray and notifications.

/** The name of a server as the snapshot knows it, else the beginning of its id. */
export function nameServer(node: NodeSnapshot, id: string): string {
  if (id === node.server.id) return node.server.name;
  const members = node.relationships.flatMap((relationship) => relationship.members);
  const member = members.find((candidate) => candidate.id === id);
  const row = node.servers.find((candidate) => candidate.id === id);
  return member?.name ?? row?.name ?? shortId(id);
}

/** Ledgers that this server and another one keep. */
export function protectedLedgers({ ledgers, server }: NodeSnapshot): LedgerStatus[] {
  return ledgers.filter(({ members }) => members.length > 1 && members.includes(server.id));
}

/** Ledgers that this server votes on and keeps nothing of. */
export function witnessedLedgers({ ledgers, server }: NodeSnapshot): LedgerStatus[] {
  return ledgers.filter(({ witness }) => witness === server.id);
}

/** Whether this server votes for others and has nothing else to do. */
export function isIdleWitness(node: NodeSnapshot): boolean {
  const { licenses, relationships } = node;
  return licenses.length === 0 && relationships.length === 0 && witnessedLedgers(node).length > 0;
}

/** “SRV-A and SRV-B”: whom this server is a witness for; empty when it is none. */
export function nameWitnessed(node: NodeSnapshot): string {
  const members = witnessedLedgers(node).flatMap((ledger) => ledger.members);
  return joinNames([...new Set(members)].map((id) => nameServer(node, id)));
}

/** A server that is not the primary serves it. */
export function isFailedOver(ledger: LedgerStatus): boolean {
  return ledger.active !== null && ledger.active !== primaryOf(ledger);
}

/** The member that is to serve a ledger when all is well: where an admin put it, else its primary. */
export function preferredOf(ledger: LedgerStatus): string {
  const { placed, members } = ledger;
  return placed !== null && members.includes(placed) ? placed : primaryOf(ledger);
}

export function isConnected(node: NodeSnapshot, id: string): boolean {
  if (id === node.server.id) return true;
  return node.relationships.some(({ members }) =>
    members.some((one) => one.id === id && one.connected),
  );
}

/** Members that would serve a ledger without losing anything if the one that serves it stopped now. */
export function standbysOf(node: NodeSnapshot, ledger: LedgerStatus): string[] {
  const { active, members, synchronised } = ledger;
  return members.filter(
    (id) => id !== active && synchronised.includes(id) && isConnected(node, id),
  );
}

/** An admin gave it to the server that serves it: nothing failed. */
export function isSwitchedOver(ledger: LedgerStatus): boolean {
  return isFailedOver(ledger) && ledger.placed === ledger.active;
}

export interface Served {
  licenses: number;
  unitsInUse: number;
}

/** Licences of some ledgers that another member may serve, and the seats of them that are out. */
export function countCovered(node: NodeSnapshot, ledgers: readonly LedgerStatus[]): Served {
  return countLicenses(licensesOf(node, ledgers).filter(({ failover }) => failover.configured));
}

/** Licences of some ledgers that one server serves, and the seats of them that are out. */
export function countServedBy(
  node: NodeSnapshot,
  ledgers: readonly LedgerStatus[],
  serverId: string,
): Served {
  return countLicenses(
    licensesOf(node, ledgers).filter(({ servedBy }) => servedBy?.id === serverId),
  );
}

function licensesOf(node: NodeSnapshot, ledgers: readonly LedgerStatus[]): LicenseDetail[] {
  const ids = new Set(ledgers.map(({ id }) => id));
  return node.licenses.filter(({ ledger }) => ids.has(ledger));
}

/**
 * The server that a licence waits for which nobody serves: its own, while another one serves the rest
 * of its ledger, which may not serve this one. Null when it does not wait.
 */
export function waitsFor(node: NodeSnapshot, license: LicenseDetail): string | null {
  if (license.servedBy !== null || license.failover.configured || license.damage) return null;
  const ledger = protectedLedgers(node).find(({ id }) => id === license.ledger);
  return ledger && isFailedOver(ledger) ? primaryOf(ledger) : null;
}

/** This server serves it, or nobody does and it could. */
export function isServedHere(node: NodeSnapshot, license: LicenseDetail): boolean {
  if (license.damage !== undefined) return false;
  const { servedBy } = license;
  return servedBy ? servedBy.id === node.server.id : waitsFor(node, license) === null;
}

/** Licences of some ledgers that no other member may serve, and the seats of them that are out. */
export function countUncovered(node: NodeSnapshot, ledgers: readonly LedgerStatus[]): Served {
  return countLicenses(licensesOf(node, ledgers).filter(({ failover }) => !failover.configured));
}

/** “1 licence is not covered and waits for SRV-A.” Empty when there is none. */
export function describeWaiting(node: NodeSnapshot, failovers: readonly Failover[]): string {
  return failovers
    .flatMap(({ primary, ledgers }) => {
      const { licenses } = countUncovered(node, ledgers);
      if (licenses === 0) return [];
      const wait = licenses === 1 ? 'is not covered and waits' : 'are not covered and wait';
      return [`${countOf(licenses, 'licence')} ${wait} for ${nameServer(node, primary)}.`];
    })
    .join(' ');
}

export function countLicenses(licenses: readonly LicenseDetail[]): Served {
  return {
    licenses: licenses.length,
    unitsInUse: licenses.reduce((sum, { inUse }) => sum + inUse, 0),
  };
}

/** Ledgers of one primary that one other server serves. */
export interface Failover {
  primary: string;
  active: string;
  /** By the order of an admin. */
  planned: boolean;
  ledgers: LedgerStatus[];
}

export function findFailovers(node: NodeSnapshot): Failover[] {
  const parts = protectedLedgers(node).flatMap((ledger) => {
    const { active } = ledger;
    if (active === null || !isFailedOver(ledger)) return [];
    return [
      { primary: primaryOf(ledger), active, planned: isSwitchedOver(ledger), ledgers: [ledger] },
    ];
  });
  return joinFailovers(parts);
}

/** One entry for each server that failed and each that serves for it. */
export function joinFailovers(parts: readonly Failover[]): Failover[] {
  const joined = new Map<string, Failover>();
  for (const part of parts) {
    const key = `${part.primary}:${part.active}`;
    const known = joined.get(key);
    if (known) {
      known.planned &&= part.planned;
      known.ledgers.push(...part.ledgers);
    } else joined.set(key, { ...part, ledgers: [...part.ledgers] });
  }
  return [...joined.values()];
}

/**
 * Ledgers that an admin gave to a server which does not serve them now: it failed, and their primary
 * serves them again. `primary` is that server.
 */
export function findDisplaced(node: NodeSnapshot): Failover[] {
  return protectedLedgers(node).flatMap((ledger) => {
    const { active } = ledger;
    const displaced = active !== null && !isFailedOver(ledger) && active !== preferredOf(ledger);
    if (!displaced) return [];
    return [{ primary: preferredOf(ledger), active, planned: false, ledgers: [ledger] }];
  });
}

/** Members that could not take over now without losing something. */
export function findUnsynchronised(node: NodeSnapshot): string[] {
  const ids = protectedLedgers(node).flatMap(({ members, synchronised, active }) =>
    members.filter((id) => id !== active && !synchronised.includes(id)),
  );
  return [...new Set(ids)];
}
