import { describe, expect, it } from 'vitest';
import { EndedLeases } from '../../../src-main/node/core/ledger/ended-leases.ts';
import { formatInstant } from '../../../src-shared/model/scalars.ts';
import { CoreHost, dayMs, grantedLease, proofOf } from '../../support/core-host.ts';
import { otherId } from '../../support/records.ts';

/** One server alone, with a licence of one seat that lives five seconds. */
function makeHost(): CoreHost {
  const host = new CoreHost();
  host.install({ units: 1, ttlSeconds: 5, borrow: { maxDays: 30, maxUnits: 1 } });
  return host;
}

const gone = { type: 'refused', code: 'LS_NO_SUCH_LEASE' };
const full = { type: 'refused', code: 'LS_INSUFFICIENTUNITS' };

describe('a token that has ended', () => {
  it('brings no lease back whose unit was granted to the next one, however many try', () => {
    const host = makeHost();
    const held = ['ada', 'bob', 'cem', 'dan'].map((instance) => {
      const reply = host.checkout({ instance });
      host.pass(5_500);
      return proofOf(reply);
    });
    host.checkout({ instance: 'eve' });
    for (const proof of held) expect(host.renew(proof.lease.id, proof)).toMatchObject(gone);
    expect(host.state.leases.size).toBe(1);
    expect(host.eventKinds()).not.toContain('overdraftBegan');
  });

  it('brings no lease back where a seat is free: its holder checks out anew', () => {
    const host = makeHost();
    const proof = proofOf(host.checkout());
    host.pass(5_500);
    expect(host.renew(proof.lease.id, proof)).toMatchObject(gone);
    const again = grantedLease(host.checkout({ proof }));
    expect(again.id).not.toBe(proof.lease.id);
    expect(host.usage().map((record) => record.kind === 'session' && record.end)).toEqual([
      'expired',
    ]);
  });

  it('proves nothing with a checkout, nor after a restart, nor 300 days later', () => {
    const host = makeHost();
    const proof = proofOf(host.checkout({ instance: 'ada' }));
    host.pass(5_500);
    const bob = grantedLease(host.checkout({ instance: 'bob' }));
    expect(host.checkout({ instance: 'ada', proof })).toMatchObject(full);
    host.crash();
    expect(host.checkout({ instance: 'ada', proof })).toMatchObject(full);
    expect(host.renew(proof.lease.id, proof)).toMatchObject(gone);
    host.return(bob.id);
    host.suspend(300 * dayMs);
    host.pass(1_000);
    expect(host.renew(proof.lease.id, proof)).toMatchObject(gone);
  });

  it('counts no session a second time when the lease is given back with it', () => {
    const host = makeHost();
    const proof = proofOf(host.checkout());
    host.pass(5_500);
    expect(host.return(proof.lease.id, proof)).toEqual({ type: 'leaseEnded' });
    expect(host.usage()).toHaveLength(1);
  });
});

describe('a running token of a server that stands alone', () => {
  it('brings its lease back within the units, since only a disk set back can have lost it', () => {
    const lost = makeHost();
    const proof = proofOf(lost.checkout({ instance: 'ada' }));
    const host = makeHost();
    host.pass(1_000);
    expect(host.renew(proof.lease.id, proof)).toMatchObject({ type: 'leaseRenewed' });
    expect(grantedLease(host.checkout({ instance: 'ada', proof })).id).toBe(proof.lease.id);
  });

  it.each([{ user: 'mallory' }, { host: 'ws-9' }])(
    'brings it back to no other holder, also of the same instance: %j',
    (other) => {
      const lost = makeHost();
      const proof = proofOf(lost.checkout({ instance: 'ada' }));
      const host = makeHost();
      host.nextLeaseId();
      const client = { ...proof.lease.holder, ...other };
      expect(grantedLease(host.checkout({ client, proof })).id).not.toBe(proof.lease.id);
      expect(host.state.leases.has(proof.lease.id)).toBe(false);
    },
  );

  it('brings nothing back beyond them', () => {
    const lost = makeHost();
    const proof = proofOf(lost.checkout({ instance: 'ada' }));
    const host = makeHost();
    host.nextLeaseId();
    host.checkout({ instance: 'bob' });
    expect(host.renew(proof.lease.id, proof)).toMatchObject(gone);
    expect(host.checkout({ instance: 'ada', proof })).toMatchObject(full);
    expect(host.eventKinds()).not.toContain('overdraftBegan');
  });

  it('brings no second lease to an instance that has one', () => {
    const lost = new CoreHost();
    lost.install({ units: 2, ttlSeconds: 5 });
    const proof = proofOf(lost.checkout({ instance: 'ada' }));
    const host = new CoreHost();
    host.install({ units: 2, ttlSeconds: 5 });
    host.nextLeaseId();
    const other = grantedLease(host.checkout({ instance: 'ada' }));
    expect(host.renew(proof.lease.id, proof)).toMatchObject(gone);
    expect([...host.state.leases.keys()]).toEqual([other.id]);
  });
});

