import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ledgerMs } from '../../../src-main/node/core/ledger/ledger-time.ts';
import { rowLifeMsDefault } from '../../../src-main/node/core/ledger/row-life.ts';
import type { Lease } from '../../../src-shared/model/lease.ts';
import type { Reply } from '../../../src-main/node/core/ledger/reply.ts';
import { currentGrant, currentVersion } from '../../../src-main/node/core/ledger/ledger.ts';
import { CoreHost, makeVerified } from '../../support/core-host.ts';

/**
 * Any sequence of requests, writes, failed writes, crashes, suspensions and clock steps keeps the
 * invariants of protocol section 9 that apply to a ledger of one member.
 */

type Operation =
  | { type: 'checkout'; instance: number; units: number; borrowDays: number | null }
  | { type: 'renew' | 'return' | 'release'; lease: number }
  | { type: 'import'; licence: number; units: number; ttlSeconds: number }
  | { type: 'rollBack' | 'remove'; licence: number }
  | { type: 'pass'; ms: number }
  | { type: 'suspend'; ms: number }
  | { type: 'stepClock'; ms: number }
  | { type: 'write' | 'failWrite' | 'crash' };

const lease = fc.nat(40);
const licence = fc.nat(1);
const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant('checkout' as const),
      instance: fc.nat(7),
      units: fc.integer({ min: 1, max: 3 }),
      borrowDays: fc.option(fc.integer({ min: 1, max: 4 }), { freq: 5 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('renew' as const), lease }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('return' as const), lease }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('release' as const), lease }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('import' as const),
      licence,
      units: fc.integer({ min: 1, max: 6 }),
      ttlSeconds: fc.constantFrom(5, 60, 300),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constantFrom('rollBack', 'remove'), licence }) },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('pass' as const),
      ms: fc.oneof(fc.integer({ min: 1, max: 2_000 }), fc.integer({ min: 1, max: 90_000 })),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constantFrom('suspend' as const, 'stepClock' as const),
      ms: fc.integer({ min: -7_200_000, max: 172_800_000 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constantFrom('write' as const, 'write', 'failWrite', 'crash'),
    }),
  },
);

/** What clients were told, and what they may conclude from it. */
class Witness {
  /**
   * Leases that a client was told it has, with the served time until which it may rely on it, and the ledger's
   * time at which its row has outlived every token, however little the server has served since.
   */
  readonly held = new Map<string, { lease: Lease; safeUntilMs: number; rowEndsMs: number }>();
  /** Leases whose end was told: they must never live again. */
  readonly ended = new Set<string>();
  readonly everGranted = new Set<string>();
  private readonly requests = new Map<number, { kind: string; leaseId: string }>();
  private readonly heard = new Set<number>();
  readonly host: CoreHost;

  constructor(host: CoreHost) {
    this.host = host;
  }

  expectAnswer(requestId: number, kind: string, leaseId: string): void {
    this.requests.set(requestId, { kind, leaseId });
  }

  listen(): void {
    for (const [requestId, reply] of this.host.told) {
      const request = this.requests.get(requestId);
      if (!request || this.heard.has(requestId)) continue;
      this.heard.add(requestId);
      this.hear(request.leaseId, reply);
    }
  }

  /** From a request for its end on, a client may no longer rely on a lease, whatever happens. */
  giveUp(leaseId: string): void {
    this.held.delete(leaseId);
  }

  restart(): void {
    const now = this.host.servedMs;
    for (const held of this.held.values()) held.safeUntilMs = now;
  }

