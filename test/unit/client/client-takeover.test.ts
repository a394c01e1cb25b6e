import { describe, expect, it } from 'vitest';
import type { LicenseClient } from '../../../src-shared/client/license-client.ts';
import type { ProblemCode } from '../../../src-shared/contract/problem.ts';
import { ClientHost } from './client-host.ts';
import { ScriptedPair } from './scripted-pair.ts';
import { type Behaviour, ttlSeconds } from './scripted-servers.ts';

const down: Behaviour = { type: 'down' };
const noLeader: Behaviour = {
  type: 'refuse',
  code: 'LS_LEADER_NOT_PRESENT',
  retryAfterSeconds: 2,
};

interface Site {
  host: ClientHost;
  pair: ScriptedPair;
  client: LicenseClient;
}

/** A client with a seat at `a`, just before its next renewal. */
async function begin(primary = ['a:7470', 'b:7470']): Promise<Site> {
  const host = new ClientHost();
  const pair = new ScriptedPair(host.network);
  const client = host.start({ primary });
  await host.time.until(client.checkout(), 1_000);
  await host.time.advance((ttlSeconds * 1000) / 3 - 1);
  expect(client.state).toMatchObject({ state: 'held', seat: { server: 'a:7470', term: 1 } });
  return { host, pair, client };
}

/** Milliseconds from now until the client is held from this server. */
async function timeUntilHeld({ host, client }: Site, server: string): Promise<number> {
  const beginMs = host.time.nowMs;
  for (;;) {
    const { state } = client;
    if (state.state === 'held' && state.seat.server === server) return host.time.nowMs - beginMs;
    if (host.time.nowMs > beginMs + 60_000) throw new Error(`still ${state.state}`);
    await host.time.advance(10);
  }
}

function leaseIds({ states }: ClientHost): Set<string> {
  return new Set(states.flatMap((state) => ('seat' in state ? [state.seat.lease.id] : [])));
}

