import { createHash, createPublicKey, X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  healthAnswerSchema,
  leaseAnswerSchema,
  licensesAnswerSchema,
  serversAnswerSchema,
} from '../../src-shared/contract/client-api.ts';
import { problemSchema } from '../../src-shared/contract/problem.ts';
import { defaultPort } from '../../src-shared/model/host-port.ts';
import type { LicenseGrant } from '../../src-shared/model/license.ts';
import { verifyToken } from '../../src-main/node/identity/verify-token.ts';
import { callAdmin } from '../support/json-request.ts';
import { makeLicenseFile, makeVendor } from '../support/licenses.ts';
import { startServe } from '../support/node.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';
import { call, openSocket, readAll, type Answer } from '../unit/client-api/api-fixture.ts';

const json = { 'content-type': 'application/json' };

/** A real server with these licences (3 seats of "cad" by default) and no limit on the rate. */
async function startServer(...licenses: Partial<LicenseGrant>[]) {
  const dataDirectory = makeTemporaryDirectory();
  const server = startServe(dataDirectory);
  const { port, id } = await server.ready();
  const vendor = await makeVendor();
  const content = await makeLicenseFile(vendor, ...licenses);
  for (const answer of [
    await callAdmin(dataDirectory, 'vendor.trust', { content: vendor.publicFile }),
    await callAdmin(dataDirectory, 'license.import', { content, fileName: 'test.lic' }),
    await callAdmin(dataDirectory, 'settings.set', { requestsPerSecondMax: 1_000_000 }),
  ]) {
    expect(answer).toMatchObject({ ok: true });
  }
  const at = { address: () => ({ host: '127.0.0.1', port }) };
  const checkout = (instance: string, more: object = {}) =>
    call(at, 'POST', '/v1/leases', {
      body: { feature: 'cad', client: { instance, user: 'ada', host: 'ws-1' }, ...more },
    });
  return { server, dataDirectory, port, id, at, checkout };
}

function parseLease(answer: Answer, status: number) {
  expect(answer.status).toBe(status);
  return leaseAnswerSchema.parse(JSON.parse(answer.text));
}

function parseProblem(answer: Answer) {
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  const problem = problemSchema.parse(JSON.parse(answer.text));
  expect(problem.status).toBe(answer.status);
  return problem;
}