describe('a running token of another server, whose lease can be missing here', () => {
  /** Two seats; the token is of that other server, which began `laterMs` after this one. */
  function makeTwo(laterMs: number) {
    const other = new CoreHost();
    other.install({ units: 2, ttlSeconds: 60 });
    other.pass(laterMs);
    const proof = { ...proofOf(other.checkout({ instance: 'ada' })), signer: otherId };
    const host = new CoreHost();
    host.install({ units: 2, ttlSeconds: 60 });
    host.nextLeaseId();
    host.pass(5_000);
    const held = grantedLease(host.checkout({ instance: 'ada' }));
    return { host, proof, held };
  }

  it('brings no lease back to an instance that asked anew since, and got another one', () => {
    const { host, proof, held } = makeTwo(0);
    expect(host.renew(proof.lease.id, proof)).toMatchObject(gone);
    expect([...host.state.leases.keys()]).toEqual([held.id]);
    expect(grantedLease(host.checkout({ instance: 'ada', proof })).id).toBe(held.id);
  });

  it('brings back the lease that the instance got there after the one that it had here', () => {
    const { host, proof } = makeTwo(10_000);
    expect(host.renew(proof.lease.id, proof)).toMatchObject({ type: 'leaseRenewed' });
  });

  it('brings back beyond the units what was granted before a majority decides, and nothing later', () => {
    const proofs = ['ada', 'dan'].map((instance, n) => {
      const other = new CoreHost();
      other.install({ units: 1, ttlSeconds: 60 });
      for (let i = 0; i <= n; i++) other.nextLeaseId();
      other.pass(n * 10_000);
      return { ...proofOf(other.checkout({ instance })), signer: otherId };
    });
    const host = new CoreHost();
    host.install({ units: 1, ttlSeconds: 60 });
    host.pass(5_000);
    host.checkout({ instance: 'bob' });
    host.changeRule('majority');
    host.pass(10_000);
    const [before, later] = proofs.map((proof) => host.renew(proof.lease.id, proof));
    expect(before).toMatchObject({ type: 'leaseRenewed' });
    expect(later).toMatchObject(gone);
    expect(host.eventKinds()).toContain('overdraftBegan');
  });
});

describe('a lease that was returned', () => {
  const until = (host: CoreHost, days: number) => formatInstant(host.wallMs + days * dayMs);

  it('stays ended as long as the token of its borrow runs, also after restarts', () => {
    const host = makeHost();
    const proof = proofOf(host.checkout({ instance: 'ada', borrowUntil: until(host, 20) }));
    host.return(proof.lease.id);
    host.pass(5 * 60_000);
    for (let day = 0; day < 3; day++) {
      host.suspend(dayMs);
      host.crash();
      host.pass(11 * 60_000);
    }
    expect(host.renew(proof.lease.id, proof)).toMatchObject(gone);
    expect(host.checkout({ instance: 'ada', proof })).toMatchObject({ created: true });
  });

  it('stays ended as long as the token of a longer borrow that it had before', () => {
    const host = makeHost();
    const proof = proofOf(host.checkout({ instance: 'ada', borrowUntil: until(host, 20) }));
    host.checkout({ instance: 'ada', borrowUntil: until(host, 1) });
    host.return(proof.lease.id);
    const [record] = host.usage();
    expect(record).toMatchObject({ end: 'returned', borrowed: true });
    expect(record?.kind === 'session' && record.tokensEndMs).toBeGreaterThan(proof.endsAtMs);
  });

  it('is remembered however many have ended since', () => {
    const host = makeHost();
    const proof = proofOf(host.checkout({ borrowUntil: until(host, 20) }));
    host.return(proof.lease.id);
    const [record] = host.usage();
    if (record?.kind !== 'session') throw new Error('no session was written down');
    // Under `majority` ends are remembered apart.
    const endedLeases = new EndedLeases([]);
    endedLeases.note(record);
    for (let i = 0; i < 60_000; i++) {
      endedLeases.note({ ...record, leaseId: `other-${i}`, tokensEndMs: host.wallMs + 60_000 });
    }
    expect(endedLeases.has(proof.lease.id)).toBe(true);
    // Those whose tokens are over make room.
    const endedAtMs = host.wallMs + dayMs;
    for (let i = 0; i < 70_000; i++) {
      endedLeases.note({ ...record, leaseId: `later-${i}`, endedAtMs, tokensEndMs: endedAtMs + 1 });
    }
    expect(endedLeases.has('other-1')).toBe(false);
    expect(endedLeases.has(proof.lease.id)).toBe(true);
  });
});
