import {
  type LedgerConfig,
  primaryOf,
  takesPart,
} from '../../../src-shared/model/ledger-config.ts';
import type { Change } from '../core/ledger/change.ts';
import { answerToStranger, isFormer, saysNoMember } from '../core/replica/membership.ts';
import type { PeerMessage } from '../core/replica/message.ts';
import { configOf, isWitness, type ReplicaState } from '../core/replica/replica-state.ts';
import { compareTerms, type Term } from '../core/replica/term.ts';
import { type Row, spellNumberOf } from '../core/rows/row.ts';
import { followsLeases } from './entry-check.ts';

/**
 * Spells of leadership that a paired server may be ahead of all that is known here. Each takes
 * longer than a heartbeat, so that one further ahead is a lie or a fault, and would use the numbers
 * up.
 */
const spellsAheadMax = 1_000_000;

/** Changes of a configuration that a server may miss at most, so that what it is told of is believed. */
export const versionsAheadMax = 1_000;

/** Messages that only the active of their term, or who stands for it, sends. */
const ofTheTermsOwner = new Set<PeerMessage['type']>([
  'heartbeat',
  'append',
  'image',
  'vote',
  'handover',
  'rows',
  'gather',
]);

/** A message, or what an image that can be fetched is said to be. */
type Claim = PeerMessage | Omit<Extract<PeerMessage, { type: 'image' }>, 'image'>;

/**
 * Why a message of a paired server does not reach the replica, which trusts its members; undefined:
 * it does. Who the sender is, its key has shown. `isVouched`: a member says that it takes part.
 */
export function refuseMessage(
  state: ReplicaState,
  from: string,
  message: Claim,
  isVouched = false,
): string | undefined {
  if (!isVouched && !takesPart(configOf(state), from)) return 'it takes no part in this ledger';
  if (ofTheTermsOwner.has(message.type) && message.term.member !== from) {
    return 'it claims the term of another server';
  }
  if (message.term.number > state.highestNumber + spellsAheadMax) {
    return `it claims the term ${message.term.number}, far beyond any that is known`;
  }
  const mayBeSaid = message.type === 'notMember' && isPartner(state, from);
  if (saysNoMember(message) && !mayBeSaid && isPrimary(state)) {
    return 'it wants to take the own licences from this server';
  }
  if ('image' in message && isContinuity(message.image.ledger.config)) return otherRule;
  if ('rows' in message && Array.isArray(message.rows)) return refuseRows(state, message.rows);
  if (!('entries' in message)) return undefined;
  if (message.entries.some(({ changes }) => changes.some(leavesLog))) return otherRule;
  if (!isOrdered(message)) return 'its entries are in no order';
  // A witness is told of the last entry alone.
  if (isWitness(state)) return undefined;
  const [first] = message.entries;
  if (first && first.index !== message.prev.index + 1) return 'its entries are in no order';
  return followsLeases(state, message) ? undefined : 'its entries change leases that are not so';
}

/** Whether a paired server, which is to be a member, is believed that it serves and calls this one. */
export function mayCall(
  state: ReplicaState,
  from: string,
  { configVersion, term }: { configVersion: number; term: Term },
): boolean {
  const config = configOf(state);
  const isNear =
    term.number <= state.highestNumber + spellsAheadMax &&
    configVersion <= config.version + versionsAheadMax;
  return takesPart(config, from) && isNear;
}

/** A ledger changes its rule while one server alone keeps it, so that nobody hears of it on the way. */
const otherRule = 'it changes the rule of a ledger that several servers keep';

function isContinuity({ membership }: LedgerConfig): boolean {
  return membership.rule === 'continuity';
}

function leavesLog(change: Change): boolean {
  return change.type === 'config' && (isContinuity(change.before) || isContinuity(change.after));
}

/** A row of a spell that cannot have been would be greater than every other one for ever. */
function refuseRows({ highestNumber }: ReplicaState, rows: readonly Row[]): string | undefined {
  const last = highestNumber + spellsAheadMax;
  if (rows.some((row) => row.kind === 'config' && !isContinuity(row.config))) return otherRule;
  const isAhead = (row: Row) => spellNumberOf(row.kind === 'spell' ? row.id : row.by) > last;
  const row = rows.find(isAhead);
  return row && `its row ${row.kind} ${row.id} is of a spell far beyond any that is known`;
}

/**
 * What a server is told that was taken out of a ledger and still speaks as its member. Undefined:
 * nothing, because the sender is no such server or the configuration here is not certain.
 */
export function answerStranger(
  state: ReplicaState,
  from: string,
  message: Claim,
): PeerMessage | undefined {
  return takesPart(configOf(state), from) ? undefined : answerToStranger(state, from, message);
}

/**
 * A server that this one knows nothing of as a member keeps this one's own ledger by a configuration that
 * is later than the one here: this server may have forgotten that it agreed to that.
 */
export function isClaimedBy(state: ReplicaState, from: string, configVersion: number): boolean {
  const config = configOf(state);
  if (takesPart(config, from) || isFormer(state, from) || !isPrimary(state)) return false;
  return configVersion > config.version;
}

/** The same, by a message that only a member sends. */
export function isClaimed(state: ReplicaState, from: string, message: Claim): boolean {
  if (!('configVersion' in message) || saysNoMember(message)) return false;
  return isClaimedBy(state, from, message.configVersion);
}

/**
 * A member may let another server take the place of the primary, which can be down when that is ordered
 * (docs/pairing.md): it hears so when it returns. In a backup it drops nothing for that.
 */
function isPartner(state: ReplicaState, from: string): boolean {
  const { relationship, membership } = configOf(state);
  return relationship !== null && membership.members.includes(from);
}

function isPrimary(state: ReplicaState): boolean {
  return primaryOf(configOf(state).membership) === state.self;
}

/** One after the other, in terms that do not fall and are none of the future. */
function isOrdered({ entries, term }: Extract<PeerMessage, { type: 'append' }>): boolean {
  return entries.every((entry, at) => {
    const before = entries[at - 1];
    if (entry.term.number > term.number) return false;
    return (
      !before || (entry.index === before.index + 1 && compareTerms(entry.term, before.term) >= 0)
    );
  });
}