describe('the client API of a real server', () => {
  it('leads a lease from checkout to return', async () => {
    const { at, id, checkout } = await startServer();
    const taken = parseLease(await checkout('a'), 201);
    expect(taken.lease).toMatchObject({ license: 'acme-cad', feature: 'cad', units: 1 });
    expect(taken.servedBy).toMatchObject({ id, role: 'primary' });
    expect(taken.servers).toMatchObject([{ id, active: true }]);

    const again = parseLease(await checkout('a'), 200);
    expect(again.lease).toEqual(taken.lease);

    const path = `/v1/leases/${taken.lease.id}`;
    const renewed = parseLease(await call(at, 'POST', `${path}/renew`, { headers: json }), 200);
    expect(renewed.lease).toEqual(taken.lease);

    expect((await call(at, 'DELETE', path)).status).toBe(204);
    expect((await call(at, 'DELETE', path)).status).toBe(204);
    const gone = await call(at, 'POST', `${path}/renew`);
    expect([gone.status, parseProblem(gone).code]).toEqual([404, 'LS_NO_SUCH_LEASE']);
  });

  it('signs tokens with the key of its certificate, whose fingerprint is its id', async () => {
    const { at, id, checkout } = await startServer();
    const { token, lease } = parseLease(await checkout('a'), 201);
    const socket = await openSocket(at);
    const certificate = new X509Certificate(socket.getPeerCertificate().raw);
    socket.destroy();
    const spki = certificate.publicKey.export({ type: 'spki', format: 'der' });
    expect(createHash('sha256').update(spki).digest('hex')).toBe(id);
    const key = createPublicKey({ key: spki, type: 'spki', format: 'der' });
    expect(await verifyToken(token, key)).toMatchObject({
      iss: id,
      lease: lease.id,
      holder: 'a',
      units: 1,
    });
  });

  it('refuses with the codes of the contract', async () => {
    const { checkout } = await startServer(
      { units: 2 },
      { id: 'new', feature: 'new', notBefore: '2999-01-01T00:00:00Z' },
    );
    const borrowed = await checkout('c', { borrowUntil: '2999-01-01T00:00:00Z' });
    parseLease(await checkout('a', { units: 2 }), 201);
    const refusals = {
      borrowed,
      full: await checkout('b'),
      unknown: await checkout('b', { feature: 'nothing' }),
      newer: await checkout('b', { version: '9' }),
      early: await checkout('b', { feature: 'new' }),
    };
    const told = Object.entries(refusals).map(([name, answer]) => [
      name,
      parseProblem(answer).code,
    ]);
    expect(Object.fromEntries(told)).toMatchObject({
      full: 'LS_INSUFFICIENTUNITS',
      unknown: 'LS_NO_SUCH_FEATURE',
      newer: 'LS_NO_SUCH_FEATURE',
      early: 'LS_LICENSE_NOT_STARTED',
      borrowed: 'LS_BORROW_NOT_ALLOWED',
    });
  });

  it('lists licences and servers, tells its health, its figures and its own description', async () => {
    const { at, id, port, checkout } = await startServer();
    await checkout('a', { units: 2 });
    await checkout('b', { units: 2 });
    const licenses = licensesAnswerSchema.parse(
      JSON.parse((await call(at, 'GET', '/v1/licenses')).text),
    );
    expect(licenses.licenses).toMatchObject([
      { id: 'acme-cad', units: 3, inUse: 2, expires: null, servedBy: { id, role: 'primary' } },
    ]);
    const servers = serversAnswerSchema.parse(
      JSON.parse((await call(at, 'GET', '/v1/servers')).text),
    );
    expect(servers.servers).toMatchObject([{ id, active: true }]);
    expect(new URL(servers.servers[0]?.url ?? '').port).toBe(String(port));
    const health = await call(at, 'GET', '/healthz');
    expect(health.status).toBe(200);
    expect(healthAnswerSchema.parse(JSON.parse(health.text))).toEqual({
      status: 'serving',
      reasons: [],
    });
    const metrics = (await call(at, 'GET', '/metrics')).text;
    const labels = 'ledger="[^"]+",license="acme-cad",product="Acme Suite",feature="cad"';
    expect(metrics).toMatch(new RegExp(`understudy_license_units_in_use{${labels}} 2`));
    expect(metrics).toMatch(new RegExp(`understudy_license_denials_total{${labels}} 1`));
    expect(metrics).toMatch(/^understudy_serving 1$/m);
    const openApi = JSON.parse((await call(at, 'GET', '/openapi.json')).text) as { paths: object };
    expect(Object.keys(openApi.paths)).toContain('/v1/leases/{id}/renew');
  });

  it('stays alive, bounded and quiet through 10,000 bad requests and a crowd of bad clients', async () => {
    const { at, server, checkout } = await startServer();
    const slow = await openSocket(at);
    slow.write('POST /v1/leases HTTP/1.1\r\nhost: a\r\nx: ');
    const noise = await openSocket(at);
    const refused = readAll(noise);
    noise.write('\u0000\u0001 not http\r\n\r\n');
    expect(await refused).toMatch(/^HTTP\/1\.1 400 /);

    const agent = new Agent({ keepAlive: true, maxSockets: 32 });
    onTestFinished(() => agent.destroy());
    const bodies = ['{', '[]', '{"feature":7}', `{"feature":"${'x'.repeat(12_000)}"}`];
    const sendBad = (count: number) =>
      Promise.all(
        Array.from({ length: count }, async (_, i) => {
          const raw = bodies[i % bodies.length] ?? '';
          const answer = await call(at, 'POST', '/v1/leases', { raw, headers: json, agent });
          expect(answer.status).toBe(400);
        }),
      );
    const residentBytes = async () => {
      const { text } = await call(at, 'GET', '/metrics');
      return Number(/^process_resident_memory_bytes (\d+)$/m.exec(text)?.[1]);
    };
    for (let i = 0; i < 5; i++) await sendBad(500);
    const before = await residentBytes();
    for (let i = 0; i < 15; i++) await sendBad(500);
    expect((await residentBytes()) - before).toBeLessThan(100e6);
    slow.destroy();
    parseLease(await checkout('a'), 201);
    expect(await server.stop()).toBe(0);
    expect(server.stderr).toBe('');
  });

  it('limits the rate of an address as its settings say, at once', async () => {
    const { at, dataDirectory } = await startServer();
    const change = { requestsPerSecondMax: 10 };
    expect(await callAdmin(dataDirectory, 'settings.set', change)).toMatchObject({ ok: true });
    const agent = new Agent({ keepAlive: true, maxSockets: 4 });
    onTestFinished(() => agent.destroy());
    const answers = await Promise.all(
      Array.from({ length: 60 }, () => call(at, 'GET', '/v1/servers', { agent })),
    );
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    for (const answer of refused) {
      expect(parseProblem(answer).code).toBe('LS_TOO_MANY_REQUESTS');
      expect(answer.headers['retry-after']).toBe('1');
    }
  });

  it('moves to another port while it serves', async () => {
    const dataDirectory = makeTemporaryDirectory();
    // The address comes from the settings: what a command line fixes cannot be changed.
    const settings = { listenHost: '127.0.0.1', listenPort: 0 };
    writeFileSync(join(dataDirectory, 'server.json'), JSON.stringify(settings));
    const { port } = await startServe(dataDirectory, { args: [] }).ready();
    expect(port).not.toBe(defaultPort);
    const at = { address: () => ({ host: '127.0.0.1', port }) };
    const spare = startServe(makeTemporaryDirectory());
    const taken = (await spare.ready()).port;
    const busy = await callAdmin(dataDirectory, 'settings.set', { listenPort: taken });
    expect(busy).toMatchObject({ ok: false, code: 'SETTING_REFUSED' });
    expect((await call(at, 'GET', '/healthz')).status).toBe(200);
    await spare.stop();
    const moved = await callAdmin(dataDirectory, 'settings.set', { listenPort: taken });
    expect(moved).toMatchObject({ ok: true });
    const there = { address: () => ({ host: '127.0.0.1', port: taken }) };
    expect((await call(there, 'GET', '/healthz')).status).toBe(200);
    expect(taken).not.toBe(port);
    await vi.waitFor(() => expect(openSocket(at)).rejects.toThrow('ECONNREFUSED'));
  });
});
