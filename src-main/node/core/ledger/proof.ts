import { clockDifferenceMsMax } from '../../../../src-shared/model/clock-difference.ts';
import type { Lease } from '../../../../src-shared/model/lease.ts';
import type { InstalledLicense } from '../../../../src-shared/model/license.ts';
import { isServedHere } from './coverage.ts';
import { hasExpired, logSpell } from '../rows/row.ts';
import { type Draft, record } from './draft.ts';
import type { LeaseProof } from './event.ts';
import { currentGrant, isEndedLease, type LedgerState, unitCount } from './ledger.ts';
import { isToldLease, noteOverdraft } from './overdraft.ts';
import { beginTrial } from './trial.ts';
import { longestTtlMs } from './row-life.ts';
import { laterLease, leasesOfSeat, seatKey } from './seats.ts';
import { grantsNow } from './validity.ts';

// What a token proves of a lease that is not known here (protocol section 4, "Recovery").

/**
 * The lease that a running token shows. One that has ended proves nothing, since the lease may have run
 * out and its units may have been granted again; nor does one of a lease that was given back.
 */
export function provedLease(
  { state, ledgerMs }: Draft,
  leaseId: string,
  proof: LeaseProof | undefined,
): Lease | undefined {
  if (proof?.lease.id !== leaseId || proof.endsAtMs <= ledgerMs) return undefined;
  if (isEndedLease(state, leaseId) || hadEnded(state, proof, ledgerMs)) return undefined;
  return proof.lease;
}

/**
 * The lease ran out here, and the token is of a time that an admin has set back since: no token of the present time
 * ends so late, and it would run on for as long as that time was ahead. Where its units are kept for its holder,
 * another server had it alive, and the token says so.
 */
function hadEnded(
  state: LedgerState,
  { lease, endsAtMs, term }: LeaseProof,
  ledgerMs: number,
): boolean {
  if (lease.borrowUntilMs !== null || state.reserved.has(lease.id)) return false;
  const row = state.rows?.lease.get(lease.id);
  if (row ? !hasExpired(row) : !isOfLog(state, term)) return false;
  return endsAtMs > ledgerMs + longestTtlMs(state) + clockDifferenceMsMax;
}

/**
 * A log does not say which leases ran out, nor do rows that were made of one: of what was signed by then, what they do not
 * know has ended.
 */
function isOfLog({ rows }: LedgerState, term: number): boolean {
  if (!rows) return true;
  const logged = rows.spell.get(logSpell);
  return logged !== undefined && term <= (logged.lastTerm ?? Infinity);
}

/**
 * The lease that a holder gives back. Its token may have ended: another member can have the lease alive, for
 * as long as the row of a lease counts, and must not bring it back.
 */
export function returnedLease(
  draft: Draft,
  leaseId: string,
  proof: LeaseProof | undefined,
): Lease | undefined {
  const { state, ledgerMs } = draft;
  const proved = provedLease(draft, leaseId, proof);
  if (proved || proof?.lease.id !== leaseId) return proved;
  if (!state.rows || state.rows.lease.has(leaseId) || !mayLack(state, proof)) return undefined;
  return proof.endsAtMs > ledgerMs - state.rowLifeMs ? proof.lease : undefined;
}

/** The licence of such a lease, when only its primary can say more of it. */
export function waitsForPrimary(
  draft: Draft,
  leaseId: string,
  proof: LeaseProof | undefined,
): InstalledLicense | undefined {
  const lease = provedLease(draft, leaseId, proof);
  if (!lease || isServedHere(draft.state, lease.licenseId)) return undefined;
  return draft.state.licenses.get(lease.licenseId);
}

/** A server that took over before it had everything may not know the licence of such a lease yet. */
export function lacksLicense(
  draft: Draft,
  leaseId: string,
  proof: LeaseProof | undefined,
): string | undefined {
  const { state } = draft;
  const lease = provedLease(draft, leaseId, proof);
  if (!proof || !lease || !mayLack(state, proof)) return undefined;
  const { licenseId } = lease;
  const isKnown = state.licenses.has(licenseId) || state.rows?.license.has(licenseId) === true;
  return isKnown ? undefined : licenseId;
}

/**
 * Takes in a lease that this server does not know, because it was out of sync when it took over. Beyond
 * the units of the licence that is an overdraft, and happens only where a lease can be missing.
 */
export function adopt(
  draft: Draft,
  leaseId: string,
  proof: LeaseProof | undefined,
): Lease | undefined {
  const { state } = draft;
  const lease = provedLease(draft, leaseId, proof);
  if (!proof || !lease || laterLease(state, lease) || wasAskedForAnew(state, lease))
    return undefined;
  const license = state.licenses.get(lease.licenseId);
  if (!license || !isServedHere(state, license.id)) return undefined;
  if (lease.borrowUntilMs === null && !grantsNow(license, draft)) return undefined;
  if (!mayLack(state, proof) && !hasRoomFor(state, license, lease)) return undefined;
  record(draft, { type: 'lease', before: null, after: lease });
  beginTrial(draft, license.id, Math.min(lease.grantedAtMs, draft.ledgerMs));
  state.unshown.delete(lease.id);
  noteOverdraft(draft, { type: 'token', signer: proof.signer });
  return lease;
}

/**
 * The instance got another lease of the licence later, and was told of it: it asked since it held none, as far
 * as it knew. Instances that number their requests say so themselves (`laterLease`).
 */
function wasAskedForAnew(state: LedgerState, lease: Lease): boolean {
  if (lease.request !== undefined) return false;
  const [newest] = leasesOfSeat(state, lease.holder, lease.licenseId);
  if (!newest || newest.grantedAtMs <= lease.grantedAtMs) return false;
  return isToldLease(state, newest);
}

/**
 * Only where any survivor may serve can a lease be missing that a client was told of and that has not
 * ended: every other ledger has what it acknowledged. A server alone may lack what one had granted that
 * was taken out before the two were united; and so may a ledger that was kept as rows at that time.
 */
function mayLack({ config, serverId, formerSpells }: LedgerState, { signer, lease }: LeaseProof) {
  const { members, rule } = config.membership;
  const isOfRows =
    rule === 'continuity' || formerSpells.some(({ toMs }) => lease.grantedAtMs <= toMs);
  return isOfRows && (members.length > 1 || signer !== serverId);
}

function hasRoomFor(state: LedgerState, license: InstalledLicense, lease: Lease): boolean {
  if (state.leaseIdBySeat.has(seatKey(lease.holder, license.id))) return false;
  return unitCount(state, license.id).units + lease.units <= currentGrant(license).units;
}
