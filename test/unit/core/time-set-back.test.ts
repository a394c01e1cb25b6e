import { beforeEach, describe, expect, it } from 'vitest';
import { apartAtOnceMax } from '../../../src-main/node/core/ledger/denials.ts';
import { beginDraft } from '../../../src-main/node/core/ledger/draft.ts';
import type { Instant } from '../../../src-main/node/core/ledger/event.ts';
import { ledgerMs } from '../../../src-main/node/core/ledger/ledger-time.ts';
import { rowsOfLedger } from '../../../src-main/node/core/ledger/rows-of-ledger.ts';
import { provedLease } from '../../../src-main/node/core/ledger/proof.ts';
import { createTally, uniteAtActive } from '../../../src-main/node/core/ledger/unite.ts';
import type { PeerMessage } from '../../../src-main/node/core/replica/message.ts';
import { createReplica, stepReplica } from '../../../src-main/node/core/replica/replica.ts';
import type { ReplicaState } from '../../../src-main/node/core/replica/replica-state.ts';
import { compareRows } from '../../../src-main/node/core/rows/compare-rows.ts';
import { bucketOf } from '../../../src-main/node/core/rows/digest.ts';
import { type Row, spellIdOf, type SpellRow } from '../../../src-main/node/core/rows/row.ts';
import { CoreHost, dayMs, grantedLease, proofOf, startMs } from '../../support/core-host.ts';
import { messageSamples, pairConfig } from '../../support/peer-messages.ts';
import {
  makeLease,
  makeMeta,
  makeStoredLedger,
  makeStoredReplica,
  nowMs,
  otherId,
  serverId,
} from '../../support/records.ts';

type RowsMessage = Extract<PeerMessage, { type: 'rows' }>;

