import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect as connectPlain } from 'node:net';
import { Agent } from 'node:https';
import { refusedBodyBytesMax } from '../../../src-main/node/client-api/limits.ts';
import { problemSchema } from '../../../src-shared/contract/problem.ts';
import {
  call,
  checkoutBody,
  leaseId,
  makeIdentity,
  openSocket,
  readAll,
  startApi,
  type RunningApi,
} from './api-fixture.ts';

const json = { 'content-type': 'application/json' };
let running: RunningApi;
beforeAll(async () => {
  running = await startApi(await makeIdentity());
});
afterAll(() => running.api.close());

const client = checkoutBody.client;
test.each([
  ['no body', '', 400, /The body: expected object/],
  ['half of a document', '{"feature":', 400, /not valid JSON/],
  ['a comma too many', '{"feature":"cad",}', 400, /not valid JSON \(at character 18\)/],
  ['not UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), 400, /not valid JSON/],
  ['an array', '[]', 400, /The body: expected object, received array/],
  ['null', 'null', 400, /The body: expected object/],
  ['a number', '7', 400, /The body: expected object/],
  ['no feature', JSON.stringify({ client }), 400, /feature in the body: .*missing/],
  ['a feature of a wrong type', JSON.stringify({ feature: 1, client }), 400, /feature in the body/],
  ['no client', JSON.stringify({ feature: 'a' }), 400, /client in the body: .*missing/],
  [
    'no user',
    JSON.stringify({ feature: 'a', client: { instance: 'i', host: 'h' } }),
    400,
    /client\.user in the body: .*missing/,
  ],
  ['no units', JSON.stringify({ ...checkoutBody, units: 0 }), 400, /units in the body: .*>=1/],
  ['half a unit', JSON.stringify({ ...checkoutBody, units: 1.5 }), 400, /units in the body: .*int/],
  ['too many units', JSON.stringify({ ...checkoutBody, units: 1e15 }), 400, /units in the body/],
  ['an unknown field', JSON.stringify({ ...checkoutBody, unit: 2 }), 400, /"unit"/],
  [
    'a control character',
    JSON.stringify({ ...checkoutBody, feature: 'a\nb' }),
    400,
    /control char/,
  ],
  ...['\u202e', '\u200b', '\u0085'].map((hidden): [string, string, number, RegExp] => [
    `a name with U+${hidden.charCodeAt(0).toString(16).padStart(4, '0')} in it`,
    JSON.stringify({
      ...checkoutBody,
      client: { ...checkoutBody.client, user: `ad${hidden}a` },
    }),
    400,
    /client\.user in the body: .*not seen/,
  ]),
  [
    'a date that is none',
    JSON.stringify({ ...checkoutBody, borrowUntil: 'x' }),
    400,
    /borrowUntil/,
  ],
  ['a polluting key', '{"feature":"a","__proto__":{"client":1}}', 400, /client in the body/],
  ['a body over the limit', JSON.stringify({ feature: 'x'.repeat(20_000) }), 413, /16384 bytes/],
  ['a body far over the limit', Buffer.alloc(5_000_000, 0x61), 413, /16384 bytes/],
])('a checkout with %s is a problem that says what to do', async (_name, raw, status, detail) => {
  const before = running.service.checkouts.length;
  const answer = await call(running.api, 'POST', '/v1/leases', { raw, headers: json });
  expect(answer.status).toBe(status);
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  const problem = problemSchema.parse(JSON.parse(answer.text));
  expect(problem).toMatchObject({ status, code: 'LS_BAD_REQUEST' });
  expect(problem.detail).toMatch(detail);
  expect(running.service.checkouts).toHaveLength(before);
});

test('a connection goes on after a body that was far over the limit', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const raw = Buffer.alloc(5_000_000, 0x61);
  const refused = await call(running.api, 'POST', '/v1/leases', { raw, headers: json, agent });
  expect(refused.status).toBe(413);
  // Kept for the next request, and not closed.
  await expect.poll(() => Object.values(agent.freeSockets).flat()).toHaveLength(1);
  expect((await call(running.api, 'GET', '/healthz', { agent })).status).toBe(200);
  agent.destroy();
});

test('a body without an end is read up to its bound, and no further', async () => {
  const socket = await openSocket(running.api);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => undefined).resume();
  const head = 'POST /v1/leases HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n';
  socket.write(`${head}Transfer-Encoding: chunked\r\n\r\n`);
  const chunk = Buffer.alloc(0x10000, 0x61);
  const send = (): void => {
    if (socket.destroyed) return;
    socket.write('10000\r\n');
    socket.write(chunk);
    socket.write('\r\n', () => setImmediate(send));
  };
  send();
  await closed;
  expect(socket.bytesWritten).toBeGreaterThan(refusedBodyBytesMax);
  expect((await call(running.api, 'GET', '/healthz')).status).toBe(200);
});

