import type { CheckoutRequest } from '../../src-shared/contract/client-api.ts';
import type { Lease } from '../../src-shared/model/lease.ts';
import { soloConfig } from '../../src-shared/model/ledger-config.ts';
import type { InstalledLicense, LicenseGrant } from '../../src-shared/model/license.ts';
import type { UsageRecord } from '../../src-shared/model/usage.ts';
import type { Reply } from '../../src-main/node/core/ledger/reply.ts';
import type { VerifiedLicense } from '../../src-main/node/core/ledger/admin-request.ts';
import type { Instant, LeaseProof } from '../../src-main/node/core/ledger/event.ts';
import { tickMs } from '../../src-main/node/core/ledger/lease-clock.ts';
import type { LedgerState } from '../../src-main/node/core/ledger/ledger.ts';
import { createReplica, stepReplica } from '../../src-main/node/core/replica/replica.ts';
import type { ReplicaEffect } from '../../src-main/node/core/replica/replica-effect.ts';
import type {
  LedgerRequest,
  ReplicaEvent,
} from '../../src-main/node/core/replica/replica-event.ts';
import type { ReplicaState } from '../../src-main/node/core/replica/replica-state.ts';
import { MemoryLedger } from './memory-ledger.ts';

export const serverId = 'a1'.repeat(32);
export const demoVendorKeyId = 'demo-vendor-key';
export const startMs = Date.parse('2026-03-01T08:00:00Z');

export const dayMs = 86_400_000;

/**
 * A server of its own on simulated time and a simulated disk: the real core, and a runner that does
 * what the real one must do. By default every step is durable at once; `holdWrites` leaves that to
 * the test.
 */
export class CoreHost {
  readonly disk = new MemoryLedger(soloConfig(serverId));
  readonly told = new Map<number, Reply>();
  replica: ReplicaState;
  monotonicMs = 1_000;
  wallMs = startMs;
  /** Time in which the server ran and could have answered. */
  servedMs = 0;
  holdWrites = false;
  /** Writes that wait for the disk, in order. */
  waiting: Extract<ReplicaEffect, { type: 'persist' }>[] = [];
  private requestCount = 0;
  private leaseCount = 0;
  private bootCount = 0;

  constructor() {
    this.replica = this.start();
    this.writeAll();
  }

  get state(): LedgerState {
    return this.replica.ledger;
  }

  private start(): ReplicaState {
    const replica = createReplica(
      this.disk.read(),
      { serverId, demoVendorKeyId, newLedgerId: 'ledger-1', boot: `boot${++this.bootCount}` },
      this.instant(),
    );
    this.execute(stepReplica(replica, { type: 'ticked', mayReclaim: true }, this.instant()));
    return replica;
  }

  private instant(): Instant {
    return { monotonicMs: this.monotonicMs, wallMs: this.wallMs };
  }

  private handle(event: ReplicaEvent): void {
    this.execute(stepReplica(this.replica, event, this.instant()));
    if (!this.holdWrites) this.writeAll();
  }

  private execute(effects: readonly ReplicaEffect[]): void {
    for (const effect of effects) {
      if (effect.type === 'persist') this.waiting.push(effect);
      if (effect.type !== 'reply') continue;
      const { requestId, reply } = effect;
      if (reply.type === 'failed') throw reply.error;
      if (reply.type !== 'notServing') this.told.set(requestId, reply);
    }
  }

  step(event: LedgerRequest): void {
    this.handle({ type: 'requestsReceived', requests: [event] });
  }

  /** Sends a request and gives its number, by which `told` has the answer once it was given. */
  request(makeEvent: (requestId: number) => LedgerRequest): number {
    const requestId = ++this.requestCount;
    this.step(makeEvent(requestId));
    return requestId;
  }

  nextLeaseId(): string {
    return `00000000-0000-4000-8000-${String(++this.leaseCount).padStart(12, '0')}`;
  }

  /** Moves both clocks on, ticking as the real runner does. */
  pass(ms: number): void {
    const endMs = this.monotonicMs + ms;
    while (this.monotonicMs < endMs) {
      const sliceMs = Math.min(250, endMs - this.monotonicMs);
      this.monotonicMs += sliceMs;
      this.wallMs += sliceMs;
      this.servedMs += sliceMs;
      this.handle({ type: 'ticked', mayReclaim: true });
    }
  }

  /** The host sleeps: both clocks go on, the server does not. */
  suspend(ms: number): void {
    this.monotonicMs += ms;
    this.wallMs += ms;
    if (ms <= 2 * tickMs) this.servedMs += ms;
  }

  /** The disk takes everything that waits, and the answers behind it leave. */
  writeAll(): void {
    for (let next = this.waiting.shift(); next; next = this.waiting.shift()) {
      for (const write of next.writes) this.disk.write(write);
      const event = { type: 'persisted' as const, number: next.number };
      this.execute(stepReplica(this.replica, event, this.instant()));
    }
  }

