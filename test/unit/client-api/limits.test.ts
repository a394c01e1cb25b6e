import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { connect as connectPlain } from 'node:net';
import { Agent } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { problemSchema } from '../../../src-shared/contract/problem.ts';
import type { ClientReply } from '../../../src-main/node/client-api/client-service.ts';
import type { Identity } from '../../../src-main/node/identity/identity.ts';
import { connectionTimeouts } from '../../../src-main/node/client-api/limits.ts';
import {
  call,
  checkoutBody,
  leaseAnswer,
  leaseId,
  makeIdentity,
  openSocket,
  readAll,
  settings,
  startApi,
  type RunningApi,
} from './api-fixture.ts';

const impatient = {
  ...connectionTimeouts,
  handshakeMs: 300,
  headersMs: 300,
  requestMs: 600,
  checkIntervalMs: 50,
};
let identity: Identity;
let running: RunningApi;
beforeAll(async () => {
  identity = await makeIdentity();
});
afterEach(() => running.api.close());

function holdLoop(ms: number): void {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}

async function gauge(name: string): Promise<number> {
  const { text } = await call(running.api, 'GET', '/metrics');
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]);
}

test('an address over its rate gets 429 and Retry-After, and is served again after it', async () => {
  running = await startApi(identity, { requestsPerSecondMax: 10 });
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, i) =>
      call(running.api, 'GET', i % 2 ? '/healthz' : '/no', { agent }),
    ),
  );
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused.length).toBeGreaterThan(0);
  for (const { text, headers } of refused) {
    expect(problemSchema.parse(JSON.parse(text)).code).toBe('LS_TOO_MANY_REQUESTS');
    expect(headers['retry-after']).toBe('1');
  }
  await vi.waitFor(
    async () => expect((await call(running.api, 'GET', '/healthz', { agent })).status).toBe(200),
    { timeout: 5_000, interval: 100 },
  );
  await running.api.reconfigure({ ...settings, requestsPerSecondMax: 1_000 });
  const free = await Promise.all(
    Array.from({ length: 40 }, () => call(running.api, 'GET', '/healthz', { agent })),
  );
  expect(free.every(({ status }) => status === 200)).toBe(true);
  agent.destroy();
});

test.each([
  ['a lease id that is too long', 'POST', `/v1/leases/${'a'.repeat(101)}/renew`, 400],
  ['a path as long as a request may be', 'GET', `/v1/leases/${'a'.repeat(7_000)}`, 405],
  ['an escape that is none', 'GET', '/v1/%zz', 400],
  ['an escape that is cut', 'DELETE', '/v1/leases/%', 400],
  ['an escape that is no UTF-8', 'GET', '/%ff', 400],
  ['a path that is none', 'OPTIONS', '*', 404],
  ['a method that nothing takes', 'PROPFIND', '/v1/leases', 405],
])('%s counts as a request, and is not logged', async (_what, method, path, status) => {
  running = await startApi(identity, { requestsPerSecondMax: 10 });
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  const ask = () => call(running.api, method, path, { agent });
  const answers = await Promise.all(Array.from({ length: 60 }, ask));
  agent.destroy();
  const statuses = answers.map((answer) => answer.status);
  expect(new Set(statuses)).toEqual(new Set([status, 429]));
  expect(statuses.filter((one) => one === 429).length).toBeGreaterThan(20);
  expect(running.log).toEqual([]);
});

test('a fault that clients bring about again and again is not logged line by line', async () => {
  running = await startApi(identity);
  running.service.answer = () => Promise.reject(new Error('a fault of ours'));
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  const ask = () => call(running.api, 'POST', '/v1/leases', { agent, body: checkoutBody });
  const answers = await Promise.all(Array.from({ length: 300 }, ask));
  agent.destroy();
  expect(answers.every((answer) => answer.status === 503)).toBe(true);
  expect(running.log.length).toBeLessThanOrEqual(10);
  expect(running.log[0]).toContain('a fault of ours');
});

test.each(['/metrics', '/v1/licenses'])('%s, which is long to make, has a limit', async (path) => {
  running = await startApi(identity);
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const ask = () => call(running.api, 'GET', path, { agent });
  const answers = await Promise.all(Array.from({ length: 250 }, ask));
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(50);
  expect(statuses).toContain(429);
  expect((await call(running.api, 'GET', '/v1/servers', { agent })).status).toBe(200);
  agent.destroy();
});

test('one address gets half of the connections; those over it are closed and the others live', async () => {
  running = await startApi(identity, { connectionsMax: 16 });
  running.service.answer = () => new Promise(() => undefined);
  const body = JSON.stringify(checkoutBody);
  const sockets: TLSSocket[] = [];
  for (let i = 0; i < 8; i++) {
    const socket = await openSocket(running.api);
    socket.write(
      'POST /v1/leases HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n' +
        `content-length: ${body.length}\r\n\r\n${body}`,
    );
    await vi.waitFor(() => expect(running.service.checkouts).toHaveLength(i + 1));
    sockets.push(socket);
  }
  await expect(openSocket(running.api)).rejects.toThrow();
  sockets.pop()?.destroy();
  await vi.waitFor(async () => expect(await gauge('understudy_connections')).toBe(8));
  expect(await gauge('understudy_connections_refused_total')).toBeGreaterThanOrEqual(1);
  await running.api.reconfigure({ ...settings, connectionsMax: 64 });
  sockets.push(await openSocket(running.api), await openSocket(running.api));
  for (const socket of sockets) socket.destroy();
});