describe('a takeover', () => {
  it('of 200 ms is seen within 200 ms more, with the same lease and few requests', async () => {
    const site = await begin();
    const { host, pair } = site;
    pair.fail(down, noLeader);
    const sentBefore = host.network.sentCount;
    await host.time.advance(201);
    expect(site.client.state.state).toBe('retrying');
    pair.serveFrom(pair.b, down);
    expect(await timeUntilHeld(site, 'b:7470')).toBeLessThanOrEqual(200);
    expect(host.network.sentCount - sentBefore).toBeLessThanOrEqual(14);
    expect(leaseIds(host).size).toBe(1);
    expect(site.client.state).toMatchObject({
      cause: 'renewal',
      seat: { term: 2, servedBy: { role: 'failover' } },
    });
  });

  it('that has been made is found at once', async () => {
    const site = await begin();
    site.pair.serveFrom(site.pair.b, down);
    expect(await timeUntilHeld(site, 'b:7470')).toBeLessThanOrEqual(20);
    expect(site.host.path).toEqual(['checkingOut', 'held']);
  });

  it.each<[string, Behaviour, Behaviour]>([
    ['a host that is gone', { type: 'silent' }, { type: 'redirect', to: 'a:7470' }],
    ['a process that hangs', { type: 'mute' }, { type: 'redirect', to: 'a:7470' }],
    ['a host that is gone, by a standby that waits', { type: 'silent' }, noLeader],
  ])('from %s is seen soon although that takes the time of a request', async (_, how, standby) => {
    for (const afterMs of [10, 1_100, 2_300, 3_000, 3_700, 5_100]) {
      const site = await begin();
      const { host, pair } = site;
      pair.fail(how, standby);
      await host.time.advance(afterMs);
      pair.serveFrom(pair.b, how);
      expect(await timeUntilHeld(site, 'b:7470')).toBeLessThanOrEqual(700);
      expect(leaseIds(host).size).toBe(1);
      // The next renewal does not wait for the server that is gone.
      const sentBefore = pair.a.heard.length;
      await host.time.advance(12_000);
      expect(pair.a.heard.length).toBe(sentBefore);
    }
  });

  it.each<ProblemCode>([
    'LS_SERVER_SYNC_IN_PROGRESS',
    'LS_LEADER_NOT_PRESENT',
    'LS_MAJORITY_RULE_FAILURE',
  ])('is waited for while a server says %s', async (code) => {
    const site = await begin();
    const { host, pair } = site;
    const refusing: Behaviour = { type: 'refuse', code, retryAfterSeconds: 2 };
    pair.fail(refusing, refusing);
    await host.time.advance(1_000);
    expect(site.client.state).toMatchObject({ state: 'retrying', refusal: { code } });
    expect(pair.a.heard.length).toBeGreaterThan(4);
    expect(pair.b.heard.length).toBeGreaterThan(4);
    pair.serveFrom(pair.b);
    expect(await timeUntilHeld(site, 'b:7470')).toBeLessThanOrEqual(700);
  });

  it('is followed back: after a reclaim the first server is asked again', async () => {
    const site = await begin();
    site.pair.serveFrom(site.pair.b, down);
    await timeUntilHeld(site, 'b:7470');
    site.pair.serveFrom(site.pair.a);
    await timeUntilHeld(site, 'a:7470');
    expect(site.client.state).toMatchObject({ seat: { term: 3, servedBy: { role: 'primary' } } });
    expect(leaseIds(site.host).size).toBe(1);
    const heardByB = site.pair.b.heard.length;
    await site.host.time.advance(30_000);
    expect(site.pair.b.heard.length).toBe(heardByB);
  });

  it('always gets the newest token', async () => {
    const site = await begin();
    site.pair.serveFrom(site.pair.b, down);
    await timeUntilHeld(site, 'b:7470');
    const { state } = site.client;
    site.pair.serveFrom(site.pair.a);
    await timeUntilHeld(site, 'a:7470');
    expect('seat' in state && state.seat.token).toMatch(/-2-\d+$/);
    expect(site.pair.a.heard.at(-1)?.token).toBe('seat' in state && state.seat.token);
  });

  it('does not end a return that is made meanwhile', async () => {
    const { host, pair, client } = await begin();
    pair.fail(down, noLeader);
    const returned = client.return();
    await host.time.advance(500);
    pair.serveFrom(pair.b, down);
    expect(await host.time.until(returned, 1_000)).toMatchObject({ ok: true });
    expect(host.liveLeases()).toEqual([]);
  });

  it('is found under the address of the configuration where that of the list leads nowhere', async () => {
    const site = await begin(['a:7470', 'b.example.com:7470', 'stranger:7470']);
    const { host, pair } = site;
    host.network.servers.set('b.example.com:7470', pair.b);
    host.network.servers.delete('b:7470');
    const stranger = host.network.add('stranger:7470');
    pair.serveFrom(pair.b, down);
    expect(await timeUntilHeld(site, 'b.example.com:7470')).toBeLessThanOrEqual(20);
    pair.fail(down, down);
    await host.time.advance(15_000);
    // A server that never had the lease is no reason to give it up, and is not asked again.
    expect(site.client.state.state).toBe('retrying');
    expect(stranger.heard).toHaveLength(1);
    pair.serveFrom(pair.b, down);
    await timeUntilHeld(site, 'b.example.com:7470');
    expect(leaseIds(host).size).toBe(1);
  });
});

describe('a lease', () => {
  it('is kept while another server still has it', async () => {
    const { host, pair, client } = await begin();
    pair.a.behaviour = { type: 'refuse', code: 'LS_NO_SUCH_LEASE' };
    pair.b.behaviour = { type: 'serve' };
    await host.time.advance(10);
    expect(client.state).toMatchObject({ state: 'held', cause: 'renewal' });
    expect(leaseIds(host).size).toBe(1);
  });

  it('is asked for again as the same instance when the active server does not know it', async () => {
    const { host, pair, client } = await begin();
    pair.b.leases = new Map();
    pair.serveFrom(pair.b, down);
    await host.time.advance(10);
    expect(client.state).toMatchObject({ cause: 'recovery', seat: { server: 'b:7470' } });
    expect(pair.b.heard.map(({ line }) => line.replace(/[0-9a-f-]{36}/, 'ID'))).toEqual([
      'POST /v1/leases/ID/renew',
      'POST /v1/leases',
    ]);
    expect(pair.b.heard.map(({ token }) => token?.startsWith('token-'))).toEqual([true, true]);
    expect(pair.b.live().map(({ instance }) => instance)).toEqual(['instance-1']);
  });
});

