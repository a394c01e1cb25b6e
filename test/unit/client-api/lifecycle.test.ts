import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { createServer, type AddressInfo } from 'node:net';
import { Agent } from 'node:https';
import type { ClientReply } from '../../../src-main/node/client-api/client-service.ts';
import type { Identity } from '../../../src-main/node/identity/identity.ts';
import { connectionTimeouts } from '../../../src-main/node/client-api/limits.ts';
import {
  call,
  checkoutBody,
  leaseAnswer,
  makeIdentity,
  openSocket,
  readAll,
  settings,
  startApi,
  type RunningApi,
} from './api-fixture.ts';

const granted: ClientReply = { type: 'lease', created: true, answer: leaseAnswer };
let identity: Identity;
let running: RunningApi;
beforeAll(async () => {
  identity = await makeIdentity();
});
afterEach(() => running.api.close());

async function takePort() {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { port, free: () => new Promise((resolve) => server.close(resolve)) };
}

test('a port in use is told with what to do, and the old one stays open', async () => {
  running = await startApi(identity);
  const other = await takePort();
  await expect(startApi(identity, { listenPort: other.port })).rejects.toMatchObject({
    name: 'ListenFailure',
    code: 'PORT_IN_USE',
  });
  const old = running.api.address();
  await expect(
    running.api.reconfigure({ ...settings, listenPort: other.port }),
  ).rejects.toMatchObject({ code: 'PORT_IN_USE' });
  expect(running.api.address()).toEqual(old);
  expect((await call(running.api, 'GET', '/healthz')).status).toBe(200);
  await other.free();
});

test('an address that is not of this host is told', async () => {
  running = await startApi(identity);
  await expect(startApi(identity, { listenHost: '192.0.2.1' })).rejects.toMatchObject({
    code: 'ADDRESS_UNAVAILABLE',
  });
});

test('a new port opens before the old one closes, and what is under way is answered', async () => {
  running = await startApi(identity);
  const { port } = running.api.address();
  let answer: (reply: ClientReply) => void = () => undefined;
  running.service.answer = () => new Promise((resolve) => (answer = resolve));
  const underWay = call(running.api, 'POST', '/v1/leases', { body: checkoutBody });
  await vi.waitFor(() => expect(running.service.checkouts).toHaveLength(1));
  const free = await takePort();
  await free.free();
  await running.api.reconfigure({ ...settings, listenPort: free.port });
  expect(running.api.address().port).toBe(free.port);
  expect((await call(running.api, 'GET', '/healthz')).status).toBe(200);
  answer(granted);
  expect((await underWay).status).toBe(201);
  const old = { ...running.api, address: () => ({ host: '127.0.0.1', port }) };
  await expect(openSocket(old)).rejects.toThrow('ECONNREFUSED');
});

test('a kept connection ends when the port closes', async () => {
  running = await startApi(identity);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let answer: (reply: ClientReply) => void = () => undefined;
  running.service.answer = () => new Promise((resolve) => (answer = resolve));
  const underWay = call(running.api, 'POST', '/v1/leases', { body: checkoutBody, agent });
  await vi.waitFor(() => expect(running.service.checkouts).toHaveLength(1));
  const closed = running.api.close();
  answer(granted);
  expect((await underWay).status).toBe(201);
  await closed;
  await vi.waitFor(() => expect(Object.keys(agent.freeSockets)).toEqual([]));
  agent.destroy();
});

test('a request that is on its way on a kept connection when the port closes is answered', async () => {
  running = await startApi(identity);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask = () => call(running.api, 'GET', '/healthz', { agent });
  expect((await ask()).status).toBe(200);
  const [kept] = Object.values(agent.freeSockets).flatMap((sockets) => sockets ?? []);
  const closed = running.api.close();
  const { status, headers } = await ask();
  expect({ status, connection: headers.connection }).toEqual({ status: 200, connection: 'close' });
  await closed;
  await vi.waitFor(() => expect(kept?.destroyed).toBe(true));
  agent.destroy();
});

test('the same port on another address of the host replaces the old one', async () => {
  running = await startApi(identity);
  const { port } = running.api.address();
  await running.api.reconfigure({ ...settings, listenHost: '0.0.0.0', listenPort: port });
  expect(running.api.address()).toEqual({ host: '0.0.0.0', port });
  expect((await call(running.api, 'GET', '/healthz')).status).toBe(200);
  await expect(
    running.api.reconfigure({ ...settings, listenHost: '192.0.2.1', listenPort: port }),
  ).rejects.toMatchObject({ code: 'ADDRESS_UNAVAILABLE' });
  expect((await call(running.api, 'GET', '/healthz')).status).toBe(200);
});

test('close answers what is under way, ends idle connections and frees the port', async () => {
  running = await startApi(identity);
  const { api, service } = running;
  const silent = await openSocket(api);
  const silentEnded = readAll(silent);
  let answer: (reply: ClientReply) => void = () => undefined;
  service.answer = () => new Promise((resolve) => (answer = resolve));
  const underWay = call(api, 'POST', '/v1/leases', { body: checkoutBody });
  await vi.waitFor(() => expect(service.checkouts).toHaveLength(1));
  const beganMs = performance.now();
  const closed = api.close();
  await expect(openSocket(api)).rejects.toThrow('ECONNREFUSED');
  answer(granted);
  expect((await underWay).status).toBe(201);
  await closed;
  expect(await silentEnded).toBe('');
  expect(performance.now() - beganMs).toBeLessThan(3_000);
});

test('close does not wait for ever for a node that does not answer', async () => {
  running = await startApi(identity, {}, { ...connectionTimeouts, closeMs: 200 });
  running.service.answer = () => new Promise(() => undefined);
  const underWay = call(running.api, 'POST', '/v1/leases', { body: checkoutBody });
  const failed = expect(underWay).rejects.toThrow();
  await vi.waitFor(() => expect(running.service.checkouts).toHaveLength(1));
  await running.api.close();
  await failed;
});