  private hear(leaseId: string, reply: Reply): void {
    if (reply.type === 'leaseEnded') this.ended.add(leaseId);
    if (reply.type !== 'leaseGranted' && reply.type !== 'leaseRenewed') return;
    const { lease, ttlSeconds } = reply.terms;
    this.everGranted.add(lease.id);
    const lifeMs = lease.borrowUntilMs === null ? ttlSeconds * 1000 : 0;
    // The life counts from the request, which may have waited for the disk: assume no wait at all
    // only where the answer was given in the same step.
    const heldSince = this.host.holdWrites ? 0 : lifeMs;
    const rowEndsMs = ledgerMs(this.host.state.time) + (2 / 3) * rowLifeMsDefault;
    this.held.set(lease.id, { lease, safeUntilMs: this.host.servedMs + heldSince, rowEndsMs });
  }
}

function perform(host: CoreHost, witness: Witness, operation: Operation): void {
  const leaseIds = [...witness.everGranted];
  const pick = (index: number) => leaseIds[index % Math.max(1, leaseIds.length)];
  switch (operation.type) {
    case 'checkout': {
      const leaseId = host.nextLeaseId();
      const borrowUntil =
        operation.borrowDays === null
          ? {}
          : {
              borrowUntil: new Date(host.wallMs + operation.borrowDays * 86_400_000).toISOString(),
            };
      const requestId = host.request((id) => ({
        type: 'checkoutRequested',
        requestId: id,
        leaseId,
        request: {
          feature: 'cad',
          units: operation.units,
          client: { instance: `i${operation.instance}`, user: 'ada', host: 'ws' },
          ...borrowUntil,
        },
      }));
      witness.expectAnswer(requestId, 'checkout', leaseId);
      return;
    }
    case 'renew':
    case 'return':
    case 'release': {
      const leaseId = pick(operation.lease);
      if (leaseId === undefined) return;
      const type = `${operation.type === 'renew' ? 'renewal' : operation.type}Requested` as const;
      const requestId = host.request((id) => ({ type, requestId: id, leaseId }));
      witness.expectAnswer(requestId, operation.type, leaseId);
      if (operation.type !== 'renew') witness.giveUp(leaseId);
      return;
    }
    case 'import': {
      const id = `lic-${operation.licence}`;
      const installed = host.state.licenses.get(id);
      const serial = (installed ? currentVersion(installed).grant.serial : 0) + 1;
      const { units, ttlSeconds } = operation;
      const borrow = { maxDays: 3, maxUnits: 2 };
      host.request((requestId) => ({
        type: 'licensesImported',
        requestId,
        licenses: [makeVerified({ id, serial, units, ttlSeconds, borrow })],
        fileName: 'f',
        dryRun: false,
      }));
      return;
    }
    case 'rollBack':
    case 'remove': {
      const type = operation.type === 'remove' ? 'removalRequested' : 'rollbackRequested';
      const licenseId = `lic-${operation.licence}`;
      host.request((requestId) => ({ type, requestId, licenseId }));
      return;
    }
    case 'pass':
      host.pass(operation.ms);
      return;
    case 'suspend':
      host.suspend(Math.abs(operation.ms));
      return;
    case 'stepClock':
      host.wallMs += operation.ms;
      return;
    case 'write':
      host.writeAll();
      return;
    case 'failWrite':
      host.failWrites();
      return;
    case 'crash':
      host.crash();
      witness.restart();
      return;
  }
}

function unitsByLicense(leases: Iterable<Lease>): Map<string, number> {
  const units = new Map<string, number>();
  for (const { licenseId, units: count } of leases) {
    units.set(licenseId, (units.get(licenseId) ?? 0) + count);
  }
  return units;
}