describe('a server whose time an admin sets on and back', () => {
  let host: CoreHost;
  beforeEach(() => {
    host = new CoreHost();
  });

  function setTime(byMs: number): void {
    host.wallMs += byMs;
    host.pass(1_000);
    host.answer({ type: 'clockAccepted' });
    expect(ledgerMs(host.state.time)).toBe(host.wallMs);
  }

  it('sets its sweep mark with it, and has ended no seat that is renewed', () => {
    host.install({});
    const { id } = grantedLease(host.checkout());
    for (const byMs of [3 * dayMs, -3 * dayMs]) {
      setTime(byMs);
      expect(host.state.rows?.markMs).toBe(0);
      host.pass(1_000);
      expect(host.state.leases.has(id)).toBe(true);
      const { rows, rowLifeMs } = host.state;
      expect(rows?.markMs).toBeLessThan(host.wallMs - rowLifeMs);
      expect(rows?.markMs).toBeGreaterThan(host.wallMs - 2 * rowLifeMs);
    }
  });

  it('ends no seat where it is killed as soon as the time is set', () => {
    host.install({});
    const { id } = grantedLease(host.checkout());
    const { by, write } = host.state.rows?.lease.get(id) ?? {};
    setTime(3 * dayMs);
    const row = host.state.rows?.lease.get(id);
    expect(row?.stampMs).toBe(host.wallMs);
    // Whether a client was told of it shows as before.
    expect([row?.by, row?.write]).toEqual([by, write]);
    host.crash();
    expect(host.state.leases.has(id)).toBe(true);
  });

  it('ends none either where its clock was believed with a request, before the next tick', () => {
    host.install({ units: 2 });
    const { id } = grantedLease(host.checkout());
    host.suspend(3 * dayMs);
    grantedLease(host.checkout({ instance: 'app-2' }));
    host.crash();
    expect(host.state.leases.has(id)).toBe(true);
  });

  it('makes no seat live longer by writing its row anew', () => {
    host.install({ ttlSeconds: 60 });
    const { id } = grantedLease(host.checkout());
    host.pass(50_000);
    setTime(3 * dayMs);
    host.pass(5_000);
    expect(host.state.leases.has(id)).toBe(true);
    host.pass(5_000);
    expect(host.state.leases.has(id)).toBe(false);
  });

  it('tells an expiry anew that it told too early, in a greater row', () => {
    host.install({ expires: new Date(startMs + 90 * dayMs).toISOString() });
    const licenseRow = () => host.state.rows?.license.values().next().value;
    for (const byMs of [400 * dayMs, -400 * dayMs]) {
      const before = licenseRow();
      setTime(byMs);
      host.pass(1_000);
      const after = licenseRow();
      if (!before || !after) throw new Error('no row');
      expect(after.license?.expiryToldDays).toBe(byMs > 0 ? 0 : null);
      expect(compareRows(after, before)).toBeGreaterThan(0);
    }
  });

  it.each([{ rules: [] }, { rules: ['majority'] }, { rules: ['majority', 'continuity'] }] as const)(
    'takes no token of the time before for a lease that has run out since: $rules',
    ({ rules }) => {
      host.install({ units: 1, ttlSeconds: 5 });
      const [first, then] = rules;
      if (first) host.changeRule(first);
      setTime(3 * dayMs);
      const proof = proofOf(host.checkout());
      setTime(-3 * dayMs);
      host.pass(10_000);
      if (then) host.changeRule(then);
      expect(host.state.leases.has(proof.lease.id)).toBe(false);
      expect(host.renew(proof.lease.id, proof)).toMatchObject({ code: 'LS_NO_SUCH_LEASE' });
      grantedLease(host.checkout({ instance: 'app-2' }));
    },
  );

  it('takes such a token of a lease that it never knew, signed after the ledger was a log', () => {
    host.install({ units: 1, ttlSeconds: 5 });
    host.changeRule('majority');
    host.return(grantedLease(host.checkout()).id);
    const { term: logTerm } = host.state.meta;
    host.changeRule('continuity');
    const lease = { ...makeLease(7), licenseId: 'lic-cad' };
    const endsAtMs = ledgerMs(host.state.time) + 3 * dayMs;
    const provedIn = (term: number) =>
      provedLease(beginDraft(host.state), lease.id, { lease, endsAtMs, signer: otherId, term });
    expect(provedIn(logTerm)).toBeUndefined();
    expect(provedIn(logTerm + 1)).toBe(lease);
  });

  it('takes such a token where the units are kept for its holder, who had the lease elsewhere', () => {
    host.install({ units: 1, ttlSeconds: 5 });
    setTime(3 * dayMs);
    const proof = proofOf(host.checkout());
    setTime(-3 * dayMs);
    host.pass(10_000);
    const { id, licenseId, units } = proof.lease;
    expect(host.state.leases.has(id)).toBe(false);
    host.state.reserved.set(id, { licenseId, units, untilMs: Infinity });
    expect(host.renew(id, proof)).toMatchObject({ type: 'leaseRenewed' });
  });

  it.each(['continuity', 'majority'] as const)(
    'has one usage record of a borrow that ran out by the time before and is given back: %s',
    (rule) => {
      host.install({ units: 1, borrow: { maxDays: 30, maxUnits: 1 } });
      if (rule === 'majority') host.changeRule(rule);
      const borrowEnd = new Date(host.wallMs + 5 * dayMs).toISOString();
      const proof = proofOf(host.checkout({ borrowUntil: borrowEnd }));
      setTime(40 * dayMs);
      host.pass(1_000);
      const beside = grantedLease(host.checkout({ instance: 'app-2' }));
      setTime(-40 * dayMs);
      expect(host.renew(proof.lease.id, proof)).toMatchObject({ code: 'LS_NO_SUCH_LEASE' });
      expect(host.state.leases.has(beside.id)).toBe(true);
      host.return(proof.lease.id, proof);
      const sessions = host.usage().filter((record) => record.kind === 'session');
      expect(sessions).toMatchObject([{ leaseId: proof.lease.id, end: 'returned' }]);
    },
  );

  it('records denials that it joined, each with an end after its beginning', () => {
    host.install({ units: 1, ttlSeconds: 86_400 });
    grantedLease(host.checkout());
    const denyAll = () => {
      for (let n = 0; n < apartAtOnceMax + 2; n++) {
        host.checkout({ client: { instance: `i-${n}`, user: `user-${n}`, host: 'ws-1' } });
      }
    };
    setTime(3 * dayMs);
    denyAll();
    denyAll();
    host.wallMs -= 3 * dayMs;
    host.answer({ type: 'clockAccepted' });
    denyAll();
    host.pass(61_000);
    const denials = host.usage().filter((record) => record.kind === 'denial');
    expect(denials.reduce((sum, { count }) => sum + count, 0)).toBe(3 * (apartAtOnceMax + 2));
    for (const one of denials) expect(one.lastAtMs).toBeGreaterThanOrEqual(one.firstAtMs);
  });

  it('tells that seats are free again when they have been for a minute', () => {
    host.install({ units: 1 });
    setTime(3 * dayMs);
    const { id } = grantedLease(host.checkout());
    host.return(id);
    host.pass(1_000);
    setTime(-3 * dayMs);
    host.pass(61_000);
    expect(host.eventKinds()).toContain('seatsAvailable');
  });

  it.each([
    ['majority', -3 * dayMs],
    ['continuity', -3 * dayMs],
    ['continuity', 3 * dayMs],
  ] as const)('leaves it as it was where the disk does not take the order: %s %d', (rule, byMs) => {
    host.install({});
    if (rule === 'majority') host.changeRule(rule);
    host.wallMs += byMs;
    host.pass(1_000);
    const timeMs = ledgerMs(host.state.time);
    host.holdWrites = true;
    host.request((requestId) => ({ type: 'clockAccepted', requestId }));
    host.pass(1_000);
    host.wallMs -= byMs;
    host.failWrites();
    host.holdWrites = false;
    expect(Math.abs(timeMs - ledgerMs(host.state.time))).toBeLessThan(60_000);
    expect(host.state.meta.timesSet).toBe(0);
    host.pass(1_000);
    expect(host.state.nextValidityCheckMs).toBeLessThan(timeMs + dayMs);
    expect(host.state.rows?.markMs ?? 0).toBeLessThan(timeMs - dayMs);
  });

  it('has no sweep mark in the first days of all time', () => {
    setTime(dayMs / 2 - startMs);
    host.pass(1_000);
    expect(host.state.rows?.markMs).toBe(0);
  });

  it('goes by the order that another one was given in an earlier spell', () => {
    host.install({});
    host.pass(1_000);
    const draft = beginDraft(host.state);
    const [own] = host.state.rows?.spell.values() ?? [];
    if (!own) throw new Error('no spell');
    const toMs = startMs - dayMs;
    const theirs: SpellRow = { ...own, id: '0.ee', number: 0, toMs, timesSet: 1 };
    uniteAtActive(draft, [theirs], createTally());
    expect([ledgerMs(host.state.time), draft.ledgerMs]).toEqual([toMs, toMs]);
    expect(host.state.meta.timesSet).toBe(1);
  });

  it('keeps the rows of what lives by an order to set the time on that another one was given', () => {
    host.install({});
    const { id } = grantedLease(host.checkout());
    const [own] = host.state.rows?.spell.values() ?? [];
    if (!own) throw new Error('no spell');
    const toMs = startMs + 3 * dayMs;
    const theirs: SpellRow = { ...own, id: '0.ee', number: 0, toMs, timesSet: 1 };
    uniteAtActive(beginDraft(host.state), [theirs], createTally());
    expect(host.state.rows?.lease.get(id)?.stampMs).toBe(toMs);
  });
});