test('a long list of faults is cut short', async () => {
  const raw = JSON.stringify(
    Object.fromEntries(Array.from({ length: 900 }, (_, i) => [`k${i}`, i])),
  );
  const answer = await call(running.api, 'POST', '/v1/leases', { raw, headers: json });
  expect(answer.status).toBe(400);
  expect(answer.text.length).toBeLessThan(1_500);
});

test.each([
  ['POST', '/v1/leases', 415, { 'content-type': 'text/plain' }, undefined],
  ['POST', '/v1/leases', 415, { 'content-type': '' }, undefined],
  ['POST', '/v1/leases/7/renew', 400, {}, undefined],
  ['DELETE', '/v1/leases/7', 400, {}, undefined],
  ['GET', '/%zz', 400, {}, undefined],
  ['GET', '/nothing', 404, {}, undefined],
  ['POST', '/', 404, {}, undefined],
  ['GET', `/${'a'.repeat(200)}`, 404, {}, undefined],
  ['PUT', '/v1/leases?x=1', 405, {}, 'POST'],
  ['GET', `/v1/leases/${leaseId}`, 405, {}, 'DELETE'],
  ['PROPFIND', '/healthz', 405, {}, 'GET, HEAD'],
])('%s %s is a problem %i', async (method, path, status, headers, allow) => {
  const raw = method === 'GET' ? undefined : '{"a":1}';
  const answer = await call(running.api, method, path, { ...(raw && { raw }), headers });
  expect(answer.status).toBe(status);
  expect(problemSchema.parse(JSON.parse(answer.text))).toMatchObject({
    status,
    code: 'LS_BAD_REQUEST',
  });
  expect(answer.headers.allow).toBe(allow);
});

test.each([
  ['what is not HTTP', 'hello\r\n\r\n', /^HTTP\/1\.1 400 /],
  ['HTTP/2 without a word', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', /^HTTP\/1\.1 4\d\d /],
  ['no host', 'GET /healthz HTTP/1.1\r\nconnection: close\r\n\r\n', /^HTTP\/1\.1 400 /],
  [
    'headers without an end',
    `GET / HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
    /^HTTP\/1\.1 431 /,
  ],
  [
    'two lengths',
    'POST /v1/leases HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab',
    /^HTTP\/1\.1 400 /,
  ],
  [
    'a length and chunks',
    'POST /v1/leases HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    /^HTTP\/1\.1 400 /,
  ],
])('%s on the wire is answered with a problem', async (_name, bytes, expected) => {
  const socket = await openSocket(running.api);
  const text = readAll(socket);
  socket.write(bytes);
  expect(await text).toMatch(expected);
  expect(await text).toContain('"code":"LS_BAD_REQUEST"');
});

test('an expectation that no server could meet is passed over', async () => {
  const headers = { ...json, expect: 'the-unexpected', connection: 'close' };
  const raw = JSON.stringify(checkoutBody);
  const answer = await call(running.api, 'POST', '/v1/leases', { raw, headers });
  expect(answer.status).toBe(201);
});

test('plain HTTP and noise on the TLS port end that connection and nothing else', async () => {
  for (const bytes of [
    'GET / HTTP/1.1\r\n\r\n',
    '\u0016\u0003\u0001\u0000\u0001\u0000',
    '\0'.repeat(300),
  ]) {
    const socket = connectPlain(running.api.address().port, '127.0.0.1');
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined);
    socket.resume();
    socket.end(bytes);
    await closed;
  }
  const metrics = await call(running.api, 'GET', '/metrics');
  const failures = /^understudy_tls_handshake_failures_total (\d+)$/m.exec(metrics.text)?.[1];
  expect(Number(failures)).toBeGreaterThanOrEqual(2);
  expect(running.log).toEqual([]);
});

test('10,000 bad requests leave the process serving, its log empty and its memory bounded', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const bodies = ['{', '[]', `{"feature":"${'x'.repeat(10_000)}"}`, `{"${'k'.repeat(9_000)}":1}`];
  const round = (count: number) =>
    Promise.all(
      Array.from({ length: count }, async (_, i) => {
        const raw = bodies[i % bodies.length] ?? '';
        const answer = await call(running.api, 'POST', '/v1/leases', { raw, headers: json, agent });
        expect(answer.status).toBe(400);
      }),
    );
  for (let i = 0; i < 5; i++) await round(500);
  const before = process.memoryUsage().rss;
  for (let i = 0; i < 15; i++) await round(500);
  const grownMb = (process.memoryUsage().rss - before) / 1_048_576;
  agent.destroy();
  expect(grownMb).toBeLessThan(100);
  expect(running.log).toEqual([]);
  expect((await call(running.api, 'GET', '/healthz')).status).toBe(200);
}, 60_000);
