import type { ClientConfig } from '../../../src-shared/client/client-config.ts';
import type { FoundServer } from '../../../src-shared/client/client-ports.ts';
import { expect, it } from 'vitest';
import { ClientHost } from './client-host.ts';
import { ScriptedPair } from './scripted-pair.ts';
import { type Behaviour, fingerprintOf, ttlSeconds } from './scripted-servers.ts';

const minuteMs = 60_000;

it('gets a seat from the first Primary server and asks no other', async () => {
  const host = new ClientHost();
  const a = host.network.add('a:7470');
  const b = host.network.add('b:7470');
  const client = host.start({ primary: ['a:7470', 'b:7470'] });
  const outcome = await host.time.until(client.checkout(), 1_000);
  expect(outcome).toMatchObject({ ok: true, seat: { server: 'a:7470', tier: 'primary' } });
  expect(a.live()).toHaveLength(1);
  expect(b.heard).toEqual([]);
  expect(host.path).toEqual(['checkingOut', 'held']);
});

it('goes to the Secondary servers when no Primary server can be reached', async () => {
  const host = new ClientHost();
  host.network.add('s:7470');
  const client = host.start({ primary: ['a:7470', 'b:7470'], secondary: ['s:7470'] });
  const outcome = await host.time.until(client.checkout(), 1_000);
  expect(outcome).toMatchObject({ ok: true, seat: { server: 's:7470', tier: 'secondary' } });
});

it('goes to the Secondary servers when no Primary server has a unit free', async () => {
  const host = new ClientHost();
  const a = host.network.add('a:7470', 0);
  host.network.add('s:7470');
  const client = host.start({ primary: ['a:7470'], secondary: ['s:7470'] });
  const outcome = await host.time.until(client.checkout(), 1_000);
  expect(outcome).toMatchObject({ ok: true, seat: { server: 's:7470' } });
  expect(a.heard).toHaveLength(1);
});

it('gives the most useful reason, with what every server did', async () => {
  const host = new ClientHost();
  host.network.add('a:7470').behaviour = { type: 'refuse', code: 'LS_NO_SUCH_FEATURE' };
  host.network.add('b:7470', 0);
  const client = host.start({ primary: ['down:7470', 'a:7470'], secondary: ['b:7470'] });
  const outcome = await host.time.until(client.checkout(), 1_000);
  if (outcome.ok) throw new Error('no seat is free');
  expect(outcome.refusal.code).toBe('LS_INSUFFICIENTUNITS');
  expect(outcome.refusal.attempts.map(({ server, outcome: { type } }) => [server, type])).toEqual([
    ['down:7470', 'unreachable'],
    ['a:7470', 'refused'],
    ['b:7470', 'refused'],
  ]);
  expect(client.state.state).toBe('refused');
});

it('waits no longer than timeoutMs for a server, and then asks the next', async () => {
  const host = new ClientHost();
  host.network.add('a:7470').behaviour = { type: 'mute' };
  host.network.add('b:7470');
  const client = host.start({ primary: ['a:7470', 'b:7470'], timeoutMs: 700 });
  const outcome = await host.time.until(client.checkout(), 5_000);
  expect(outcome).toMatchObject({ ok: true, seat: { server: 'b:7470' } });
  expect(host.time.nowMs).toBe(700);
});

it('says that no server is configured, nor found where it may look for one', async () => {
  const refusalOf = async (config: Partial<ClientConfig>, found?: FoundServer[]) => {
    const outcome = await new ClientHost().start(config, { ...(found && { found }) }).checkout();
    if (outcome.ok) throw new Error('no server');
    return outcome.refusal;
  };
  const other = { id: 'b'.repeat(64), target: 'b:7470' };
  for (const [config, found, what] of [
    [{}, undefined, 'No licence server is configured. '],
    [{ discover: false }, [other], 'No licence server is configured. '],
    [{}, [], 'found on the network'],
    [{ fingerprints: ['a'.repeat(64)] }, [other], 'found on the network'],
  ] as const) {
    const { code, message } = await refusalOf(config as Partial<ClientConfig>, found && [...found]);
    expect(code).toBe('NO_SERVER_CONFIGURED');
    expect(message).toContain(what);
    expect(message).toContain('--server');
  }
});

it('finds a server on the network where none is named, and asks no other where one is', async () => {
  const host = new ClientHost();
  host.network.add('a:7470');
  host.network.add('b:7470');
  const found = [{ id: 'b'.repeat(64), target: 'B:7470' }];
  const searching = host.start({}, { found });
  const outcome = await host.time.until(searching.checkout(), 100);
  expect(outcome).toMatchObject({ ok: true, seat: { server: 'b:7470' } });
  await host.time.until(searching.return(), 100);
  const named = host.start({ primary: ['a:7470'] }, { found });
  const asked = await host.time.until(named.checkout(), 100);
  expect(asked).toMatchObject({ ok: true, seat: { server: 'a:7470' } });
});

