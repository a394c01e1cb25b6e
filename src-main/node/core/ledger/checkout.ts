import type { CheckoutRequest } from '../../../../src-shared/contract/client-api.ts';
import { moreUseful, type ProblemCode } from '../../../../src-shared/contract/problem.ts';
import { dayMs } from '../../../../src-shared/model/time-units.ts';
import { isSameHolder, type Lease } from '../../../../src-shared/model/lease.ts';
import { leaseIdOf } from '../rows/lease-id.ts';
import {
  compareVersions,
  coversRelease,
  type InstalledLicense,
} from '../../../../src-shared/model/license.ts';
import { parseInstant } from '../../../../src-shared/model/scalars.ts';
import {
  deriveCoverage,
  isFailover,
  isServedHere,
  primaryName,
} from './coverage.ts';
import { type CheckoutRefusal, explainNone } from './checkout-refusal.ts';
import { denyCheckout } from './denials.ts';
import { type Draft, formatDay, record, reply } from './draft.ts';
import { countOf, isOrAre } from '../../../../src-shared/view/count-of.ts';
import type { CoreEvent, LeaseProof } from './event.ts';
import { describeTerms, endLease, showLease } from './leases.ts';
import { isSurplus, isToldLease } from './overdraft.ts';
import { adopt } from './proof.ts';
import {
  currentGrant,
  isKnownLease,
  type LedgerState,
  reservedUnits,
  leasesOfSeat,
  unitCount,
} from './ledger.ts';
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

  const known =
    request.request === undefined
      ? {
          held:
            findHeld(draft.state, grantable, request, proof) ??
            adoptHeld(draft, grantable, request, proof),
        }
      : findNumbered(draft, grantable, request, proof);
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

/** The instance shows the token of a lease that this server does not know: it gets that one. */
function adoptHeld(
  draft: Draft,
  grantable: readonly InstalledLicense[],
  request: CheckoutRequest,
  proof: LeaseProof | undefined,
): Lease | undefined {
  if (!proof || !isSameHolder(proof.lease.holder, request.client)) return undefined;
  const { id, licenseId } = proof.lease;
  if (draft.state.leases.has(id)) return undefined;
  if (!grantable.some((license) => license.id === licenseId)) return undefined;
  return adopt(draft, id, proof);
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

/**
 * When members are united an instance can have more than one lease of a licence for a while: it gets the
 * one that it shows, or was told of.
 */
function findHeld(
  state: LedgerState,
  candidates: InstalledLicense[],
  request: CheckoutRequest,
  proof: LeaseProof | undefined,
): Lease | undefined {
  for (const license of candidates) {
    const leases = leasesOfSeat(state, request.client, license.id);
    const shown = leases.find(({ id }) => id === proof?.lease.id);
    const held = shown ?? leases.find((lease) => isToldLease(state, lease)) ?? leases[0];
    if (held) return held;
  }
  return undefined;
}

function numberedId(license: InstalledLicense, { client, request }: CheckoutRequest) {
  return request === undefined ? undefined : leaseIdOf(client, request, license.id);
}

/**
 * A request with a number says that the instance holds no seat of an earlier one: that one ends. The
 * same number again is a retry, and is answered with the same lease wherever it arrives.
 */
function findNumbered(
  draft: Draft,
  grantable: readonly InstalledLicense[],
  request: CheckoutRequest,
  proof: LeaseProof | undefined,
): { held: Lease | undefined } | { refusal: { code: ProblemCode; detail: string } } {
  const { state } = draft;
  const number = request.request ?? 0;
  const earlier: Lease[] = [];
  for (const license of grantable) {
    const id = leaseIdOf(request.client, number, license.id);
    const lease =
      state.leases.get(id) ??
      (proof?.lease.id === id ? adoptHeld(draft, grantable, request, proof) : undefined);
    if (!isOwn(state, id, lease, request.client)) {
      return refuseNumber(`Request ${number} is of another holder.`);
    }
    if (lease) return { held: lease };
    if (isKnownLease(state, id)) {
      return refuseNumber(
        `The lease of request ${number} has ended already. Ask with a higher request number.`,
      );
    }
    const held = leasesOfSeat(state, request.client, license.id);
    const later = held.find((one) => (one.request ?? -1) > number);
    if (later) {
      return refuseNumber(
        `Request ${number} of this instance is older than request ${later.request ?? 0}, whose ` +
          'lease it holds. Ask with a higher request number.',
      );
    }
    earlier.push(...held);
  }
  for (const held of earlier) endLease(draft, held, 'replaced');
  return { held: undefined };
}

/** Of a lease that has ended the instance alone is remembered. */
function isOwn(
  { rows }: LedgerState,
  id: string,
  lease: Lease | undefined,
  client: CheckoutRequest['client'],
): boolean {
  if (lease) return isSameHolder(lease.holder, client);
  return (rows?.lease.get(id)?.instance ?? client.instance) === client.instance;
}

function refuseNumber(detail: string) {
  return { refusal: { code: 'LS_BAD_REQUEST' as const, detail } };
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
  } else {
    showLease(draft, lease);
  }
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
    return refuse(`Licence ${license.id} ends on ${formatDay(endMs)}, before that.`);
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
  const { spell } = draft.state;
  if (spell) draft.state.grantedIn.set(leaseId, spell.write + 1);
  noteExhausted(draft, license);
  reply(draft, requestId, {
    type: 'leaseGranted',
    created: true,
    terms: describeTerms(draft, lease),
  });
}