it('takes in with an order what was granted by it, whatever mark it had by the time before', () => {
  const host = new CoreHost();
  host.install({});
  host.pass(1_000);
  const { rows, time } = host.state;
  const [own] = rows?.spell.values() ?? [];
  if (!rows || !own) throw new Error('no spell');
  rows.markMs = ledgerMs(time);
  const toMs = startMs - dayMs;
  const spell: SpellRow = { ...own, id: '0.ee', number: 0, toMs, timesSet: 1 };
  const lease = makeLease(1);
  const about = {
    licenseId: lease.licenseId,
    instance: lease.holder.instance,
    borrowUntilMs: null,
  };
  const from = {
    kind: 'lease',
    id: lease.id,
    rank: 0,
    stampMs: toMs,
    by: spell.id,
    write: 1,
  } as const;
  uniteAtActive(beginDraft(host.state), [{ ...from, ...about, lease }, spell], createTally());
  expect(host.state.leases.has(lease.id)).toBe(true);
});

describe('a member that followed one whose time an admin set on', () => {
  const thirdId = 'c3'.repeat(32);
  const {
    piece,
    presence,
    preVoteAck,
    rows: write,
  } = messageSamples({ number: 5, member: otherId });
  const aheadMs = nowMs + dayMs;
  const members = [serverId, otherId, thirdId];
  const config = { ...pairConfig, membership: { ...pairConfig.membership, members } };
  const stored = makeStoredLedger({ config, meta: { ...makeMeta(), eventSequence: 1 } });
  let state: ReplicaState;
  let at: Instant;

  function hear(message: PeerMessage, from = otherId): void {
    stepReplica(state, { type: 'messageReceived', from, message }, at);
  }

  /** The next write of the one that serves: all before it are here. */
  function hearNext(message: Pick<RowsMessage, 'rows' | 'markMs'>): void {
    const number = Math.max(2, state.matchedIndex + 1);
    state.matchedIndex = number - 1;
    hear({ ...write, number, history: [], ...message });
    state.matchedIndex = number;
  }

  beforeEach(() => {
    at = { monotonicMs: 10, wallMs: nowMs };
    const ids = {
      serverId,
      demoVendorKeyId: 'demo',
      newLedgerId: 'ledger-1',
      boot: 'b'.repeat(16),
    };
    const rows = rowsOfLedger(stored);
    state = createReplica(makeStoredReplica({ ledger: { ...stored, rows } }), ids, at);
    hear({ ...write, number: 1, rows: [], history: [], markMs: 0 });
    hearNext({ rows: [], markMs: aheadMs });
    expect(state.ledger.rows?.markMs).toBe(aheadMs);
  });

  /** The row of a lease that the other one has granted by the right time. */
  function granted(): Row[] {
    const rows = rowsOfLedger({ ...stored, leases: [makeLease(1)] });
    return rows.flatMap((row) => (row.kind === 'lease' ? { ...row, stampMs: nowMs } : []));
  }

  it('takes what that one grants after its mark went back', () => {
    hearNext({ rows: granted(), markMs: nowMs - dayMs });
    expect(state.ledger.leases.size).toBe(1);
    expect(state.ledger.rows?.markMs).toBe(nowMs - dayMs);
  });

  it('keeps what it has by a later order until the one that serves has heard of that', () => {
    const about = {
      member: thirdId,
      fromMs: nowMs,
      toMs: nowMs,
      write: 1,
      told: 0,
      usage: 0,
      events: 0,
    };
    const third: Row = {
      kind: 'spell',
      id: '4.cc',
      number: 4,
      timesSet: 1,
      overdraft: null,
      ...about,
    };
    hearNext({ rows: [third, ...granted()], markMs: nowMs - dayMs });
    hearNext({ rows: [], markMs: aheadMs });
    expect(state.ledger.leases.size).toBe(1);
    const own: Row = { ...third, id: spellIdOf(5, ''), number: 5, member: otherId };
    hearNext({ rows: [own], markMs: aheadMs });
    expect(state.ledger.leases.size).toBe(0);
  });

  it('drops nothing by the mark of a write before which one is missing, which may have it written anew', () => {
    hearNext({ rows: granted(), markMs: nowMs - dayMs });
    const [lease] = granted();
    if (lease?.kind !== 'lease') throw new Error('no lease');
    const late = state.matchedIndex + 2;
    hear({ ...write, number: late, rows: [], history: [], markMs: aheadMs });
    expect(state.ledger.leases.size).toBe(1);
    hearNext({ rows: [{ ...lease, stampMs: aheadMs + 1 }], markMs: nowMs - dayMs });
    hearNext({ rows: [], markMs: aheadMs });
    expect(state.ledger.leases.size).toBe(1);
    hearNext({ rows: [], markMs: aheadMs + 1 });
    expect(state.ledger.leases.size).toBe(0);
  });

  it('drops by a piece what is over in its buckets, and elsewhere nothing', () => {
    hearNext({ rows: granted(), markMs: nowMs - dayMs });
    const [lease] = granted();
    if (!lease) throw new Error('no lease');
    const sent = { ...piece, asked: null, number: 9, markMs: aheadMs, rows: [], last: false };
    hear({ ...sent, buckets: [bucketOf(lease) === 0 ? 1 : 0] });
    expect(state.ledger.leases.size).toBe(1);
    hear({ ...sent, buckets: [bucketOf(lease)] });
    expect(state.ledger.leases.size).toBe(0);
  });

  it('takes all that a third one has when it takes over, whatever mark the two have', () => {
    for (let ms = 250; ms < 60_000 && state.role.type !== 'gathering'; ms += 250) {
      at = { monotonicMs: ms, wallMs: nowMs + ms };
      hear(presence, thirdId);
      stepReplica(state, { type: 'ticked', mayReclaim: true }, at);
      const { role } = state;
      if (role.type === 'campaigning') hear({ ...preVoteAck, asked: role.term }, thirdId);
    }
    if (state.role.type !== 'gathering') throw new Error(`it is ${state.role.type}`);
    const { term: asked } = state.role;
    const rows = granted();
    hear({ ...piece, term: asked, asked, markMs: aheadMs, rows, last: false }, thirdId);
    expect(state.ledger.leases.size).toBe(1);
  });
});
