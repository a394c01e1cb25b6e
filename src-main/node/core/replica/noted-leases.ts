import { advance, remainingMs, serviceMs } from '../ledger/lease-clock.ts';
import { clockMarginMs, startLives, ttlSecondsOf } from '../ledger/lease-life.ts';
import { reserve, uniteRows } from '../ledger/unite.ts';
import { hasExpired, type SpellId } from '../rows/row.ts';
import type { LedgerState } from '../ledger/ledger.ts';
import type { MemberId } from '../ledger/member-id.ts';
import type { KeptUnits } from './message.ts';
import { keepsRows, peerOf, type ReplicaState } from './replica-state.ts';
import { persistRows } from './row-history.ts';
import type { Turn } from './turn.ts';

/** How long a lease that lived here may be relied on at most. */
function reliedMs(state: ReplicaState, licenseId: string): number {
  return ttlSecondsOf(state.ledger, licenseId) * 1000 + clockMarginMs;
}

/**
 * Notes every lease that lives here, beside those that this process answered for so lately that they are relied
 * on. All of them stay noted until this member serves: a takeover can come to nothing, and be begun anew.
 */
export function noteLive(state: ReplicaState): void {
  const { answered, ledger, nowMs } = state;
  for (const [id, { untilMs }] of answered) if (untilMs <= nowMs) answered.delete(id);
  for (const { id, licenseId, units, borrowUntilMs } of ledger.leases.values()) {
    if (borrowUntilMs !== null) continue;
    answered.set(id, { licenseId, units, untilMs: nowMs + reliedMs(state, licenseId) });
  }
}

/**
 * A lease that lived here, and that another one let expire, may be relied on by its holder still: its
 * units are not granted before that is over.
 */
export function reserveNoted(state: ReplicaState): void {
  const { ledger, answered } = state;
  for (const [id, lease] of answered) {
    const row = ledger.rows?.lease.get(id);
    if (!row || !hasExpired(row)) continue;
    reserve(ledger, id, lease, reliedMs(state, lease.licenseId));
  }
  answered.clear();
}

/** Lives that began with the spell outlast what another one has promised by so much later. */
const coveredMs = clockMarginMs / 2;

/**
 * At the active: a member follows it from here on. While they could not see each other it may have served,
 * and a renewal leaves as a rule no row, so that holders may rely on one more time-to-live.
 */
export function noteFollower(state: ReplicaState, from: MemberId): void {
  const { role, ledger, nowMs } = state;
  const peer = peerOf(state, from);
  if (role.type !== 'active' || !keepsRows(state) || peer.hasFollowed) return;
  peer.hasFollowed = true;
  if (nowMs - role.sinceMs < coveredMs) return;
  advance(ledger.clock, nowMs);
  startLives(ledger, nowMs);
}

/**
 * Has the row of a spell that ends say how far clients were told of it, which each write says of those before
 * it only. Nobody else may ever know: a seat that was told counts, and its holder gets it again.
 */
export function keepTold(turn: Turn, spell: SpellId, told: number): void {
  const { pendingPersists, storeFailed, toldUpTo } = turn.state;
  if (!storeFailed && pendingPersists.length === 0) toldUpTo.clear();
  toldUpTo.set(spell, told);
  writeTold(turn);
}

/** Writes that down which is kept so, at a member that does not serve; one whose disk fails does it later. */
export function writeTold(turn: Turn): void {
  const { ledger, storeFailed, toldUpTo } = turn.state;
  if (storeFailed) return;
  for (const [spell, told] of toldUpTo) {
    const row = ledger.rows?.spell.get(spell);
    if (row && row.told < told) persistRows(turn, uniteRows(ledger, [{ ...row, told }]));
  }
}

/** So many are named at a handover at most, which has to fit into a message. Units beyond them are free. */
export const keptUnitsMax = 5_000;

/** What is kept here now. */
export function keptUnits({ clock, leases, reserved }: LedgerState): KeptUnits[] {
  const now = serviceMs(clock);
  return [...reserved]
    .filter(([leaseId, { untilMs }]) => untilMs > now && !leases.has(leaseId))
    .map(([leaseId, { untilMs, ...units }]) => ({ leaseId, ...units, leftMs: untilMs - now }));
}

/** Keeps on what the one kept that gave its place. */
export function keepOn(state: ReplicaState, kept: readonly KeptUnits[]): void {
  const { ledger } = state;
  for (const { leaseId, leftMs, ...units } of kept) {
    const row = ledger.rows?.lease.get(leaseId);
    if (!row || !hasExpired(row)) continue;
    reserve(ledger, leaseId, units, Math.min(leftMs, reliedMs(state, units.licenseId)));
  }
}

/** Notes what was shown here in the spell that ends, and what was kept, for a takeover by the same process. */
export function noteAnswered({ ledger, answered, nowMs }: ReplicaState): void {
  if (!ledger.spell) return;
  for (const { id, licenseId, units } of ledger.leases.values()) {
    const leftMs = ledger.unshown.has(id) ? undefined : remainingMs(ledger.clock, id);
    if (leftMs === undefined || leftMs <= 0) continue;
    answered.set(id, { licenseId, units, untilMs: nowMs + leftMs });
  }
  for (const { leaseId, leftMs, ...units } of keptUnits(ledger)) {
    answered.set(leaseId, { ...units, untilMs: nowMs + leftMs });
  }
  ledger.spell = null;
  ledger.overdraftCause = null;
  ledger.toldWrite = 0;
}
