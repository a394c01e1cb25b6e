import { describe, expect, it } from 'vitest';
import { RequestCount } from '../../../src-shared/client/request-count.ts';
import { ClientHost } from './client-host.ts';
import { ttlSeconds } from './scripted-servers.ts';

describe('the numbers of an instance', () => {
  it('are the same for a request and its retries, and another one for what comes after', () => {
    const count = new RequestCount(7);
    expect([count.next, count.take(0), count.take(120_000), count.next]).toEqual([7, 7, 7, 8]);
    count.settle();
    count.settle();
    expect([count.next, count.take(130_000)]).toEqual([8, 8]);
    // Too long after the first try to be a retry.
    expect(count.take(250_001)).toBe(9);
  });

  it('are none when the first one is not known', () => {
    const count = new RequestCount(undefined);
    count.settle();
    expect([count.isKept, count.take(0), count.next]).toEqual([false, undefined, undefined]);
  });
});

describe('a client that counts its requests', () => {
  it('repeats the number until it has the seat, and counts on for the next one', async () => {
    const host = new ClientHost();
    const server = host.network.add('a:7470');
    const client = host.start({ primary: ['a:7470'] }, { request: { request: 1 } });
    server.behaviour = { type: 'refuse', code: 'LS_LEADER_NOT_PRESENT' };
    const asked = client.checkout({ waitMs: 60_000 });
    await host.time.advance(1_000);
    expect(server.numbers).toEqual([]);
    server.behaviour = { type: 'mute' };
    await host.time.advance(10_000);
    server.behaviour = { type: 'serve' };
    expect(await host.time.until(asked, 60_000)).toMatchObject({ ok: true });
    expect(new Set(server.numbers)).toEqual(new Set([1]));
    expect(client.nextRequest).toBe(2);
    await host.time.until(client.return(), 1_000);
    await host.time.until(client.checkout(), 1_000);
    expect(server.numbers.at(-1)).toBe(2);
  });

  it('asks for another seat when the one that it had is gone', async () => {
    const host = new ClientHost();
    const server = host.network.add('a:7470');
    const client = host.start({ primary: ['a:7470'] }, { request: { request: 1 } });
    await host.time.until(client.checkout(), 1_000);
    server.leases.clear();
    server.endedNumbers.add(1);
    await host.time.advance((ttlSeconds * 1000) / 2);
    expect(client.state).toMatchObject({ state: 'held', cause: 'recovery' });
    expect(server.numbers).toEqual([1, 2]);
  });

  it('goes on after a number whose lease has ended without its knowing', async () => {
    const host = new ClientHost();
    const server = host.network.add('a:7470');
    server.endedNumbers.add(1);
    const client = host.start({ primary: ['a:7470'] }, { request: { request: 1 } });
    expect(await host.time.until(client.checkout(), 1_000)).toMatchObject({ ok: true });
    expect(server.numbers).toEqual([1, 2]);
  });
});