it('follows a redirection to the active server, and sends it the renewals', async () => {
  const host = new ClientHost();
  const a = host.network.add('a:7470');
  const b = host.network.add('b:7470');
  a.behaviour = { type: 'redirect', to: 'b:7470' };
  const client = host.start({ primary: ['a:7470'] });
  const outcome = await host.time.until(client.checkout(), 1_000);
  expect(outcome).toMatchObject({ ok: true, seat: { server: 'b:7470' } });
  await host.time.advance(minuteMs);
  expect(a.heard).toHaveLength(1);
  expect(b.heard.length).toBeGreaterThan(4);
});

it('follows a redirection to the address of the active server that can be reached from here', async () => {
  const host = new ClientHost();
  host.network.add('a:7470').behaviour = {
    type: 'redirect',
    to: '10.90.0.1:7470',
    others: ['elsewhere:7470', 'b:7470'],
  };
  // The first address leads nowhere from here, at the second one is another host.
  host.network.add('10.90.0.1:7470').behaviour = { type: 'silent' };
  host.network.known.set('elsewhere:7470', fingerprintOf('other'));
  host.network.add('elsewhere:7470');
  host.network.add('b:7470');
  const client = host.start({ primary: ['a:7470'] });
  const outcome = await host.time.until(client.checkout(), 2_000);
  expect(outcome).toMatchObject({ ok: true, seat: { server: 'b:7470' } });
});

it('keeps its seat by another address of the server that gave it', async () => {
  const host = new ClientHost();
  const a = host.network.add('a:7470');
  const urls = ['https://a:7470', 'https://a-lan:7470'];
  a.partners = [{ id: a.fingerprint, name: 'A', url: 'https://a:7470', urls, active: true }];
  const client = host.start({ primary: ['a:7470'] });
  await host.time.until(client.checkout(), 1_000);
  host.network.servers.delete('a:7470');
  host.network.servers.set('a-lan:7470', a);
  await host.time.advance(5 * ttlSeconds * 1_000);
  expect(client.state).toMatchObject({ state: 'held', seat: { server: 'a-lan:7470' } });
});

it('does not run in a circle of redirections', async () => {
  const host = new ClientHost();
  host.network.add('a:7470').behaviour = { type: 'redirect', to: 'b:7470' };
  host.network.add('b:7470').behaviour = { type: 'redirect', to: 'a:7470' };
  const client = host.start({ primary: ['a:7470', 'b:7470'] });
  const outcome = await host.time.until(client.checkout(), 10_000);
  if (outcome.ok) throw new Error('nobody serves');
  expect(outcome.refusal.attempts).toHaveLength(2);
  expect(outcome.refusal.message).toContain('circle');
});

it('understands that an answer is none, and goes on', async () => {
  const host = new ClientHost();
  host.network.add('a:7470').behaviour = { type: 'garbage', status: 200, body: '<html>' };
  host.network.add('b:7470').behaviour = { type: 'garbage', status: 500, body: '{"code":1}' };
  host.network.add('c:7470');
  const client = host.start({ primary: ['a:7470', 'b:7470', 'c:7470'] });
  const outcome = await host.time.until(client.checkout(), 1_000);
  expect(outcome).toMatchObject({ ok: true, seat: { server: 'c:7470' } });
});

it('waits for a free unit as long as it is told to', async () => {
  const host = new ClientHost();
  const a = host.network.add('a:7470', 0);
  const client = host.start({ primary: ['a:7470'] });
  const outcome = client.checkout({ waitMs: minuteMs });
  await host.time.advance(20_000);
  expect(client.state.state).toBe('checkingOut');
  a.unitsMax = 1;
  expect(await host.time.until(outcome, 30_000)).toMatchObject({ ok: true });
});

it('does not wait where waiting cannot help', async () => {
  const host = new ClientHost();
  host.network.add('a:7470').behaviour = { type: 'refuse', code: 'LS_LICENSE_EXPIRED' };
  const client = host.start({ primary: ['a:7470'] });
  const outcome = await host.time.until(client.checkout({ waitMs: minuteMs }), minuteMs);
  expect(outcome).toMatchObject({ ok: false, refusal: { code: 'LS_LICENSE_EXPIRED' } });
  expect(host.time.nowMs).toBe(0);
});

it('gives back a seat that a slow server granted when it was no longer waited for', async () => {
  const host = new ClientHost();
  const a = host.network.add('a:7470');
  const b = host.network.add('b:7470');
  a.behaviour = { type: 'slow', ms: 5_000 };
  const client = host.start({ primary: ['a:7470'], secondary: ['b:7470'], timeoutMs: 1_000 });
  await host.time.until(client.checkout(), 2_000);
  expect(host.liveLeases()).toHaveLength(2);
  a.behaviour = { type: 'serve' };
  await host.time.advance(5_000);
  expect(a.live()).toEqual([]);
  expect(b.live()).toHaveLength(1);
});