  /** The disk refuses everything that waits, and works again. */
  failWrites(): void {
    const [first] = this.waiting.splice(0);
    if (!first) return;
    this.handle({ type: 'persistFailed', number: first.number });
    this.handle({ type: 'storeRecovered' });
  }

  /** An orderly stop. */
  leave(): void {
    this.handle({ type: 'leaveRequested' });
  }

  /** kill -9: what waits for the disk is lost, with every answer behind it. */
  crash(): void {
    this.waiting = [];
    this.replica = this.start();
    if (!this.holdWrites) this.writeAll();
  }

  // What the tests of behaviour say, in one line each.

  checkout(
    request: Partial<CheckoutRequest> & { instance?: string; proof?: LeaseProof } = {},
  ): Reply {
    const { instance = 'app-1', proof, ...rest } = request;
    const leaseId = this.nextLeaseId();
    return this.answer({
      type: 'checkoutRequested',
      leaseId,
      request: {
        feature: 'cad',
        units: 1,
        client: { instance, user: 'ada', host: 'ws-1' },
        ...rest,
      },
      ...(proof && { proof }),
    });
  }

  renew(leaseId: string, proof?: LeaseProof): Reply {
    return this.answer({ type: 'renewalRequested', leaseId, ...(proof && { proof }) });
  }

  return(leaseId: string, proof?: LeaseProof): Reply {
    return this.answer({ type: 'returnRequested', leaseId, ...(proof && { proof }) });
  }

  release(leaseId: string): Reply {
    return this.answer({ type: 'releaseRequested', leaseId });
  }

  install(...grants: Partial<LicenseGrant>[]): Reply {
    const licenses = grants.map((grant) => makeVerified(grant));
    return this.answer({ type: 'licensesImported', licenses, fileName: 'f.lic', dryRun: false });
  }

  answer(event: RequestEvent): Reply {
    const id = this.request((requestId) => ({ ...event, requestId }));
    const reply = this.told.get(id);
    if (!reply) throw new Error('the request was not answered');
    return reply;
  }

  /** Goes on by the other rule; what waits for the disk is left to the test. */
  changeRule(rule: 'majority' | 'continuity'): void {
    const { config } = this.state;
    const membership = { ...soloConfig(serverId).membership, rule };
    this.request((requestId) => ({
      ...{ type: 'configRequested', requestId, kind: 'relationshipChanged', message: 'Changed.' },
      config: { ...config, version: config.version + 1, membership },
    }));
  }

  eventKinds(): string[] {
    return this.disk.history.events.map(({ kind }) => kind);
  }

  /** By id, as they are on the disk. */
  leasesOnDisk(): Map<string, Lease> {
    const { leases, rows } = this.disk;
    const live = [...rows.values()].flatMap((row) => (row.kind === 'lease' && row.lease) || []);
    return byId([...leases.values(), ...live]);
  }

  licensesOnDisk(): Map<string, InstalledLicense> {
    const { licenses, rows } = this.disk;
    const live = [...rows.values()].flatMap((row) => (row.kind === 'license' && row.license) || []);
    return byId([...licenses.values(), ...live]);
  }

  usage(): UsageRecord[] {
    return this.disk.history.counted.map(({ record }) => record);
  }
}

function byId<T extends { id: string }>(rows: readonly T[]): Map<string, T> {
  return new Map(rows.map((row) => [row.id, row]));
}

type WithoutId<T> = T extends { requestId: number } ? Omit<T, 'requestId'> : never;
type RequestEvent = WithoutId<LedgerRequest>;

export function makeGrant(changes: Partial<LicenseGrant> = {}): LicenseGrant {
  return {
    format: 'understudy-license/1',
    id: 'lic-cad',
    serial: 1,
    vendor: 'Acme',
    product: 'Suite',
    feature: 'cad',
    version: '2.0',
    units: 2,
    notBefore: null,
    expires: null,
    redundancy: 'none',
    majorityRule: false,
    servers: [],
    ttlSeconds: 60,
    borrow: { maxDays: 0, maxUnits: 0 },
    ...changes,
  };
}

export function makeVerified(changes: Partial<LicenseGrant> = {}): VerifiedLicense {
  const grant = makeGrant(changes);
  return { grant, signedText: JSON.stringify(grant), vendorKeyId: 'vendor-key' };
}

/** What the token proves that comes with a grant or a renewal. */
export function proofOf(reply: Reply, signer = serverId): LeaseProof {
  if (reply.type !== 'leaseGranted' && reply.type !== 'leaseRenewed') {
    throw new Error(`no token: ${JSON.stringify(reply)}`);
  }
  const { lease, endsAtMs, term } = reply.terms;
  return { lease, endsAtMs: Math.floor(endsAtMs / 1000) * 1000, signer, term };
}

/** The lease of an answer that granted one. */
export function grantedLease(reply: Reply): Lease {
  if (reply.type !== 'leaseGranted') throw new Error(`not granted: ${JSON.stringify(reply)}`);
  return reply.terms.lease;
}
