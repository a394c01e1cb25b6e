import type { Lease } from '../../../../src-shared/model/lease.ts';
import type { InstalledLicense } from '../../../../src-shared/model/license.ts';
import type { LeaseEnd } from '../../../../src-shared/model/usage.ts';
import { tokensEndMs } from './ended-leases.ts';
import { describeUncovered, isServedHere } from './coverage.ts';
import { type AdminHandlers, type Draft, nextNumber, record, recordEvent, reply } from './draft.ts';
import { countOf } from '../../../../src-shared/view/count-of.ts';
import type { LeaseProof } from './event.ts';
import type { LeaseTerms, Reply } from './reply.ts';
import { findExpired, serviceMs } from './lease-clock.ts';
import { startLife, ttlSecondsOf } from './lease-life.ts';
import type { LedgerState } from './ledger.ts';
import { adopt, lacksLicense, returnedLease, waitsForPrimary } from './proof.ts';
import { refreshRow } from './row-life.ts';
import { laterLease, leasesBesideOthers } from './seats.ts';
import { grantsNow, refuseDamaged } from './validity.ts';

/** Leases that one step ends at most, so that a step stays short; the next tick goes on. */
const expiriesPerStepMax = 1_000;

export const leaseHandlers = {
  releaseRequested: (draft, { requestId, leaseId }) => releaseLease(draft, requestId, leaseId),
} satisfies Partial<AdminHandlers>;

/** What a client is told of a lease that was given a full life just now. */
export function describeTerms(draft: Draft, lease: Lease): LeaseTerms {
  const ttlSeconds = ttlSecondsOf(draft.state, lease.licenseId);
  return {
    lease,
    term: draft.state.meta.term,
    ttlSeconds,
    endsAtMs: lease.borrowUntilMs ?? draft.ledgerMs + ttlSeconds * 1000,
  };
}

export function renewLease(
  draft: Draft,
  requestId: number,
  leaseId: string,
  proof: LeaseProof | undefined,
): void {
  const lease = draft.state.leases.get(leaseId) ?? adopt(draft, leaseId, proof);
  const waiting = !lease && waitsForPrimary(draft, leaseId, proof);
  if (waiting) {
    refuseUncovered(draft, requestId, waiting);
    return;
  }
  const lacked = lease ? undefined : lacksLicense(draft, leaseId, proof);
  if (lacked !== undefined) {
    reply(draft, requestId, {
      type: 'refused',
      code: 'LS_LEADER_NOT_PRESENT',
      detail:
        `This server does not have licence ${lacked}, since it took over before it had everything. ` +
        'The seat stays with its holder.',
    });
    return;
  }
  if (!lease) {
    reply(draft, requestId, noSuchLease(leaseId));
    return;
  }
  const license = draft.state.licenses.get(lease.licenseId);
  if (license && !isServedHere(draft.state, license.id)) {
    refuseUncovered(draft, requestId, license);
    return;
  }
  if (license?.damage !== undefined) {
    // The holder keeps the seat for the rest of its time-to-live: the licence may be repaired by then.
    reply(draft, requestId, { type: 'refused', ...refuseDamaged(license) });
    return;
  }
  if (lease.borrowUntilMs === null && !(license && grantsNow(license, draft))) {
    // Expiry is not failure: the renewal finds no units.
    reply(draft, requestId, {
      type: 'refused',
      code: 'LS_INSUFFICIENTUNITS',
      detail: license
        ? `Licence ${lease.licenseId} is not valid now, so the lease cannot be renewed.`
        : `Licence ${lease.licenseId} was removed, so the lease cannot be renewed.`,
    });
    return;
  }
  showLease(draft, lease);
  reply(draft, requestId, { type: 'leaseRenewed', terms: describeTerms(draft, lease) });
}

function refuseUncovered(draft: Draft, requestId: number, license: InstalledLicense): void {
  reply(draft, requestId, {
    type: 'refused',
    code: 'LS_LEADER_NOT_PRESENT',
    detail: `${describeUncovered(draft.state, license)} The seat stays with its holder.`,
  });
}

/**
 * Gives a lease back. That it had ended already is no error (docs/client-api.md). One that only its
 * token shows to be out is written down as returned, so that neither the token nor a merge brings it
 * back.
 */
