import type { CheckoutRequest } from '../../../src-shared/contract/client-api.ts';
import type { DenialRecord } from '../../../src-shared/model/usage.ts';
import type { Refusal } from './checkout.ts';
import { type Draft, record, reply } from './draft.ts';

/** Equal denials within this time are one record. */
const joinWithinMs = 60_000;

/** Denials that may be open for joining; more close the oldest. */
const openDenialsMax = 10_000;

/** Refuses a checkout and counts it. */
export function denyCheckout(
  draft: Draft,
  requestId: number,
  request: CheckoutRequest,
  refusal: Refusal,
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
    open.record = { ...open.record, lastAtMs: nowMs, count: open.record.count + 1 };
    return;
  }
  if (state.openDenials.size >= openDenialsMax) closeDenials(draft, 1);
  state.meta.usageSequence++;
  const denial: DenialRecord = {
    kind: 'denial',
    sequence: state.meta.usageSequence,
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
  };
  state.openDenials.set(key, { first: denial, record: denial });
  record(draft, { type: 'usage', after: denial });
}

/** Ends the joining of denials that began a minute ago, or of the oldest `countMin` at least. */
export function closeDenials(draft: Draft, countMin = 0): void {
  let closed = 0;
  for (const [key, open] of draft.state.openDenials) {
    if (closed >= countMin && draft.nowMs - open.record.firstAtMs < joinWithinMs) return;
    draft.state.openDenials.delete(key);
    closed++;
    const { first, record: after } = open;
    if (after.count > first.count) record(draft, { type: 'usage', before: first, after });
  }
}
