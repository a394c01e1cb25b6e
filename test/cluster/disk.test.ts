import { describe, expect, it, onTestFinished } from 'vitest';
import type { LeaseAnswer } from '../../src-shared/contract/client-api.ts';
import { callAdmin, ClientConnection } from '../support/json-request.ts';
import { startServe } from '../support/node.ts';
import { skipFor } from '../support/skip.ts';
import { fillDisk, mountSmallDisk, noMounts } from '../support/small-disk.ts';

/** Longest wait for something that a working server does within two seconds. */
const patiently = { timeout: 15_000 };

/** Granted leases until the server answers otherwise. */
async function checkOutUntilRefused(client: ClientConnection): Promise<LeaseAnswer['lease'][]> {
  const leases = [];
  for (let number = 0; number < 2_000; number++) {
    const { status, body } = await client.checkout(`instance-${number}`, 'viewer');
    if (status !== 201) return leases;
    leases.push((body as LeaseAnswer).lease);
  }
  throw new Error('the disk never became full');
}

describe('a full disk', skipFor(noMounts), () => {
  it('stops new grants with the reason and loses nothing that was told', async () => {
    const dataDirectory = mountSmallDisk('size=3m');
    const server = startServe(dataDirectory);
    const { port } = await server.ready();
    await callAdmin(dataDirectory, 'demo.install', { consent: true });
    const client = new ClientConnection(port);
    onTestFinished(() => client.close());
    const first = (await client.checkout('first', 'editor')).body as LeaseAnswer;

    const free = fillDisk(dataDirectory);
    const leases = await checkOutUntilRefused(client);
    expect(await client.checkout('late', 'editor')).toMatchObject({
      status: 503,
      body: { code: 'LS_LEADER_NOT_PRESENT', detail: expect.stringContaining('is full') },
      headers: { 'retry-after': '5' },
    });
    expect(await client.send('POST', `/v1/leases/${first.lease.id}/renew`)).toMatchObject({
      status: 200,
      body: { lease: { id: first.lease.id }, token: expect.any(String) },
    });
    expect(await client.send('DELETE', `/v1/leases/${first.lease.id}`)).toMatchObject({
      status: 503,
    });
    expect(await client.send('GET', '/healthz')).toMatchObject({ status: 503 });
    const full = await callAdmin(dataDirectory, 'snapshot', {});
    expect(full).toMatchObject({
      value: {
        serving: { state: 'degraded', reasons: [{ code: 'STORE_UNAVAILABLE' }] },
        leaseCount: leases.length + 1,
      },
    });
    expect(await callAdmin(dataDirectory, 'license.remove', { id: 'demo-viewer' })).toMatchObject({
      ok: false,
      code: 'STORE_UNAVAILABLE',
    });
    await server.kill();
    free();
    const again = startServe(dataDirectory);
    const second = new ClientConnection((await again.ready()).port);
    onTestFinished(() => second.close());
    for (const lease of [first.lease, ...leases]) {
      const renewed = await second.send('POST', `/v1/leases/${lease.id}/renew`);
      expect(renewed).toMatchObject({ status: 200, body: { lease: { id: lease.id } } });
    }
  });

  it('is noticed when it has room again', async () => {
    const dataDirectory = mountSmallDisk('size=3m');
    const server = startServe(dataDirectory);
    const { port } = await server.ready();
    await callAdmin(dataDirectory, 'demo.install', { consent: true });
    const client = new ClientConnection(port);
    onTestFinished(() => client.close());
    const free = fillDisk(dataDirectory);
    const before = await checkOutUntilRefused(client);
    free();
    await expect
      .poll(() => client.checkout('late', 'editor').then(({ status }) => status), patiently)
      .toBe(201);
    expect(await client.send('GET', '/healthz')).toMatchObject({ status: 200 });
    const snapshot = await callAdmin(dataDirectory, 'snapshot', {});
    expect(snapshot).toMatchObject({
      value: { serving: { state: 'serving', reasons: [] }, leaseCount: before.length + 1 },
    });
    await expect
      .poll(() => callAdmin(dataDirectory, 'events.list', { search: 'storeRecovered' }), patiently)
      .toMatchObject({ value: { events: [{ severity: 'warning' }] } });
    expect(await server.stop()).toBe(0);
  });

  it('at the start is a clear refusal', async () => {
    const dataDirectory = mountSmallDisk('size=64k');
    fillDisk(dataDirectory);
    const server = startServe(dataDirectory);
    expect(await server.exited()).toBe(1);
    expect(server.stderr).toContain('cannot be used');
    expect(server.stderr).toContain('the disk must have room');
  });
});

describe('a read-only data directory', skipFor(noMounts), () => {
  it('is a clear refusal', async () => {
    const dataDirectory = mountSmallDisk('size=1m,ro');
    const server = startServe(dataDirectory);
    expect(await server.exited()).toBe(1);
    expect(server.stderr).toContain(`The data directory ${dataDirectory} cannot be used`);
    expect(server.stderr).toContain('read-only');
  });
});