export function returnLease(
  draft: Draft,
  requestId: number,
  leaseId: string,
  proof: LeaseProof | undefined,
): void {
  const lease = draft.state.leases.get(leaseId);
  const proved = lease ? undefined : returnedLease(draft, leaseId, proof);
  if (proved) record(draft, { type: 'lease', before: null, after: proved });
  const out = lease ?? proved;
  if (out) endLease(draft, out, 'returned');
  reply(draft, requestId, { type: 'leaseEnded' });
}

function releaseLease(draft: Draft, requestId: number, leaseId: string): void {
  const lease = draft.state.leases.get(leaseId);
  if (!lease) {
    reply(draft, requestId, {
      type: 'adminRefused',
      code: 'NO_SUCH_LEASE',
      message: `There is no lease ${leaseId}; it may have ended. List the leases again.`,
    });
    return;
  }
  endLease(draft, lease, 'released');
  const { user, host } = lease.holder;
  recordEvent(
    draft,
    'leaseReleased',
    'info',
    `An admin released ${countOf(lease.units, 'seat')} of ${lease.feature} held by ${user} on ` +
      `${host}.`,
    { license: lease.licenseId, lease: lease.id },
  );
  reply(draft, requestId, { type: 'leaseEnded' });
}

/** The holder has shown the lease, which gets a full life; the row of the lease does when that is due. */
export function showLease(draft: Draft, lease: Lease): void {
  refreshRow(draft, lease);
  startLife(draft.state, lease);
  draft.state.unshown.delete(lease.id);
}

/** Units that were kept for a holder that did not come back are free again. */
export function freeReserved({ clock, reserved, grantedIn, toldWrite }: LedgerState): void {
  const now = serviceMs(clock);
  for (const [leaseId, { untilMs }] of reserved) if (untilMs <= now) reserved.delete(leaseId);
  for (const [leaseId, write] of grantedIn) if (write <= toldWrite) grantedIn.delete(leaseId);
}

export function expireLeases(draft: Draft): void {
  for (const leaseId of findExpired(draft.state.clock, draft.ledgerMs, expiriesPerStepMax)) {
    const lease = draft.state.leases.get(leaseId);
    if (!lease) throw new Error(`lease ${leaseId} is on the clock only`);
    endLease(draft, lease, 'expired');
  }
}

/**
 * Ends leases whose holders have one of a later request: the two came together when members were united,
 * and the one that granted the later one knew nothing of the earlier. Returns what it ended.
 */
export function endReplaced(draft: Draft): Lease[] {
  const ended: Lease[] = [];
  for (const lease of leasesBesideOthers(draft.state)) {
    const later = laterLease(draft.state, lease);
    if (!later) continue;
    endLease(draft, lease, 'replaced', later.grantedAtMs);
    ended.push(lease);
  }
  return ended;
}

/** Ends a lease, with its record of usage. `sinceMs`: when that was, if it was before now. */
export function endLease(
  draft: Draft,
  lease: Lease,
  end: LeaseEnd,
  sinceMs: number = draft.nowMs,
): void {
  const { state } = draft;
  const endedAtMs = Math.min(sinceMs, draft.nowMs);
  record(draft, { type: 'lease', before: lease, after: null, end });
  state.reserved.delete(lease.id);
  const ended = state.rows?.lease.get(lease.id);
  const { sequence, ...numbered } = nextNumber(state, 'usage');
  const { user, host, app } = lease.holder;
  const license = draft.state.licenses.get(lease.licenseId);
  record(draft, {
    type: 'usage',
    ...numbered,
    ...(ended ? { rank: ended.rank } : {}),
    after: {
      kind: 'session',
      sequence,
      leaseId: lease.id,
      licenseId: lease.licenseId,
      product: lease.product,
      feature: lease.feature,
      units: lease.units,
      user,
      host,
      ...(app === undefined ? {} : { app }),
      // A clock in doubt may have dated the grant: no session ends before it began.
      startedAtMs: Math.min(lease.grantedAtMs, endedAtMs),
      endedAtMs,
      end,
      borrowed: lease.borrowUntilMs !== null,
      ...(end === 'released' && draft.actor ? { actor: draft.actor } : {}),
      ...(end === 'expired' ? {} : { tokensEndMs: tokensEndMs(lease, license, draft.ledgerMs) }),
    },
  });
}

/** The answer about a lease that is not, or is no longer, in this ledger. */
export function noSuchLease(leaseId: string): Extract<Reply, { type: 'refused' }> {
  return {
    type: 'refused',
    code: 'LS_NO_SUCH_LEASE',
    detail: `Lease ${leaseId} has ended or was never granted here. Check out again.`,
  };
}
