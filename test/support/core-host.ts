import type { CheckoutRequest } from '../../src-shared/contract/client-api.ts';
import type { Lease } from '../../src-shared/model/lease.ts';
import type { InstalledLicense, LicenseGrant } from '../../src-shared/model/license.ts';
import type { UsageRecord } from '../../src-shared/model/usage.ts';
import type { TrustedVendor } from '../../src-shared/model/vendor.ts';
import type {
  Change,
  LedgerMeta,
  RecordedEvent,
  StoredLedger,
} from '../../src-main/node/core/change.ts';
import type { Effect, Reply } from '../../src-main/node/core/effect.ts';
import type { CoreEvent, VerifiedLicense } from '../../src-main/node/core/event.ts';
import { tickMs } from '../../src-main/node/core/lease-clock.ts';
import type { LedgerState } from '../../src-main/node/core/ledger.ts';
import { createLedgerState } from '../../src-main/node/core/ledger-start.ts';
import { step } from '../../src-main/node/core/step.ts';

export const serverId = 'a1'.repeat(32);
export const demoVendorKeyId = 'demo-vendor-key';
export const startMs = Date.parse('2026-03-01T08:00:00Z');

export const dayMs = 86_400_000;

/** What would be on disk: changes that were made durable, in tables as a store has them. */
export class SimulatedDisk {
  meta: LedgerMeta | null = null;
  readonly leases = new Map<string, Lease>();
  readonly licenses = new Map<string, InstalledLicense>();
  readonly vendors = new Map<string, TrustedVendor>();
  readonly usage = new Map<number, UsageRecord>();
  readonly events = new Map<number, RecordedEvent>();

  write(change: Change): void {
    switch (change.type) {
      case 'lease':
        if (change.before) this.leases.delete(change.before.id);
        if (change.after) this.leases.set(change.after.id, change.after);
        return;
      case 'license':
        if (change.before) this.licenses.delete(change.before.id);
        if (change.after) this.licenses.set(change.after.id, change.after);
        return;
      case 'vendor':
        if (change.before) this.vendors.delete(change.before.keyId);
        if (change.after) this.vendors.set(change.after.keyId, change.after);
        return;
      case 'usage':
        this.usage.set(change.after.sequence, change.after);
        return;
      case 'event':
        this.events.set(change.after.sequence, change.after);
        return;
      case 'meta':
        this.meta = change.after;
        return;
    }
  }

  read(): StoredLedger {
    return {
      meta: this.meta,
      leases: [...this.leases.values()],
      licenses: [...this.licenses.values()],
      vendors: [...this.vendors.values()],
      ended: [...this.usage.values()].flatMap((usage) =>
        usage.kind === 'session' && usage.end !== 'expired' ? [usage.leaseId] : [],
      ),
    };
  }
}

/**
 * A server on simulated time and a simulated disk: the real core, and a runner that does what the
 * real one must do. By default every step is durable at once; `holdWrites` leaves that to the test.
 */
export class CoreHost {
  readonly disk = new SimulatedDisk();
  readonly told = new Map<number, Reply>();
  state: LedgerState;
  monotonicMs = 1_000;
  wallMs = startMs;
  /** Time in which the server ran and could have answered. */
  servedMs = 0;
  holdWrites = false;
  /** Effects that wait for the disk, in order. */
  waiting: Effect[] = [];
  private requestCount = 0;
  private leaseCount = 0;

  constructor() {
    this.state = this.start();
  }

  private start(): LedgerState {
    const { state, effects } = createLedgerState(
      this.disk.read(),
      { serverId, demoVendorKeyId, newLedgerId: 'ledger-1', startMessage: 'Server started.' },
      { monotonicMs: this.monotonicMs, wallMs: this.wallMs },
    );
    this.waiting.push(...effects);
    if (!this.holdWrites) this.writeAll();
    return state;
  }

  step(event: CoreEvent): void {
    const at = { monotonicMs: this.monotonicMs, wallMs: this.wallMs };
    this.waiting.push(...step(this.state, event, at).effects);
    if (this.holdWrites) this.releaseUnbound();
    else this.writeAll();
  }

  /** Sends a request and gives its number, by which `told` has the answer once it was given. */
  request(makeEvent: (requestId: number) => CoreEvent): number {
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
      this.step({ type: 'clockTicked' });
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
    for (const effect of this.waiting.splice(0)) {
      if (effect.type === 'persist') effect.changes.forEach((change) => this.disk.write(change));
      else this.told.set(effect.requestId, effect.reply);
    }
  }

  /** The disk refuses everything that waits. */
  failWrites(): void {
    const changes = this.waiting
      .splice(0)
      .flatMap((effect) => (effect.type === 'persist' ? effect.changes : []));
    this.step({ type: 'changesWithdrawn', changes });
  }

  /** kill -9: what waits for the disk is lost, with every answer behind it. */
  crash(): void {
    this.waiting = [];
    this.state = this.start();
  }

  /** Answers before the first write that waits are bound to nothing and leave. */
  private releaseUnbound(): void {
    for (let effect = this.waiting[0]; effect?.type === 'reply'; effect = this.waiting[0]) {
      this.told.set(effect.requestId, effect.reply);
      this.waiting.shift();
    }
  }

  // What the tests of behaviour say, in one line each.

  checkout(request: Partial<CheckoutRequest> & { instance?: string } = {}): Reply {
    const { instance = 'app-1', ...rest } = request;
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
    });
  }

  renew(leaseId: string): Reply {
    return this.answer({ type: 'renewalRequested', leaseId });
  }

  return(leaseId: string): Reply {
    return this.answer({ type: 'returnRequested', leaseId });
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

  eventKinds(): string[] {
    return [...this.disk.events.values()].map((event) => event.kind);
  }

  usage(): UsageRecord[] {
    return [...this.disk.usage.values()];
  }
}

type WithoutId<T> = T extends { requestId: number } ? Omit<T, 'requestId'> : never;
type RequestEvent = WithoutId<CoreEvent>;

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
  return { grant: makeGrant(changes), signedText: '{}', vendorKeyId: 'vendor-key' };
}

/** The lease of an answer that granted one. */
export function grantedLease(reply: Reply): Lease {
  if (reply.type !== 'leaseGranted') throw new Error(`not granted: ${JSON.stringify(reply)}`);
  return reply.terms.lease;
}
