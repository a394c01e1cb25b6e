import { expect, it } from 'vitest';
import { ClientHost } from './client-host.ts';
import { fingerprintOf, ttlSeconds } from './scripted-servers.ts';

const minuteMs = 60_000;

it('renews at a third of the time-to-live and sends the newest token', async () => {
  const host = new ClientHost();
  const a = host.network.add('a:7470');
  const client = host.start({ primary: ['a:7470'] });
  await host.time.until(client.checkout(), 1_000);
  await host.time.advance(ttlSeconds * 1000);
  const renewals = a.heard.filter(({ line }) => line.endsWith('/renew'));
  expect(renewals).toHaveLength(3);
  expect(renewals.map(({ token }) => token?.split('-').at(-1))).toEqual(['0', '10000', '20000']);
});

it('tries again while the time-to-live lasts, and is held again when a server answers', async () => {
  const host = new ClientHost();
  const a = host.network.add('a:7470');
  const client = host.start({ primary: ['a:7470'] });
  await host.time.until(client.checkout(), 1_000);
  a.behaviour = { type: 'down' };
  await host.time.advance(25_000);
  expect(client.state.state).toBe('retrying');
  a.behaviour = { type: 'serve' };
  await host.time.advance(10_000);
  expect(host.path).toEqual(['checkingOut', 'held', 'retrying', 'held']);
  expect(a.live()).toHaveLength(1);
});

it('renews at a partner that the server told of', async () => {
  const host = new ClientHost();
  const a = host.network.add('a:7470');
  const b = host.network.add('b:7470');
  a.partners = ['a', 'b'].map((name) => ({
    id: fingerprintOf(`${name}:7470`),
    name,
    url: `https://${name}:7470`,
    active: name === 'a',
  }));
  const client = host.start({ primary: ['a:7470'] });
  await host.time.until(client.checkout(), 1_000);
  const lease = a.live()[0];
  if (lease) b.leases.set(lease.id, lease);
  a.behaviour = { type: 'down' };
  await host.time.advance(15_000);
  expect(client.state).toMatchObject({ state: 'held', seat: { server: 'b:7470' } });
});

it('allows the grace time after the time-to-live, then gives the seat up', async () => {
  const host = new ClientHost();
  const a = host.network.add('a:7470');
  const client = host.start({ primary: ['a:7470'], graceSeconds: 60 });
  await host.time.until(client.checkout(), 1_000);
  a.behaviour = { type: 'down' };
  await host.time.advance(ttlSeconds * 1000);
  expect(client.state).toMatchObject({ state: 'grace', graceSeconds: 60 });
  await host.time.advance(59_000);
  expect(client.state.state).toBe('grace');
  await host.time.advance(1_000);
  expect(client.state).toMatchObject({ state: 'lost', refusal: { code: 'SERVER_UNREACHABLE' } });
  await host.time.advance(10 * minuteMs);
  expect(host.path).toEqual(['checkingOut', 'held', 'retrying', 'grace', 'lost']);
  expect(host.time.timerCount).toBe(0);
});

it('finds another server in the grace time', async () => {
  const host = new ClientHost();
  const a = host.network.add('a:7470');
  const s = host.network.add('s:7470');
  const client = host.start({ primary: ['a:7470'], secondary: ['s:7470'] });
  await host.time.until(client.checkout(), 1_000);
  a.behaviour = { type: 'down' };
  await host.time.advance(2 * minuteMs);
  expect(client.state).toMatchObject({ state: 'held', seat: { server: 's:7470' } });
  expect(host.states.at(-1)).toMatchObject({ cause: 'renewal' });
  expect(host.states).toContainEqual(expect.objectContaining({ cause: 'recovery' }));
  expect(s.live()).toHaveLength(1);
});

it('loses the seat without grace when a server has said that there is no unit', async () => {
  const host = new ClientHost();
  const a = host.network.add('a:7470');
  const client = host.start({ primary: ['a:7470'] });
  await host.time.until(client.checkout(), 1_000);
  a.behaviour = { type: 'refuse', code: 'LS_INSUFFICIENTUNITS' };
  await host.time.advance(ttlSeconds * 1000 - 1);
  expect(client.state.state).toBe('retrying');
  await host.time.advance(1);
  expect(client.state).toMatchObject({
    state: 'lost',
    refusal: { code: 'LS_INSUFFICIENTUNITS' },
  });
});

