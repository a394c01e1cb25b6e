import { primaryOf } from '../../src-shared/model/ledger-config.ts';
import { ledgerMs } from '../../src-main/node/core/ledger/ledger-time.ts';
import { clockMarginMs } from '../../src-main/node/core/ledger/lease-life.ts';
import { hourMs } from '../../src-shared/model/time-units.ts';
import { startMs } from '../support/core-host.ts';
import { ttlMs } from './client.ts';
import type { Cluster } from './cluster.ts';
import type { Random } from './random.ts';

/** What the trace says when that is done. */
export const timeSetBack = "the ledger's time is set back";

/** How often it is looked whether all are one. */
const lookEveryMs = 200;

/** For so long an admin tries to set the time back; after that, what ended by the time ahead is forgotten (known limits). */
const setBackWithinMs = 15_000;

/**
 * The clocks of all servers are hours ahead and an admin lets the ledger go by them; when they are right again he
 * sets its time back (protocol section 8). That is less than a borrow, lasts for longer than a token of the time before
 * runs, and is ordered while the primary serves and all have the same: what has ended is forgotten by a time that is
 * believed, and what waits for its primary ends by it (known limits).
 */
export function setTimeForAWhile(cluster: Cluster, random: Random, endMs: number): void {
  const { agenda } = cluster;
  if (agenda.nowMs >= endMs) return;
  if (isOneAtPrimary(cluster)) setAhead(cluster, random);
  else agenda.after(lookEveryMs, () => setTimeForAWhile(cluster, random, endMs));
}

/** The primary serves, wherever an admin had the ledger placed, and all have the same. */
function isOneAtPrimary({ active, checks }: Cluster): boolean {
  const membership = active?.state?.ledger.config.membership;
  if (!membership || active.id !== primaryOf(membership)) return false;
  return checks.convergence.isOne();
}

function setAhead(cluster: Cluster, random: Random): void {
  const { admin, agenda, members } = cluster;
  const aheadMs = random.int(2, 15) * hourMs;
  const forMs = ttlMs + 2 * clockMarginMs + random.int(0, 9_000);
  // A clock can have been ahead before, and the ledger go by that.
  const rightByMs = offsetOfTime(cluster);
  cluster.note(`all clocks are ${aheadMs} ms ahead`);
  for (const member of members.values()) member.wallOffsetMs += aheadMs;
  const mayOrder = () => isOneAtPrimary(cluster) && isAheadOnly(cluster, rightByMs + aheadMs);
  admin.acceptClock(mayOrder, () => {
    cluster.note('the ledger goes by clocks that are ahead');
    cluster.checks.excuses.timeWasSet = true;
    agenda.after(forMs, () => {
      for (const member of members.values()) {
        member.wallOffsetMs = Math.max(member.wallOffsetMs - aheadMs, rightByMs);
      }
      setBack(cluster, rightByMs);
    });
  });
}

/** How far the ledger's time is ahead of the right one. */
function offsetOfTime({ active, agenda }: Cluster): number {
  if (!active?.state) throw new Error('somebody serves');
  return ledgerMs(active.state.ledger.time) - startMs - agenda.nowMs;
}

/**
 * The clock of the server that serves is not behind the time that it is to be set to, by which what is over was
 * forgotten, nor so far ahead that a borrow ends: an admin looks at the clock before he gives the order.
 */
function isAheadOnly({ active }: Cluster, offsetMs: number): boolean {
  const aheadMs = (active?.wallOffsetMs ?? NaN) - offsetMs;
  return aheadMs >= 0 && aheadMs < hourMs;
}

function setBack(cluster: Cluster, rightByMs: number): void {
  const endMs = cluster.agenda.nowMs + setBackWithinMs;
  const mayOrder = () => cluster.agenda.nowMs < endMs && isAheadOnly(cluster, rightByMs);
  cluster.admin.acceptClock(mayOrder, () => {
    cluster.note(timeSetBack);
    cluster.coverage['time set back']++;
  });
}
