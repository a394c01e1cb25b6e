import type { MemberRole, RelationshipStatus } from '../model/relationship.ts';
import { joinNames } from './join-names.ts';

// Each thing that there is to say of a relationship, by the room that there is for it: a word among
// others, or words that stand for themselves.

/** What a member is: its role as a label, and as what one would call the server. */
export const roleWords: Record<MemberRole, { label: string; server: string }> = {
  main: { label: 'Main', server: 'main server' },
  backup: { label: 'Backup', server: 'backup server' },
  primary: { label: 'Primary', server: 'primary server' },
  secondary: { label: 'Secondary', server: 'secondary server' },
  tertiary: { label: 'Tertiary', server: 'tertiary server' },
  leader: { label: 'Leader', server: 'leader' },
  follower: { label: 'Follower', server: 'follower' },
  witness: { label: 'Witness', server: 'witness' },
};

const policyWords: Record<RelationshipStatus['policy'], PolicyWords> = {
  available: {
    short: 'available (each may serve alone)',
    long: 'Available: each server goes on serving when they cannot reach each other',
  },
  strict: {
    short: "strict (only with the witness's vote)",
    long: "Strict: only the server that has the witness's vote serves",
  },
};

/** In a triad more than half of the servers are what a witness is to a backup. */
const majorityWords: PolicyWords = {
  short: 'majority (only while two of the three reach each other)',
  long: 'Majority: only a server that reaches another one of the three serves',
};

const poolWords: PolicyWords = {
  short: 'by licence (with the majority rule, or by any survivor)',
  long: 'By licence: with the majority rule while most servers reach each other, else by any survivor',
};

interface PolicyWords {
  short: string;
  long: string;
}

/** Who may serve when servers cannot reach each other. */
export function describePolicy({
  kind,
  policy,
}: Pick<RelationshipStatus, 'kind' | 'policy'>): PolicyWords {
  if (kind === 'pool') return poolWords;
  return kind === 'backup' ? policyWords[policy] : majorityWords;
}

/** What kind of relationship it is, as the name of it in a list. */
export const kindWords: Record<RelationshipStatus['kind'], string> = {
  backup: 'Backup',
  triad: 'Triad',
  pool: 'Pool',
};

/** “Backup: Beta protects Alpha”, “Pool west”: which one of several it is. */
export function titleOfRelationship(relationship: RelationshipStatus): string {
  const { kind, name } = relationship;
  if (name !== undefined) return `${kindWords[kind]} ${name}`;
  return `${kindWords[kind]}: ${describeProtection(relationship)}`;
}

/** “Beta protects Alpha”: who takes over for whom. */
export function describeProtection({
  mutual,
  members,
}: Pick<RelationshipStatus, 'mutual' | 'members'>): string {
  const names = members.filter(({ role }) => role !== 'witness').map(({ name }) => name);
  const [first = '', ...others] = names;
  if (mutual) return `${joinNames(names)} protect each other`;
  return `${joinNames(others)} ${others.length > 1 ? 'protect' : 'protects'} ${first}`;
}

/** The numbers of a few servers in words. */
export function numberInWords(count: number): string {
  return ['no', 'one', 'two', 'three', 'four', 'five', 'six'][count] ?? String(count);
}

interface StateWords {
  short: string;
  long: string;
}

const stateWords: Record<RelationshipStatus['state'], StateWords> = {
  forming: { short: 'being set up', long: 'being set up or changed' },
  established: { short: 'established', long: 'established' },
  dissolving: { short: 'being dissolved', long: 'being dissolved' },
};

const outsideWords: StateWords = {
  short: 'not kept by all',
  long: 'not kept by all of its servers',
};

/** How far a relationship is; it may stand here and not at a server that has dissolved or forgotten it. */
export function wordsOfState({
  state,
  outside = [],
}: Pick<RelationshipStatus, 'state' | 'outside'>): StateWords {
  return outside.length > 0 ? outsideWords : stateWords[state];
}

/** What is said where nothing stands in the way of a failover; without a full stop. */
export const failoverWorks = 'A failover would work now';

/** What is said where something stands in the way of a failover; why follows. */
export const failoverFails = 'A failover would not work now';

/** What a relationship that is being set up or dissolved does when it waits for nothing known. */
export const goesOnByItself = 'This goes on automatically.';

/** “Being set up”: a word or several at the beginning of a line. */
export function capitalise(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function describeConnected(connected: boolean): string {
  return connected ? 'connected' : 'not connected';
}

export function describeSynchronised(synchronised: boolean): string {
  return synchronised ? 'synchronised' : 'not synchronised';
}