describe('a server that does not know of the takeover', () => {
  it('does not replace the newer token, and is not believed while the lease lives', async () => {
    const site = await begin();
    const { host, pair, client } = site;
    pair.serveFrom(pair.b, down);
    await timeUntilHeld(site, 'b:7470');
    pair.b.behaviour = down;
    pair.a.behaviour = { type: 'serve' };
    expect(pair.a.term).toBe(1);
    await host.time.advance(15_000);
    expect(client.state).toMatchObject({
      state: 'retrying',
      seat: { server: 'b:7470', term: 2 },
      refusal: { code: 'SERVER_STALE' },
    });
    expect(pair.a.heard.at(-1)?.token).toMatch(/-2-\d+$/);
    pair.b.behaviour = { type: 'serve' };
    await timeUntilHeld(site, 'b:7470');
    expect(host.path).not.toContain('recovering');
  });

  it('keeps the seat when the time of the newer lease is over', async () => {
    const site = await begin();
    const { host, pair, client } = site;
    pair.serveFrom(pair.b, down);
    await timeUntilHeld(site, 'b:7470');
    pair.b.behaviour = down;
    pair.a.behaviour = { type: 'serve' };
    await host.time.advance(ttlSeconds * 1000 + 30_000);
    expect(client.state).toMatchObject({ state: 'held', seat: { server: 'a:7470' } });
    expect(host.path).not.toContain('lost');
  });

  it('is another one: a server that began anew may count from one', async () => {
    const site = await begin(['a:7470']);
    const { host, pair, client } = site;
    pair.a.term = 7;
    await host.time.advance(10);
    expect(client.state).toMatchObject({ seat: { term: 7 } });
    pair.a.term = 1;
    await host.time.advance(11_000);
    expect(client.state).toMatchObject({ state: 'held', seat: { term: 1 } });
    expect(host.path).not.toContain('retrying');
  });
});

describe('a site that is down', () => {
  it('is asked quickly at first and then less and less', async () => {
    const { host, pair } = await begin(['a:7470']);
    pair.fail(down, down);
    const counts: number[] = [];
    for (const ms of [1_000, 2_000, 7_000, 60_000]) {
      const before = host.network.sentCount;
      await host.time.advance(ms);
      counts.push(host.network.sentCount - before);
    }
    // Two servers: at most eight rounds in the first second, then never more than two a second.
    expect(counts[0]).toBeGreaterThanOrEqual(8);
    expect(counts[0]).toBeLessThanOrEqual(16);
    expect(counts[1]).toBeLessThanOrEqual(6);
    expect(counts[2]).toBeLessThanOrEqual(10);
    expect(counts[3]).toBeLessThanOrEqual(60);
  });

  it('that sends requests round in a circle costs no lease', async () => {
    const site = await begin();
    const { host, pair, client } = site;
    pair.fail({ type: 'redirect', to: 'b:7470' }, { type: 'redirect', to: 'a:7470' });
    await host.time.advance(5_000);
    expect(client.state.state).toBe('retrying');
    pair.serveFrom(pair.a);
    expect(await timeUntilHeld(site, 'a:7470')).toBeLessThanOrEqual(3_000);
    expect(leaseIds(host).size).toBe(1);
  });

  it('is heeded when it asks for time and is not about to take over', async () => {
    const { host, pair } = await begin(['a:7470']);
    const busy: Behaviour = {
      type: 'refuse',
      code: 'LS_TOO_MANY_REQUESTS',
      retryAfterSeconds: 4,
    };
    pair.fail(busy, busy);
    await host.time.advance(10);
    const heard = pair.a.heard.length;
    await host.time.advance(3_900);
    expect(pair.a.heard.length).toBe(heard);
    await host.time.advance(200);
    expect(pair.a.heard.length).toBe(heard + 1);
  });
});
