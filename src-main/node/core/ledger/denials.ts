import type { CheckoutRequest } from '../../../../src-shared/contract/client-api.ts';
import type { DenialRecord } from '../../../../src-shared/model/usage.ts';
import type { CheckoutRefusal } from './checkout-refusal.ts';
import { DistinctCount } from './distinct-count.ts';
import { type Draft, nextNumber, record, reply } from './draft.ts';

/** Equal denials within this time are joined: a record of the first, and one of all others. */
const joinWithinMs = 60_000;

/** Denials that may be open for joining; more are recorded together. */
const openDenialsMax = 10_000;

/**
 * Of one reason so many denials are recorded by who was denied at once, and one more in each interval;
 * what goes beyond that is recorded together, in one record a minute. So the history of a licence grows
 * by at most 21 denials a minute in the long run, whoever asks for it and under however many names.
 */
export const apartAtOnceMax = 60;
const apartEveryMs = 6_000;

/** Why checkouts are denied: of one licence, or of none, with one code. */
export interface DenialReason {
  /** How many may be recorded apart, as of an instant in ms since 1970. */
  apart: number;
  asOfMs: number;
  together: TogetherDenials | null;
}

interface TogetherDenials {
  /** Who was denied in it is the first one. */
  record: DenialRecord;
  users: DistinctCount;
  hosts: DistinctCount;
  features: DistinctCount;
}

/** Refuses a checkout and counts it. */
export function denyCheckout(
  draft: Draft,
  requestId: number,
  request: CheckoutRequest,
  refusal: CheckoutRefusal,
): void {
  reply(draft, requestId, { type: 'refused', code: refusal.code, detail: refusal.detail });
  const { state, nowMs } = draft;
  if (refusal.licenseId !== undefined) {
    const count = state.deniedCountByLicense.get(refusal.licenseId) ?? 0;
    state.deniedCountByLicense.set(refusal.licenseId, count + 1);
  }
  const { user, host } = request.client;
  const key = [user, host, request.feature, request.product ?? '', refusal.code].join('\u0000');
  const open = state.openDenials.get(key);
  if (open) {
    const { joined } = open;
    open.joined = joined
      ? { ...joined, lastAtMs: Math.max(joined.firstAtMs, nowMs), count: joined.count + 1 }
      : { ...open.first, firstAtMs: nowMs, lastAtMs: nowMs };
    return;
  }
  const denial = describeDenial(draft, request, refusal);
  const reason = reasonOf(draft, refusal);
  if (reason.apart < 1 || state.openDenials.size >= openDenialsMax) {
    joinOthers(reason, denial);
    return;
  }
  reason.apart -= 1;
  state.openDenials.set(key, { first: recordDenial(draft, denial), joined: null });
}

function describeDenial(
  { nowMs }: Draft,
  request: CheckoutRequest,
  { licenseId, code }: CheckoutRefusal,
): DenialRecord {
  return {
    kind: 'denial',
    sequence: 0,
    ...(licenseId === undefined ? {} : { licenseId }),
    ...(request.product === undefined ? {} : { product: request.product }),
    feature: request.feature,
    units: request.units,
    user: request.client.user,
    host: request.client.host,
    code,
    firstAtMs: nowMs,
    lastAtMs: nowMs,
    count: 1,
  };
}

/** The reason of a denial, with what it may record apart by now. */
function reasonOf({ state, nowMs }: Draft, { licenseId = '', code }: CheckoutRefusal) {
  const key = `${licenseId}\u0000${code}`;
  let reason = state.denialReasons.get(key);
  if (reason) refill(reason, nowMs);
  else {
    reason = { apart: apartAtOnceMax, asOfMs: nowMs, together: null };
    state.denialReasons.set(key, reason);
  }
  return reason;
}

function refill(reason: DenialReason, nowMs: number): void {
  const earned = Math.max(0, nowMs - reason.asOfMs) / apartEveryMs;
  reason.apart = Math.min(apartAtOnceMax, reason.apart + earned);
  reason.asOfMs = nowMs;
}

function joinOthers(reason: DenialReason, denial: DenialRecord): void {
  const together = (reason.together ??= {
    record: { ...denial, count: 0 },
    users: new DistinctCount(),
    hosts: new DistinctCount(),
    features: new DistinctCount(),
  });
  together.record.count += 1;
  together.record.lastAtMs = Math.max(together.record.firstAtMs, denial.lastAtMs);
  together.users.add(denial.user);
  together.hosts.add(denial.host);
  together.features.add(denial.feature);
}

function recordDenial(draft: Draft, denial: DenialRecord): DenialRecord {
  const { sequence, ...numbered } = nextNumber(draft.state, 'usage');
  const after = { ...denial, sequence };
  record(draft, { type: 'usage', ...numbered, after });
  return after;
}

/** Others are joined to a denial for a minute, and no longer where the time was set back since. */
function isOpen({ firstAtMs }: DenialRecord, nowMs: number): boolean {
  return nowMs >= firstAtMs && nowMs - firstAtMs < joinWithinMs;
}

/** Ends the joining of denials that began a minute ago. */
export function closeDenials(draft: Draft): void {
  const { state, nowMs } = draft;
  for (const [key, { first, joined }] of state.openDenials) {
    if (isOpen(first, nowMs)) break;
    state.openDenials.delete(key);
    if (joined) recordDenial(draft, joined);
  }
  for (const [key, reason] of state.denialReasons) {
    const { together } = reason;
    if (together && !isOpen(together.record, nowMs)) {
      recordTogether(draft, reason, together);
    }
    refill(reason, nowMs);
    if (!reason.together && reason.apart >= apartAtOnceMax) state.denialReasons.delete(key);
  }
}

/** Writes down what is joined so far: nothing of it is only in memory then. */
export function closeAllDenials(draft: Draft): void {
  const { openDenials, denialReasons } = draft.state;
  for (const { joined } of openDenials.values()) if (joined) recordDenial(draft, joined);
  openDenials.clear();
  for (const reason of denialReasons.values()) {
    if (reason.together) recordTogether(draft, reason, reason.together);
  }
}

function recordTogether(draft: Draft, reason: DenialReason, together: TogetherDenials): void {
  const [users, hosts, features] = [together.users, together.hosts, together.features].map(
    ({ count }) => count,
  ) as [number, number, number];
  const several = Math.max(users, hosts, features) > 1;
  const everybody = { user: '', host: '', together: { users, hosts, features } };
  recordDenial(draft, { ...together.record, ...(several ? everybody : {}) });
  reason.together = null;
}
