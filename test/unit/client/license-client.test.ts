import { describe, expect, it } from 'vitest';
import { ClientHost } from './client-host.ts';
import { fingerprintOf, ttlSeconds } from './scripted-servers.ts';

const minuteMs = 60_000;

describe('checkout', () => {
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
    expect(outcome.refusal.attempts.map(({ server, outcome: { type } }) => [server, type])).toEqual(
      [
        ['down:7470', 'unreachable'],
        ['a:7470', 'refused'],
        ['b:7470', 'refused'],
      ],
    );
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

  it('says that no server is configured, and that none is looked for yet', async () => {
    const host = new ClientHost();
    const outcome = await host.start({}).checkout();
    if (outcome.ok) throw new Error('no server');
    expect(outcome.refusal.code).toBe('NO_SERVER_CONFIGURED');
    expect(outcome.refusal.message).toContain('not found on the network yet');
    expect(outcome.refusal.message).toContain('--server');
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

  it('does not run in a circle of redirections', async () => {
    const host = new ClientHost();
    host.network.add('a:7470').behaviour = { type: 'redirect', to: 'b:7470' };
    host.network.add('b:7470').behaviour = { type: 'redirect', to: 'a:7470' };
    const client = host.start({ primary: ['a:7470', 'b:7470'] });
    const outcome = await host.time.until(client.checkout(), 1_000);
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
});

describe('renewal', () => {
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
});

describe('return', () => {
  it('gives the seat back and stops', async () => {
    const host = new ClientHost();
    const a = host.network.add('a:7470');
    const client = host.start({ primary: ['a:7470'] });
    await host.time.until(client.checkout(), 1_000);
    expect(await host.time.until(client.return(), 1_000)).toMatchObject({ ok: true });
    expect(a.live()).toEqual([]);
    expect(client.state).toMatchObject({ state: 'returned', refusal: null });
    expect(host.time.timerCount).toBe(0);
    expect(await client.return()).toEqual({ ok: true, seat: null });
  });

  it('ends although no server answers, and says that the seat is not back yet', async () => {
    const host = new ClientHost();
    const a = host.network.add('a:7470');
    const client = host.start({ primary: ['a:7470'], timeoutMs: 1_000 });
    await host.time.until(client.checkout(), 1_000);
    a.behaviour = { type: 'mute' };
    const outcome = await host.time.until(client.return(), 10_000);
    expect(outcome).toMatchObject({ ok: false, refusal: { code: 'SERVER_UNREACHABLE' } });
  });

  it('ends a checkout that is under way, and leaves no seat behind', async () => {
    const host = new ClientHost();
    const a = host.network.add('a:7470');
    a.behaviour = { type: 'slow', ms: 2_000 };
    const client = host.start({ primary: ['a:7470'] });
    const checkout = client.checkout();
    await host.time.advance(500);
    const returned = client.return();
    expect(await host.time.until(checkout, 5_000)).toMatchObject({
      ok: false,
      refusal: { code: 'CHECKOUT_STOPPED' },
    });
    await host.time.until(returned, 20_000);
    await host.time.advance(20_000);
    expect(a.live()).toEqual([]);
  });

  it('gives back a lease that it gets while it is on its way to give one back', async () => {
    const host = new ClientHost();
    const a = host.network.add('a:7470');
    a.ttlSeconds = 3_000;
    const client = host.start({ primary: ['a:7470'] });
    await host.time.until(client.checkout(), 1_000);
    a.leases.clear();
    await host.time.advance(999_000);
    a.behaviour = { type: 'slow', ms: 1_500 };
    await host.time.advance(3_000);
    expect(client.state.state).toBe('recovering');
    await host.time.until(client.return(), 20_000);
    expect(a.live()).toEqual([]);
  });

  it('lets the seat be checked out once more', async () => {
    const host = new ClientHost();
    const a = host.network.add('a:7470');
    const client = host.start({ primary: ['a:7470'] });
    await host.time.until(client.checkout(), 1_000);
    await host.time.until(client.return(), 1_000);
    expect(await host.time.until(client.checkout(), 1_000)).toMatchObject({ ok: true });
    await host.time.advance(5 * minuteMs);
    expect(a.live()).toHaveLength(1);
  });
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
