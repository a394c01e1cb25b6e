import { advance, remainingMs } from '../ledger/lease-clock.ts';
import { clockMarginMs, startLives, ttlSecondsOf } from '../ledger/lease-life.ts';
import { reserve, uniteRows } from '../ledger/unite.ts';
import { hasExpired, type SpellId } from '../rows/row.ts';
import type { MemberId } from '../ledger/member-id.ts';
import {
  type Gathering,
  keepsRows,
  type NotedLease,
  peerOf,
  type ReplicaState,
} from './replica-state.ts';
import { persistRows } from './row-history.ts';
import type { Turn } from './turn.ts';

/** Every lease that lives here, or that this process answered for so lately that it is relied on. */
export function noteLive(state: ReplicaState): Map<string, NotedLease> {
  const noted = new Map<string, NotedLease>();
  for (const [id, { licenseId, units, untilMs }] of state.answered) {
    if (untilMs > state.nowMs) noted.set(id, { licenseId, units });
  }
  state.answered.clear();
  for (const lease of state.ledger.leases.values()) {
    if (lease.borrowUntilMs === null) noted.set(lease.id, lease);
  }
  return noted;
}

/**
 * A lease that lived here, and that another one let expire, may be relied on by its holder still: its
 * units are not granted before that is over.
 */
export function reserveNoted({ ledger }: ReplicaState, noted: Gathering['noted']): void {
  for (const [id, lease] of noted) {
    const row = ledger.rows?.lease.get(id);
    if (!row || !hasExpired(row)) continue;
    reserve(ledger, id, lease, ttlSecondsOf(ledger, lease.licenseId) * 1000 + clockMarginMs);
  }
}

/** Lives that began with the spell outlast what another one has promised by so much later. */
const coveredMs = clockMarginMs / 2;

/**
 * At the active: a member follows it from here on. While they could not see each other it may have served,
 * and a renewal leaves no row, so that holders may rely on one more time-to-live.
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
  const { ledger, storeFailed } = turn.state;
  const row = ledger.rows?.spell.get(spell);
  if (!row || row.told >= told || storeFailed) return;
  persistRows(turn, uniteRows(ledger, [{ ...row, told }]));
}

/** Notes what was shown here in the spell that ends, for a takeover by the same process. */
export function noteAnswered({ ledger, answered, nowMs }: ReplicaState): void {
  if (!ledger.spell) return;
  for (const { id, licenseId, units } of ledger.leases.values()) {
    const leftMs = ledger.unshown.has(id) ? undefined : remainingMs(ledger.clock, id);
    if (leftMs === undefined || leftMs <= 0) continue;
    answered.set(id, { licenseId, units, untilMs: nowMs + leftMs });
  }
  ledger.spell = null;
  ledger.overdraftCause = null;
  ledger.toldWrite = 0;
}
