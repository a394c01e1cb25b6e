import type { CheckoutRequest } from '../../../../src-shared/contract/client-api.ts';
import { isSameHolder, type Lease } from '../../../../src-shared/model/lease.ts';
import type { InstalledLicense } from '../../../../src-shared/model/license.ts';
import type { ProblemCode } from '../../../../src-shared/contract/problem.ts';
import { leaseIdOf } from '../rows/lease-id.ts';
import type { Draft } from './draft.ts';
import type { LeaseProof } from './event.ts';
import { isKnownLease, type LedgerState } from './ledger.ts';
import { endLease } from './leases.ts';
import { isToldLease } from './overdraft.ts';
import { adopt } from './proof.ts';
import { leasesOfSeat } from './seats.ts';

type Held = { held: Lease | undefined } | { refusal: { code: ProblemCode; detail: string } };

/** The lease that a request is answered with since its instance has it, or why it gets none. */
export function findHeld(
  draft: Draft,
  grantable: readonly InstalledLicense[],
  request: CheckoutRequest,
  proof: LeaseProof | undefined,
): Held {
  if (request.request !== undefined) return findNumbered(draft, grantable, request, proof);
  const held =
    findUnnumbered(draft.state, grantable, request, proof) ??
    adoptHeld(draft, grantable, request, proof);
  return { held };
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
 * When members are united an instance can have more than one lease of a licence for a while: it gets the
 * one that it shows, or was told of.
 */
function findUnnumbered(
  state: LedgerState,
  candidates: readonly InstalledLicense[],
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

/** The lease that a numbered request got before, which may have ended; undefined: none that is known. */
export function findBorrow(state: LedgerState, request: CheckoutRequest): string | undefined {
  for (const licenseId of state.licenseIdsByFeature.get(request.feature) ?? []) {
    const id = leaseIdOf(request.client, request.request ?? 0, licenseId);
    if (state.leases.has(id) || isKnownLease(state, id)) return id;
  }
  return undefined;
}

export function numberedId(license: InstalledLicense, { client, request }: CheckoutRequest) {
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