test('silent connections of an address make room for those that ask for something', async () => {
  running = await startApi(identity, { connectionsMax: 16 });
  const silent: TLSSocket[] = [];
  for (let i = 0; i < 8; i++) silent.push(await openSocket(running.api));
  const first = readAll(silent[0] as TLSSocket);
  expect((await call(running.api, 'GET', '/healthz')).status).toBe(200);
  expect(await first).toBe('');
  expect(silent.slice(1).every((socket) => !socket.destroyed)).toBe(true);
  expect(await gauge('understudy_connections_pushed_out_total')).toBeGreaterThanOrEqual(1);
  for (const socket of silent) socket.destroy();
});

test('requests that wait for the node are limited in number', async () => {
  running = await startApi(identity, { connectionsMax: 16 });
  const waiting: ((reply: ClientReply) => void)[] = [];
  running.service.answer = () => new Promise((resolve) => waiting.push(resolve));
  const body = JSON.stringify(checkoutBody);
  const request =
    'POST /v1/leases HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n' +
    `content-length: ${body.length}\r\n`;
  const socket = await openSocket(running.api);
  const text = readAll(socket);
  socket.write(`${request}\r\n${body}`.repeat(19) + `${request}connection: close\r\n\r\n${body}`);
  await vi.waitFor(() => expect(waiting).toHaveLength(16));
  for (const resolve of waiting) resolve({ type: 'lease', created: true, answer: leaseAnswer });
  expect((await text).match(/HTTP\/1\.1 201/g)).toHaveLength(16);
  expect((await text).match(/"code":"LS_TOO_MANY_REQUESTS"/g)).toHaveLength(4);
});

test.each([
  ['says nothing', ''],
  ['never ends its headers', 'GET /healthz HTTP/1.1\r\nhost: a\r\nx: '],
  [
    'never ends its body',
    'POST /v1/leases HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{',
  ],
])('a client that %s is let go in time', async (_name, bytes) => {
  running = await startApi(identity, {}, impatient);
  const socket = await openSocket(running.api);
  const text = readAll(socket);
  const drip = setInterval(() => socket.write('y'), 20);
  socket.write(bytes);
  if (bytes === '') clearInterval(drip);
  expect(await text).toMatch(/^HTTP\/1\.1 408 [^]*LS_BAD_REQUEST/);
  clearInterval(drip);
  expect((await call(running.api, 'GET', '/healthz')).status).toBe(200);
});

test('a client that never begins TLS is let go in time', async () => {
  running = await startApi(identity, {}, impatient);
  const socket = connectPlain(running.api.address().port, '127.0.0.1');
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('close', resolve));
  expect(await gauge('understudy_tls_handshake_failures_total')).toBe(1);
});

test('a client that leaves without a word is let go at once', async () => {
  running = await startApi(identity);
  for (let n = 0; n < 50; n++) {
    const socket = connectPlain(running.api.address().port, '127.0.0.1');
    await new Promise<void>((resolve) => socket.once('connect', resolve));
    socket.destroy();
  }
  await vi.waitFor(
    async () => {
      expect(await gauge('understudy_tls_handshake_failures_total')).toBe(50);
      // The one that asks.
      expect(await gauge('understudy_connections')).toBe(1);
    },
    { timeout: 5_000 },
  );
});

test('many clients that come at once are all served', async () => {
  running = await startApi(identity);
  const asked = Array.from({ length: 300 }, () => call(running.api, 'GET', '/healthz'));
  const statuses = (await Promise.all(asked)).map(({ status }) => status);
  expect(new Set(statuses)).toEqual(new Set([200]));
});

test('many kept connections that ask at once are taken in over many turns, and all answered', async () => {
  running = await startApi(identity);
  const sockets = await Promise.all(Array.from({ length: 100 }, () => openSocket(running.api)));
  const answers = sockets.map((socket) => readAll(socket));
  let inTurn = 0;
  let most = 0;
  running.service.answer = () => {
    if (inTurn++ === 0) setImmediate(() => (inTurn = 0));
    most = Math.max(most, inTurn);
    holdLoop(2);
    return Promise.resolve(running.service.reply);
  };
  const text = `POST /v1/leases/${leaseId}/renew HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a.b.c\r\n`;
  for (const socket of sockets)
    socket.write(`${text}Connection: close\r\nContent-Length: 0\r\n\r\n`);
  // So that they have come before the server looks.
  holdLoop(100);
  for (const answer of await Promise.all(answers)) expect(answer).toContain('HTTP/1.1 20');
  expect(most).toBeLessThan(10);
});

test('TLS below 1.2 is refused', async () => {
  running = await startApi(identity);
  const { connect } = await import('node:tls');
  const socket = connect({
    host: '127.0.0.1',
    port: running.api.address().port,
    rejectUnauthorized: false,
    maxVersion: 'TLSv1.1',
    minVersion: 'TLSv1',
  });
  await expect(
    new Promise((resolve, reject) => {
      socket.once('secureConnect', resolve);
      socket.once('error', reject);
    }),
  ).rejects.toThrow();
});
