import type { CheckoutRequest } from '../../../../src-shared/contract/client-api.ts';
import { moreUseful } from '../../../../src-shared/contract/problem.ts';
import { dayMs } from '../../../../src-shared/model/time-units.ts';
import type { Lease } from '../../../../src-shared/model/lease.ts';
import {
  compareVersions,
  coversRelease,
  type InstalledLicense,
} from '../../../../src-shared/model/license.ts';
import { formatUtcDay, parseInstant } from '../../../../src-shared/model/scalars.ts';
import { deriveCoverage, isFailover, isServedHere, primaryName } from './coverage.ts';
import { type CheckoutRefusal, explainNone } from './checkout-refusal.ts';
import { denyCheckout } from './denials.ts';
import { type Draft, record, reply } from './draft.ts';
import { countOf, isOrAre } from '../../../../src-shared/view/count-of.ts';
import type { CoreEvent } from './event.ts';
import { findHeld, numberedId } from './held-lease.ts';
import { describeTerms, showLease } from './leases.ts';
import { isSurplus } from './overdraft.ts';
import { currentGrant, type LedgerState, reservedUnits, unitCount } from './ledger.ts';
import { noteExhausted } from './seat-alerts.ts';
import { beginTrial, endMsOf } from './trial.ts';
import { grantsNow } from './validity.ts';
import { describeDoubt } from './wall-clock.ts';

/** Grants a lease, gives the one that the instance holds already, or says why not. */
export function checkout(
  draft: Draft,
  { requestId, leaseId, request, proof }: Extract<CoreEvent, { type: 'checkoutRequested' }>,
): void {
  const candidates = findCandidates(draft.state, request);
  const served = candidates.filter((license) => isServedHere(draft.state, license.id));
  const grantable = served.filter((license) => grantsNow(license, draft));

  const known = findHeld(draft, grantable, request, proof);
  if ('refusal' in known) {
    reply(draft, requestId, { type: 'refused', ...known.refusal });
    return;
  }
  const { held } = known;
  if (held && (proof?.lease.id === held.id || !isSurplus(draft.state, held))) {
    answerHeld(draft, requestId, held, request);
    return;
  }
  let refusal: CheckoutRefusal | undefined;
  for (const license of grantable) {
    const problem = refuseGrant(draft, license, request);
    if (!problem) {
      const id = numberedId(license, request) ?? leaseId;
      grant(draft, requestId, id, license, request);
      return;
    }
    refusal = moreUseful(refusal, problem);
  }
  denyCheckout(draft, requestId, request, refusal ?? explainNone(draft, candidates, request));
}

/**
 * Licences that hold the feature, the product, at least the version, and its release. Those that most
 * members may serve come first: a seat of one that stays on its primary is lost when the primary fails.
 * Of these trials come last; then the lowest version that will do, to keep higher ones for those who
 * need them; then the one that ends first.
 */
function findCandidates(state: LedgerState, request: CheckoutRequest): InstalledLicense[] {
  const candidates: InstalledLicense[] = [];
  for (const id of state.licenseIdsByFeature.get(request.feature) ?? []) {
    const license = state.licenses.get(id);
    if (!license) throw new Error(`licence ${id} is in the index of features only`);
    const grant = currentGrant(license);
    const { product, version } = grant;
    if (request.product !== undefined && request.product !== product) continue;
    if (request.version !== undefined && compareVersions(version, request.version) < 0) continue;
    if (!coversRelease(grant, request.released)) continue;
    candidates.push(license);
  }
  if (candidates.length < 2) return candidates;
  return candidates.sort((a, b) => {
    const left = currentGrant(a);
    const right = currentGrant(b);
    return (
      protectionOf(state, b) - protectionOf(state, a) ||
      Number(left.trialDays !== undefined) - Number(right.trialDays !== undefined) ||
      compareVersions(left.version, right.version) ||
      endOrder(a) - endOrder(b) ||
      (a.id < b.id ? -1 : 1)
    );
  });
}

/** How many members may serve a licence. */
function protectionOf({ config }: LedgerState, license: InstalledLicense): number {
  const { members } = config.membership;
  return members.filter((member) => deriveCoverage(config, license, member).covered).length;
}

function endOrder(license: InstalledLicense): number {
  return Math.min(endMsOf(license), Number.MAX_SAFE_INTEGER);
}

