import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { formatInstant, parseInstant } from '../../../src-shared/model/scalars.ts';
import type { NodeSettings } from '../../../src-shared/model/node-settings.ts';
import type { RelationshipStatus } from '../../../src-shared/model/relationship.ts';
import {
  type ConfigPairing,
  type ServerConfig,
  type SharedInvitation,
  sharedInvitationDaysDefault,
  type Unattended,
} from '../../../src-shared/model/server-config.ts';
import { dayMs } from '../../../src-shared/model/time-units.ts';
import { keyIdOf } from '../licensing/vendor-signer.ts';
import { describeSettingsChange, mergeNodeSettings } from '../settings/node-settings.ts';
import { describeWish, differencesOf } from './relationship-difference.ts';

/** What a running server knows of itself. */
export interface RunningServer {
  ownId: string;
  /** Ids of the keys of the vendors that it trusts. */
  keyIds: readonly string[];
  /** Paired servers with where they were reached. */
  paired: readonly { id: string; addresses: readonly string[] }[];
  relationship: RelationshipStatus | null;
}

/** The server that a configuration file is for, as it is now. */
export interface PlannedServer {
  settings: NodeSettings;
  unattended: Unattended;
  nowMs: number;
  /** Null: it does not run, and only its files are known. */
  running: RunningServer | null;
}

export interface ConfigPlan {
  /** All of them, as they are to be. */
  settings: NodeSettings;
  unattended: Unattended;
  /** What differs from what is, each as the end of a sentence; empty: nothing. */
  changes: string[];
}

/** What a configuration file would change at a server; the same file again changes nothing. */
export function planConfig(config: ServerConfig, known: PlannedServer): ConfigPlan {
  const settings = mergeNodeSettings(known.settings, config.settings ?? {});
  const changes = describeSettingsChange(known.settings, settings);
  const begun = digestOf(config);
  // A server that starts has begun with it before; what an admin has undone since is not done again.
  if (!known.running && known.unattended.begun === begun) {
    return { settings, unattended: known.unattended, changes };
  }
  const parts = [planVendors, planPairings, planRelationship].map((plan) => plan(config, known));
  let unattended: Unattended = { ...known.unattended, begun };
  for (const { state } of parts) unattended = { ...unattended, ...state };
  return { settings, unattended, changes: [...changes, ...parts.flatMap((part) => part.changes)] };
}

interface PlannedPart {
  state: Partial<Unattended>;
  changes: string[];
}

const nothing: PlannedPart = { state: {}, changes: [] };

function digestOf({ vendors, pairings, relationship }: ServerConfig): string {
  const text = JSON.stringify({ vendors, pairings, relationship });
  return createHash('sha256').update(text).digest('hex');
}

function planVendors(config: ServerConfig, { unattended, running }: PlannedServer): PlannedPart {
  if (!config.vendors) return nothing;
  const wanted = config.vendors.filter(
    ({ publicKey }) => !running?.keyIds.includes(keyIdOf(publicKey)),
  );
  const isWaiting = (keyId: string) =>
    unattended.vendors.some(({ publicKey }) => keyIdOf(publicKey) === keyId);
  const fresh = wanted.filter(({ publicKey }) => !isWaiting(keyIdOf(publicKey)));
  return {
    state: { vendors: wanted },
    changes: fresh.map(
      ({ vendor, publicKey }) => `trust the vendor ${vendor} by the key ${keyIdOf(publicKey)}`,
    ),
  };
}

function planPairings(config: ServerConfig, known: PlannedServer): PlannedPart {
  if (!config.pairings) return nothing;
  const before = known.unattended.invitations;
  const invitations = config.pairings.map((pairing) => invitationOf(pairing, known));
  const codes = invitations.map(({ code }) => code);
  const withdrawn = before.filter(
    ({ code, pairedWith }) => pairedWith === null && !codes.includes(code),
  );
  const changes = invitations.flatMap((invitation, index) => {
    const former = before.find(({ code }) => code === invitation.code);
    const isSettled = invitation.pairedWith !== null || invitation.untilMs <= known.nowMs;
    if (isSettled || isDeepStrictEqual(former, invitation)) return [];
    return [describeInvitation(invitation, index)];
  });
  return {
    state: { invitations },
    changes: [...changes, ...withdrawn.map(() => 'withdraw an invitation that nobody has used')],
  };
}

function invitationOf(
  { code, address: given, allow, until }: ConfigPairing,
  { unattended, running, nowMs }: PlannedServer,
): SharedInvitation {
  const address = given ?? null;
  const former = unattended.invitations.find((invitation) => invitation.code === code);
  const paired = running?.paired.find(
    ({ addresses }) => address !== null && addresses.includes(address),
  );
  const untilMs =
    until === undefined
      ? (former?.untilMs ?? nowMs + sharedInvitationDaysDefault * dayMs)
      : parseInstant(until);
  const pairedWith = former?.pairedWith ?? paired?.id ?? null;
  return { code, address, allow, untilMs: Math.round(untilMs), pairedWith };
}

function describeInvitation({ address, untilMs }: SharedInvitation, index: number): string {
  const until = formatInstant(untilMs);
  return address === null
    ? `let one server pair by pairings[${index}] until ${until}`
    : `pair with the server at ${address}`;
}

function planRelationship(config: ServerConfig, known: PlannedServer): PlannedPart {
  const wish = config.relationship;
  if (!wish) return nothing;
  const { running, unattended } = known;
  const differences = running
    ? differencesOf(wish, running.relationship, running.ownId).map(({ text }) => text)
    : [describeWish(wish)];
  if (differences.length === 0) return { state: { relationship: null }, changes: [] };
  const isKnown = isDeepStrictEqual(unattended.relationship?.wish, wish);
  if (isKnown) return nothing;
  return { state: { relationship: { wish, made: false } }, changes: differences };
}
