import { formatUtcDay } from '../../../../src-shared/model/scalars.ts';
import type { CheckoutRequest } from '../../../../src-shared/contract/client-api.ts';
import type { ProblemCode } from '../../../../src-shared/contract/problem.ts';
import type { InstalledLicense } from '../../../../src-shared/model/license.ts';
import { describeUncovered, isServedHere } from './coverage.ts';
import { type Draft } from './draft.ts';
import { currentGrant, type LedgerState } from './ledger.ts';
import { endMsOf } from './trial.ts';
import { refuseDamaged, refuseRevoked, validityOf } from './validity.ts';

export interface CheckoutRefusal {
  code: ProblemCode;
  detail: string;
  licenseId?: string;
}

/** Why none of the licences that could hold the request grants it. */
export function explainNone(
  draft: Draft,
  candidates: InstalledLicense[],
  request: CheckoutRequest,
): CheckoutRefusal {
  const uncovered = candidates.find((license) => !isServedHere(draft.state, license.id));
  if (uncovered) {
    return {
      code: 'LS_LEADER_NOT_PRESENT',
      detail: describeUncovered(draft.state, uncovered),
      licenseId: uncovered.id,
    };
  }
  const damaged = candidates.find((license) => license.damage !== undefined);
  if (damaged) return { ...refuseDamaged(damaged), licenseId: damaged.id };
  const revoked = candidates.find((license) => currentGrant(license).revoked !== undefined);
  const validities = candidates.map((license) => validityOf(license, draft));
  const waiting = candidates[validities.indexOf('notStarted')];
  if (waiting) {
    const { notBefore } = currentGrant(waiting);
    return {
      code: 'LS_LICENSE_NOT_STARTED',
      detail: `Licence ${waiting.id} is valid from ${notBefore?.slice(0, 10) ?? ''} on.`,
      licenseId: waiting.id,
    };
  }
  const expired = candidates[validities.lastIndexOf('expired')];
  if (expired) {
    return {
      code: 'LS_LICENSE_EXPIRED',
      detail: `Licence ${expired.id} expired on ${formatUtcDay(endMsOf(expired))}.`,
      licenseId: expired.id,
    };
  }
  if (revoked) return { ...refuseRevoked(revoked), licenseId: revoked.id };
  return { code: 'LS_NO_SUCH_FEATURE', detail: describeMissing(draft.state, request) };
}

function describeMissing(state: LedgerState, request: CheckoutRequest): string {
  const ids = state.licenseIdsByFeature.get(request.feature);
  if (!ids) {
    const folded = request.feature.toLowerCase();
    const known = [...state.licenseIdsByFeature.keys()].sort();
    const alike = known.find((feature) => feature.toLowerCase() === folded);
    const meant = alike === undefined ? '' : ` Is "${alike}" meant? Upper and lower case count.`;
    return `This server has no licence for the feature "${request.feature}".${meant}`;
  }
  const product = request.product === undefined ? '' : ` of product "${request.product}"`;
  const version = request.version === undefined ? '' : ` at version ${request.version} or higher`;
  const { released } = request;
  const covered =
    released === undefined ? '' : ` for versions released on ${released.slice(0, 10)}`;
  return `This server has the feature "${request.feature}", but not${product}${version}${covered}.`;
}
