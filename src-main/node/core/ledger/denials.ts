import type { CheckoutRequest } from '../../../../src-shared/contract/client-api.ts';
import type { DenialRecord } from '../../../../src-shared/model/usage.ts';
import type { CheckoutRefusal } from './checkout.ts';
import { type Draft, nextNumber, record, reply } from './draft.ts';

/** Equal denials within this time are joined: a record of the first, and one of all others. */
const joinWithinMs = 60_000;

/** Denials that may be open for joining; more close the oldest. */
const openDenialsMax = 10_000;

/** Refuses a checkout and counts it. */
export function denyCheckout(
  draft: Draft,
  requestId: number,
  request: CheckoutRequest,
  refusal: CheckoutRefusal,
): void {
  reply(draft, requestId, { type: 'refused', code: refusal.code, detail: refusal.detail });
  const { state, nowMs } = draft;
  const { user, host } = request.client;
  if (refusal.licenseId !== undefined) {
    const count = state.deniedCountByLicense.get(refusal.licenseId) ?? 0;
    state.deniedCountByLicense.set(refusal.licenseId, count + 1);
  }
  const key = [user, host, request.feature, request.product ?? '', refusal.code].join('\u0000');
  const open = state.openDenials.get(key);
  if (open) {
    const { joined } = open;
    open.joined = joined
      ? { ...joined, lastAtMs: nowMs, count: joined.count + 1 }
      : { ...open.first, firstAtMs: nowMs, lastAtMs: nowMs };
    return;
  }
  if (state.openDenials.size >= openDenialsMax) closeDenials(draft, 1);
  const first = recordDenial(draft, {
    kind: 'denial',
    sequence: 0,
    ...(refusal.licenseId === undefined ? {} : { licenseId: refusal.licenseId }),
    ...(request.product === undefined ? {} : { product: request.product }),
    feature: request.feature,
    units: request.units,
    user,
    host,
    code: refusal.code,
    firstAtMs: nowMs,
    lastAtMs: nowMs,
    count: 1,
  });
  state.openDenials.set(key, { first, joined: null });
}

function recordDenial(draft: Draft, denial: DenialRecord): DenialRecord {
  const { sequence, ...numbered } = nextNumber(draft.state, 'usage');
  const after = { ...denial, sequence };
  record(draft, { type: 'usage', ...numbered, after });
  return after;
}

/** Ends the joining of denials that began a minute ago, or of the oldest `countMin` at least. */
export function closeDenials(draft: Draft, countMin = 0): void {
  let closed = 0;
  for (const [key, open] of draft.state.openDenials) {
    if (closed >= countMin && draft.nowMs - open.first.firstAtMs < joinWithinMs) return;
    draft.state.openDenials.delete(key);
    closed++;
    if (open.joined) recordDenial(draft, open.joined);
  }
}
