import { expect, it } from 'vitest';
import { ClientHost } from './client-host.ts';

const minuteMs = 60_000;

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