/** A client that comes back gets its own seat, not a second one. */
function answerHeld(draft: Draft, requestId: number, held: Lease, request: CheckoutRequest): void {
  if (request.units !== held.units) {
    reply(draft, requestId, {
      type: 'refused',
      code: 'LS_BAD_REQUEST',
      detail:
        `This instance already holds lease ${held.id} of ${countOf(held.units, 'unit')}. ` +
        `Return it before asking for ${request.units}, or use another client.instance.`,
    });
    return;
  }
  let lease = held;
  const license = draft.state.licenses.get(held.licenseId);
  if (request.borrowUntil !== undefined && license) {
    const borrowUntilMs = parseInstant(request.borrowUntil);
    if (borrowUntilMs !== held.borrowUntilMs) {
      const refusal = refuseBorrow(draft, license, held.units, borrowUntilMs, held);
      if (refusal) {
        denyCheckout(draft, requestId, request, refusal);
        return;
      }
      const upToMs = Math.max(held.borrowedUpToMs ?? 0, held.borrowUntilMs ?? 0);
      const wasLonger = upToMs > borrowUntilMs ? { borrowedUpToMs: upToMs } : {};
      lease = { ...held, borrowUntilMs, ...wasLonger };
      record(draft, { type: 'lease', before: held, after: lease });
    }
  }
  showLease(draft, lease);
  reply(draft, requestId, {
    type: 'leaseGranted',
    created: false,
    terms: describeTerms(draft, lease),
  });
}

function refuseGrant(
  draft: Draft,
  license: InstalledLicense,
  request: CheckoutRequest,
): CheckoutRefusal | undefined {
  const { units } = currentGrant(license);
  const out = unitCount(draft.state, license.id).units + reservedUnits(draft.state, license.id);
  if (request.units > units) {
    return {
      code: 'LS_INSUFFICIENTUNITS',
      detail: `${countOf(request.units, 'unit')} asked for; licence ${license.id} has ${units}.`,
      licenseId: license.id,
    };
  }
  if (out + request.units > units) {
    const free = Math.max(0, units - out);
    return {
      code: 'LS_INSUFFICIENTUNITS',
      detail: `${out} of ${countOf(units, 'unit')} of ${license.id} ${isOrAre(units)} in use, ${free} free.`,
      licenseId: license.id,
    };
  }
  if (request.borrowUntil === undefined) return undefined;
  return refuseBorrow(draft, license, request.units, parseInstant(request.borrowUntil), undefined);
}

function refuseBorrow(
  draft: Draft,
  license: InstalledLicense,
  units: number,
  borrowUntilMs: number,
  held: Lease | undefined,
): CheckoutRefusal | undefined {
  const { borrow } = currentGrant(license);
  const endMs = endMsOf(license, draft.ledgerMs);
  const refuse = (detail: string): CheckoutRefusal => ({
    code: 'LS_BORROW_NOT_ALLOWED',
    detail,
    licenseId: license.id,
  });
  if (isFailover(draft.state)) {
    return refuse(
      `Licence ${license.id} can be borrowed only while ${primaryName(draft.state)}, its primary ` +
        `server, serves it. An ordinary seat can be had now.`,
    );
  }
  if (borrow.maxDays === 0) return refuse(`Licence ${license.id} cannot be borrowed.`);
  if (borrowUntilMs <= draft.ledgerMs) return refuse('borrowUntil must be in the future.');
  if (borrowUntilMs > draft.ledgerMs + borrow.maxDays * dayMs) {
    const wait = describeDoubt(draft.state.time);
    return refuse(
      wait ??
        `Licence ${license.id} can be borrowed for at most ${countOf(borrow.maxDays, 'day')}.`,
    );
  }
  if (borrowUntilMs > endMs) {
    return refuse(`Licence ${license.id} ends on ${formatUtcDay(endMs)}, before that.`);
  }
  const heldBorrowed = held && held.borrowUntilMs !== null ? held.units : 0;
  const borrowed = unitCount(draft.state, license.id).borrowedUnits - heldBorrowed;
  if (borrowed + units > borrow.maxUnits) {
    return refuse(
      `${borrowed} of the ${countOf(borrow.maxUnits, 'unit')} of ${license.id} that may be ` +
        `borrowed ${isOrAre(borrow.maxUnits)} out.`,
    );
  }
  return undefined;
}

function grant(
  draft: Draft,
  requestId: number,
  leaseId: string,
  license: InstalledLicense,
  request: CheckoutRequest,
): void {
  if (draft.state.leases.has(leaseId)) throw new Error(`lease id ${leaseId} is used twice`);
  const { product, feature } = currentGrant(license);
  const lease: Lease = {
    id: leaseId,
    licenseId: license.id,
    product,
    feature,
    units: request.units,
    holder: request.client,
    grantedAtMs: draft.nowMs,
    borrowUntilMs: request.borrowUntil === undefined ? null : parseInstant(request.borrowUntil),
    ...(request.request === undefined ? {} : { request: request.request }),
  };
  record(draft, { type: 'lease', before: null, after: lease });
  beginTrial(draft, license.id, draft.ledgerMs);
  const { spell, grantedIn, unshown } = draft.state;
  unshown.delete(leaseId);
  if (spell) grantedIn.set(leaseId, spell.write + 1);
  noteExhausted(draft, license);
  reply(draft, requestId, {
    type: 'leaseGranted',
    created: true,
    terms: describeTerms(draft, lease),
  });
}