it.each(['freeze', 'sleep'] as const)(
  'says that the seat is lost when it went to another while the computer stood still (%s)',
  async (kind) => {
    const host = new ClientHost();
    const a = host.network.add('a:7470', 1);
    const client = host.start({ primary: ['a:7470'], graceSeconds: 300 });
    await host.time.until(client.checkout(), 1_000);
    host.time[kind](ttlSeconds * 1000 + 3_000);
    a.behaviour = { type: 'refuse', code: 'LS_INSUFFICIENTUNITS' };
    const asked = a.heard.length;
    await host.time.advance(ttlSeconds * 1000);
    // Neither the renewal nor the checkout shows a token that has ended.
    const shown = a.heard.slice(asked).map(({ token }) => token);
    expect(shown.length).toBeGreaterThan(0);
    expect(shown.filter((token) => token !== undefined)).toEqual([]);
    expect(client.state).toMatchObject({
      state: 'lost',
      refusal: { code: 'LS_INSUFFICIENTUNITS' },
    });
  },
);

it('gets a seat anew when there is one after the computer has slept', async () => {
  const host = new ClientHost();
  const a = host.network.add('a:7470', 1);
  const client = host.start({ primary: ['a:7470'] });
  await host.time.until(client.checkout(), 1_000);
  const [first] = host.liveLeases();
  host.time.sleep(ttlSeconds * 1000 + 3_000);
  await host.time.advance(ttlSeconds * 1000);
  expect(client.state).toMatchObject({ state: 'held' });
  expect(a.live()).toHaveLength(1);
  expect(host.liveLeases()).not.toContain(first);
});

it('remembers that a server has said no when it is gone afterwards', async () => {
  const host = new ClientHost();
  const a = host.network.add('a:7470');
  const client = host.start({ primary: ['a:7470'] });
  await host.time.until(client.checkout(), 1_000);
  a.behaviour = { type: 'refuse', code: 'LS_INSUFFICIENTUNITS' };
  await host.time.advance(12_000);
  a.behaviour = { type: 'down' };
  await host.time.advance(ttlSeconds * 1000 - 12_000);
  expect(client.state).toMatchObject({
    state: 'lost',
    refusal: { code: 'LS_INSUFFICIENTUNITS' },
  });
});

it('gives back a seat that was renewed when it had been given up', async () => {
  const host = new ClientHost();
  const a = host.network.add('a:7470');
  const client = host.start({ primary: ['a:7470'], graceSeconds: 0 });
  await host.time.until(client.checkout(), 1_000);
  await loseWhileRenewing(host);
  expect(client.state.state).toBe('lost');
  expect(a.live()).toHaveLength(1);
  await host.time.advance(3_000);
  expect(client.state.state).toBe('lost');
  expect(a.live()).toEqual([]);
});

it('may ask for a seat at the moment that it has lost one', async () => {
  const host = new ClientHost();
  const a = host.network.add('a:7470');
  const client = host.start({ primary: ['a:7470'], graceSeconds: 0 });
  await host.time.until(client.checkout(), 1_000);
  await loseWhileRenewing(host);
  a.behaviour = { type: 'serve' };
  expect(await host.time.until(client.checkout(), 20_000)).toMatchObject({ ok: true });
  await host.time.advance(5 * minuteMs);
  expect(host.path).not.toContain('recovering');
  expect(a.live()).toHaveLength(1);
});

it('checks out again with the same instance when the lease is gone', async () => {
  const host = new ClientHost();
  const a = host.network.add('a:7470');
  const client = host.start({ primary: ['a:7470'] });
  await host.time.until(client.checkout(), 1_000);
  a.leases.clear();
  await host.time.advance(12_000);
  expect(host.path).toEqual(['checkingOut', 'held', 'recovering', 'held']);
  expect(host.states.at(-1)).toMatchObject({ cause: 'recovery' });
  expect(a.live().map(({ instance }) => instance)).toEqual(['instance-1']);
});

it('does not renew a borrowed seat, and ends it by the clock', async () => {
  const host = new ClientHost();
  const a = host.network.add('a:7470');
  const borrowUntil = new Date(host.time.startWallMs + 40 * 86_400_000).toISOString();
  const client = host.start({ primary: ['a:7470'] }, { request: { borrowUntil } });
  await host.time.until(client.checkout(), 1_000);
  await host.time.advance(39 * 86_400_000);
  expect(client.state.state).toBe('held');
  expect(a.heard).toHaveLength(1);
  await host.time.advance(86_400_000);
  expect(client.state).toMatchObject({ state: 'lost', refusal: { code: 'BORROW_ENDED' } });
});

/** Lets the seat of a client without grace time be lost while an answer to its renewal is on its way. */
async function loseWhileRenewing(host: ClientHost): Promise<void> {
  const { network, time, client } = host;
  for (const server of network.servers.values()) {
    server.behaviour = { type: 'down' };
    await time.advance(ttlSeconds * 1000 - 2_500);
    server.behaviour = { type: 'slow', ms: 2_900 };
    for (;;) {
      const before = network.lastSentAtMs;
      if (client.state.state === 'lost') throw new Error('it was lost before it tried again');
      await time.advance(50);
      if (network.lastSentAtMs > before) break;
    }
  }
  await time.advance(ttlSeconds * 1000 - time.nowMs);
}