function checkInvariants(host: CoreHost, witness: Witness, before: Map<string, number>): void {
  const { state } = host;
  const onDisk = host.leasesOnDisk();
  // 2. Units out never exceed the licence, unless a smaller version came while they were out.
  const out = unitsByLicense(state.leases.values());
  for (const [licenseId, units] of out) {
    const license = state.licenses.get(licenseId);
    const cap = license ? currentGrant(license).units : 0;
    expect(units).toBeLessThanOrEqual(Math.max(cap, before.get(licenseId) ?? 0));
  }
  // 4. A lease that a client was told is on the disk, as long as the client may rely on it.
  const now = host.servedMs;
  for (const [leaseId, held] of witness.held) {
    if (state.leases.has(leaseId)) expect(onDisk.has(leaseId)).toBe(true);
    else if (ledgerMs(state.time) < held.rowEndsMs)
      expect(now).toBeGreaterThanOrEqual(held.safeUntilMs);
  }
  // 5. What was ended and told never lives again.
  for (const leaseId of witness.ended) {
    expect(state.leases.has(leaseId)).toBe(false);
    expect(onDisk.has(leaseId)).toBe(false);
  }
  // Product, point 17: one seat for one instance and licence.
  const seats = [...state.leases.values()].map((l) => `${l.holder.instance}/${l.licenseId}`);
  expect(new Set(seats).size).toBe(seats.length);
  // The indexes say what the leases say, and every lease has exactly one end.
  const counted = [...state.unitCountByLicense].map(([id, count]) => [id, count.units] as const);
  expect(new Map(counted)).toEqual(out);
  const queued = [...state.clock.queueByTtlMs.values()].flatMap((queue) => [...queue.keys()]);
  const timed = [...queued, ...state.clock.borrowEndsMs.keys()];
  expect(timed.sort()).toEqual([...state.leases.keys()].sort());
  // 10. Every lease on the disk is live or has exactly one usage record.
  const sessions = host.usage().flatMap((r) => (r.kind === 'session' ? [r.leaseId] : []));
  expect(new Set(sessions).size).toBe(sessions.length);
  for (const leaseId of sessions) expect(onDisk.has(leaseId)).toBe(false);
  for (const leaseId of witness.everGranted) {
    expect(onDisk.has(leaseId) || sessions.includes(leaseId)).toBe(true);
  }
}

function run(operations: Operation[], holdWrites: boolean): void {
  const host = new CoreHost();
  const witness = new Witness(host);
  const revisions = new Map<string, number>();
  const removes = operations.some((operation) => operation.type === 'remove');
  host.install({ id: 'lic-0', units: 3, borrow: { maxDays: 3, maxUnits: 2 } });
  host.holdWrites = holdWrites;
  for (const operation of operations) {
    const before = unitsByLicense(host.state.leases.values());
    // A withdrawn return or removal gives its units back, on top of what was granted meanwhile.
    const durable = unitsByLicense(host.leasesOnDisk().values());
    for (const [id, units] of durable) before.set(id, Math.max(units, before.get(id) ?? 0));
    perform(host, witness, operation);
    witness.listen();
    checkInvariants(host, witness, before);
    // 8. Revisions on the disk only go forward, as long as no licence is removed.
    for (const { id, versions } of host.licensesOnDisk().values()) {
      const numbers = versions.map((version) => version.revision);
      expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
      const last = numbers.at(-1) ?? 0;
      if (!removes) expect(last).toBeGreaterThanOrEqual(revisions.get(id) ?? 0);
      revisions.set(id, last);
    }
  }
  host.writeAll();
  witness.listen();
  expect([...host.leasesOnDisk().keys()].sort()).toEqual([...host.state.leases.keys()].sort());
  expect([...host.licensesOnDisk().keys()].sort()).toEqual([...host.state.licenses.keys()].sort());
}

describe('a ledger of one member', () => {
  const operations = fc.array(operation, { maxLength: 80, size: 'max' });
  const runs = { numRuns: Number(process.env['PROPERTY_RUNS'] ?? 500), seed: 20_260_301 };

  it('keeps the invariants when every step is durable at once', () => {
    fc.assert(
      fc.property(operations, (list) => run(list, false)),
      runs,
    );
  });

  it('keeps the invariants when writes wait, fail and are lost in a crash', () => {
    fc.assert(
      fc.property(operations, (list) => run(list, true)),
      runs,
    );
  });
});