it('keeps its seat when a slow partner answers late with the very same lease', async () => {
  const host = new ClientHost();
  const a = host.network.add('a:7470');
  const b = host.network.add('b:7470');
  b.leases = a.leases;
  a.behaviour = { type: 'slow', ms: 5_000 };
  const client = host.start({ primary: ['a:7470', 'b:7470'], timeoutMs: 1_000 });
  await host.time.until(client.checkout(), 2_000);
  await host.time.advance(9_000);
  expect(a.live()).toHaveLength(1);
});

it('takes a seat that came late when there is no other', async () => {
  const host = new ClientHost();
  host.network.add('a:7470').behaviour = { type: 'slow', ms: 1_500 };
  host.network.add('b:7470').behaviour = { type: 'mute' };
  const client = host.start({ primary: ['a:7470', 'b:7470'], timeoutMs: 1_000 });
  const outcome = await host.time.until(client.checkout(), 3_000);
  expect(outcome).toMatchObject({ ok: true, seat: { server: 'a:7470' } });
});

const noLeader: Behaviour = {
  type: 'refuse',
  code: 'LS_LEADER_NOT_PRESENT',
  retryAfterSeconds: 2,
};

it('does not notice a takeover of 200 ms, although it was not told to wait', async () => {
  const host = new ClientHost();
  const pair = new ScriptedPair(host.network);
  pair.fail({ type: 'down' }, noLeader);
  const outcome = host.start({ primary: ['a:7470', 'b:7470'] }).checkout();
  await host.time.advance(200);
  pair.serveFrom(pair.b, { type: 'down' });
  expect(await host.time.until(outcome, 200)).toMatchObject({ ok: true, seat: { term: 2 } });
});

it('waits some seconds for a standby to take over from a host that is gone', async () => {
  const host = new ClientHost();
  const pair = new ScriptedPair(host.network);
  pair.fail({ type: 'silent' }, { type: 'redirect', to: 'a:7470' });
  const outcome = host.start({ primary: ['a:7470', 'b:7470'] }).checkout();
  await host.time.advance(3_000);
  pair.serveFrom(pair.b, { type: 'silent' });
  expect(await host.time.until(outcome, 2_000)).toMatchObject({ ok: true });
});

it('does not wait for ever for a takeover that does not come', async () => {
  const host = new ClientHost();
  const pair = new ScriptedPair(host.network);
  pair.fail({ type: 'down' }, noLeader);
  const outcome = host.start({ primary: ['a:7470', 'b:7470'] }).checkout();
  expect(await host.time.until(outcome, 6_000)).toMatchObject({
    ok: false,
    refusal: { code: 'LS_LEADER_NOT_PRESENT' },
  });
  expect(host.time.nowMs).toBeGreaterThanOrEqual(5_000);
  expect(host.network.sentCount).toBeLessThanOrEqual(30);
});

it('believes the active server that a standby sends it to, at once', async () => {
  const host = new ClientHost();
  const pair = new ScriptedPair(host.network);
  pair.a.unitsMax = 0;
  const outcome = host.start({ primary: ['b:7470', 'a:7470'] }).checkout();
  expect(await host.time.until(outcome, 100)).toMatchObject({
    ok: false,
    refusal: { code: 'LS_INSUFFICIENTUNITS' },
  });
  expect(host.network.sentCount).toBe(2);
});

it('loses a fifth of a second by a host that is gone, and nothing the next time', async () => {
  const host = new ClientHost();
  host.network.add('a:7470').behaviour = { type: 'silent' };
  host.network.add('b:7470');
  const client = host.start({ primary: ['a:7470', 'b:7470'] });
  expect(await host.time.until(client.checkout(), 200)).toMatchObject({ ok: true });
  await host.time.until(client.return(), 100);
  const beginMs = host.time.nowMs;
  expect(await host.time.until(client.checkout(), 100)).toMatchObject({ ok: true });
  expect(host.time.nowMs).toBe(beginMs);
});

it('comes back to the first Primary server when that answers again', async () => {
  const host = new ClientHost();
  const a = host.network.add('a:7470');
  host.network.add('b:7470');
  a.behaviour = { type: 'silent' };
  const client = host.start({ primary: ['a:7470', 'b:7470'] });
  await host.time.until(client.checkout(), 500);
  await host.time.until(client.return(), 100);
  a.behaviour = { type: 'serve' };
  await host.time.advance(30_000);
  const outcome = await host.time.until(client.checkout(), 100);
  expect(outcome).toMatchObject({ ok: true, seat: { server: 'a:7470' } });
});

it('gives a Primary server that is slow to reach its time before it asks a Secondary one', async () => {
  const host = new ClientHost();
  host.network.add('far:7470').behaviour = { type: 'far', ms: 1_200 };
  host.network.add('full:7470', 0);
  const s = host.network.add('s:7470');
  const client = host.start({ primary: ['far:7470', 'full:7470'], secondary: ['s:7470'] });
  const outcome = await host.time.until(client.checkout(), 3_000);
  expect(outcome).toMatchObject({ ok: true, seat: { server: 'far:7470' } });
  expect(s.heard).toEqual([]);
});
