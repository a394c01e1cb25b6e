import { existsSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { adminAddress } from '../../../src-main/admin/admin-address.ts';
import { createNode } from '../../../src-main/node/index.ts';
import { adminBodyBytesMax, importedFileBytesMax } from '../../../src-shared/contract/admin.ts';
import { nodeSnapshotSchema } from '../../../src-shared/model/node-snapshot.ts';
import { callAdmin, ClientConnection, sendAdmin } from '../../support/json-request.ts';
import { makeLicenseFile, makeVendor } from '../../support/licenses.ts';
import { installLicenses, startTestNode } from '../../support/node.ts';
import { skipFor } from '../../support/skip.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';

/** Longest wait for something that takes milliseconds on an idle machine. */
const patiently = { timeout: 10_000 };

const noUnixSocket = process.platform === 'win32' ? 'Windows has pipes for sockets' : null;

async function connect(port: number): Promise<ClientConnection> {
  const connection = new ClientConnection(port);
  onTestFinished(() => connection.close());
  return connection;
}

/** Lines of `GET /admin/v1/watch` until the test is over. */
function watch(dataDirectory: string): AsyncIterator<string> {
  const lines = (async function* () {
    const outgoing = request({ socketPath: adminAddress(dataDirectory), path: '/admin/v1/watch' });
    onTestFinished(() => void outgoing.destroy());
    outgoing.on('error', () => undefined);
    outgoing.end();
    const incoming = await new Promise<NodeJS.ReadableStream>((resolve) =>
      outgoing.once('response', resolve),
    );
    incoming.on('error', () => undefined);
    yield* createInterface({ input: incoming });
  })();
  return lines[Symbol.asyncIterator]();
}

async function nextSnapshot(lines: AsyncIterator<string>) {
  const { value } = await lines.next();
  return nodeSnapshotSchema.parse(JSON.parse(String(value)));
}

describe('the admin socket', () => {
  it('can be used by its own account only', skipFor(noUnixSocket), async () => {
    const { dataDirectory } = await startTestNode();
    expect(statSync(adminAddress(dataDirectory)).mode & 0o777).toBe(0o600);
  });

  it('takes the place of one that a crash left behind', skipFor(noUnixSocket), async () => {
    const dataDirectory = makeTemporaryDirectory();
    writeFileSync(adminAddress(dataDirectory), '');
    await startTestNode({ dataDirectory });
    expect(await callAdmin(dataDirectory, 'status', {})).toMatchObject({ ok: true });
  });

  it('is left to another program that answers on it', skipFor(noUnixSocket), async () => {
    const dataDirectory = makeTemporaryDirectory();
    const other = createServer((socket) => socket.end());
    await new Promise<void>((resolve) => other.listen(adminAddress(dataDirectory), resolve));
    onTestFinished(() => void other.close());
    await expect(startTestNode({ dataDirectory })).rejects.toMatchObject({
      code: 'DATA_DIRECTORY_BUSY',
    });
    expect(existsSync(adminAddress(dataDirectory))).toBe(true);
  });

  it('cannot be made where its path would be too long', skipFor(noUnixSocket), async () => {
    const dataDirectory = join(makeTemporaryDirectory(), 'd'.repeat(120));
    await expect(startTestNode({ dataDirectory })).rejects.toMatchObject({
      code: 'DATA_DIRECTORY_UNUSABLE',
      message: expect.stringContaining('too long'),
    });
  });

  it('is gone after an orderly stop', skipFor(noUnixSocket), async () => {
    const { node, dataDirectory } = await startTestNode();
    await node.stop();
    expect(existsSync(adminAddress(dataDirectory))).toBe(false);
  });
});

describe('an admin request', () => {
  it('that the contract does not know is refused', async () => {
    const { dataDirectory } = await startTestNode();
    const answer = await sendAdmin(dataDirectory, 'POST', '/admin/v1/lease.steal', {});
    expect(answer).toMatchObject({ status: 404, body: { error: { code: 'NO_SUCH_METHOD' } } });
    const elsewhere = await sendAdmin(dataDirectory, 'GET', '/');
    expect(elsewhere).toMatchObject({ status: 404, body: { error: { code: 'NO_SUCH_METHOD' } } });
    const inherited = await sendAdmin(dataDirectory, 'POST', '/admin/v1/toString', {});
    expect(inherited.status).toBe(404);
  });

  it.each([
    ['of the wrong shape', { limit: 'many' }, 'limit'],
    ['with a field too many', { colour: 'red' }, 'colour'],
    ['that is a list', [], 'object'],
  ])('%s is refused with the place', async (_name, params, place) => {
    const { dataDirectory } = await startTestNode();
    const answer = await sendAdmin(dataDirectory, 'POST', '/admin/v1/lease.list', params);
    expect(answer).toMatchObject({
      status: 400,
      body: { error: { code: 'BAD_REQUEST', message: expect.stringContaining(place) } },
    });
  });

  it('that is too large is refused, and the next one is answered', async () => {
    const { dataDirectory } = await startTestNode();
    const params = { content: 'x'.repeat(adminBodyBytesMax), fileName: 'huge.lic' };
    const answer = await sendAdmin(dataDirectory, 'POST', '/admin/v1/license.import', params).catch(
      (error: NodeJS.ErrnoException) => error.code,
    );
    // The server may end the connection while the rest is still being sent.
    if (typeof answer === 'object') expect(answer.status).toBe(413);
    else expect(['EPIPE', 'ECONNRESET']).toContain(answer);
    const content = 'y'.repeat(importedFileBytesMax + 1);
    const second = await callAdmin(dataDirectory, 'license.diff', { content });
    expect(second).toMatchObject({ ok: false, code: 'BAD_REQUEST' });
    expect(await callAdmin(dataDirectory, 'status', {})).toMatchObject({ ok: true });
  });
});

describe('watching', () => {
  it('shows the present and then every change', async () => {
    const { node, dataDirectory, port } = await startTestNode();
    await installLicenses(node);
    const lines = watch(dataDirectory);
    expect(await nextSnapshot(lines)).toMatchObject({ leaseCount: 0 });
    await (await connect(port)).checkout('a');
    let snapshot = await nextSnapshot(lines);
    while (snapshot.leaseCount === 0) snapshot = await nextSnapshot(lines);
    expect(snapshot.licenses[0]).toMatchObject({ id: 'acme-cad', inUse: 1 });
  });

  it('goes on without a change', async () => {
    const { dataDirectory } = await startTestNode();
    const lines = watch(dataDirectory);
    const times = [await nextSnapshot(lines), await nextSnapshot(lines), await nextSnapshot(lines)];
    expect(new Set(times.map(({ at }) => at)).size).toBe(3);
  });

  it('ends when the server stops', async () => {
    const { node, dataDirectory } = await startTestNode();
    const lines = watch(dataDirectory);
    await nextSnapshot(lines);
    const ended = (async () => {
      for (;;) if ((await lines.next()).done) return 'ended';
    })().catch(() => 'ended');
    await node.stop();
    expect(await ended).toBe('ended');
  });
});

describe('the admin methods', () => {
  it('import, list, show and remove licences', async () => {
    const { node, dataDirectory } = await startTestNode();
    const vendor = await installLicenses(node, {}, { id: 'acme-cam', feature: 'cam', units: 9 });
    const list = await callAdmin(dataDirectory, 'license.list', {});
    expect(list).toMatchObject({ value: { licenses: [{ id: 'acme-cad' }, { id: 'acme-cam' }] } });
    const more = await makeLicenseFile(vendor, { serial: 2, units: 7 });
    const diff = await callAdmin(dataDirectory, 'license.diff', { content: more });
    expect(diff).toMatchObject({ value: { changes: [{ kind: 'replace' }] } });
    const shown = () => callAdmin(dataDirectory, 'license.show', { id: 'acme-cad' });
    expect(await shown()).toMatchObject({ value: { license: { units: 3, revision: 1 } } });
    await callAdmin(dataDirectory, 'license.import', { content: more, fileName: 'more.lic' });
    expect(await shown()).toMatchObject({ value: { license: { units: 7, revision: 2 } } });
    const back = await callAdmin(dataDirectory, 'license.rollback', { id: 'acme-cad' });
    expect(back).toMatchObject({ value: { license: { units: 3, revision: 3 } } });
    const removed = await callAdmin(dataDirectory, 'license.remove', { id: 'acme-cad' });
    expect(removed).toEqual({ ok: true, value: { leasesLeft: 0 } });
    expect(await shown()).toMatchObject({ ok: false, status: 404, code: 'NO_SUCH_LICENSE' });
  });

  it('refuse a licence file of an unknown vendor, and the timeline has it', async () => {
    const { dataDirectory } = await startTestNode();
    const content = await makeLicenseFile(await makeVendor());
    const file = { content, fileName: 'unknown.lic' };
    expect(await callAdmin(dataDirectory, 'license.import', file)).toMatchObject({
      ok: false,
      status: 422,
      code: 'LICENSE_VENDOR_UNTRUSTED',
    });
    const search = { search: 'unknown.lic' };
    await expect
      .poll(async () => callAdmin(dataDirectory, 'events.list', search), patiently)
      .toMatchObject({ value: { events: [{ kind: 'licenseRefused' }] } });
  });

  it('list and release leases', async () => {
    const { node, dataDirectory, port } = await startTestNode();
    await installLicenses(node);
    const client = await connect(port);
    for (const instance of ['a', 'b']) await client.checkout(instance);
    const page = await callAdmin(dataDirectory, 'lease.list', { limit: 1 });
    expect(page).toMatchObject({ value: { total: 2, leases: [{ holder: { instance: 'a' } }] } });
    const id = page.ok ? (page.value.leases[0]?.id ?? '') : '';
    expect(await callAdmin(dataDirectory, 'lease.release', { id })).toEqual({
      ok: true,
      value: {},
    });
    const renewed = await client.send('POST', `/v1/leases/${id}/renew`);
    expect(renewed).toMatchObject({ status: 404, body: { code: 'LS_NO_SUCH_LEASE' } });
    expect(await callAdmin(dataDirectory, 'lease.release', { id })).toMatchObject({
      code: 'NO_SUCH_LEASE',
    });
  });

  it('report usage and denials', async () => {
    const { node, dataDirectory, port } = await startTestNode();
    await installLicenses(node, { units: 1 });
    const client = await connect(port);
    const granted = await client.checkout('a');
    expect((await client.checkout('b')).status).toBe(409);
    const { lease } = granted.body as { lease: { id: string } };
    await client.send('DELETE', `/v1/leases/${lease.id}`);
    await expect
      .poll(async () => callAdmin(dataDirectory, 'usage.report', {}), patiently)
      .toMatchObject({
        value: { summaries: [{ license: 'acme-cad', sessions: 1, peakUnits: 1, units: 1 }] },
      });
    await expect
      .poll(async () => callAdmin(dataDirectory, 'denial.list', {}), patiently)
      .toMatchObject({ value: { denials: [{ code: 'LS_INSUFFICIENTUNITS', count: 1 }] } });
    const records = await callAdmin(dataDirectory, 'usage.records', {});
    expect(records.ok && records.value.records.map(({ kind }) => kind)).toEqual([
      'denial',
      'session',
    ]);
    const backwards = { from: '2026-02-01T00:00:00Z', to: '2026-01-01T00:00:00Z' };
    expect(await callAdmin(dataDirectory, 'usage.report', backwards)).toMatchObject({
      code: 'BAD_REQUEST',
    });
  });

  it('install the demo licences, in a packaged build only with consent', async () => {
    const { dataDirectory } = await startTestNode({ packaged: true });
    const refused = await callAdmin(dataDirectory, 'demo.install', { consent: false });
    expect(refused).toMatchObject({ status: 403, code: 'DEMO_NEEDS_CONSENT' });
    expect(await callAdmin(dataDirectory, 'snapshot', {})).toMatchObject({
      value: { demo: { trusted: false, trustNeedsConsent: true }, licenses: [] },
    });
    const installed = await callAdmin(dataDirectory, 'demo.install', { consent: true });
    expect(installed.ok && installed.value.changes.every(({ demo }) => demo)).toBe(true);
    expect(await callAdmin(dataDirectory, 'snapshot', {})).toMatchObject({
      value: { demo: { trusted: true } },
    });
  });

  it('trust, list and forget vendors', async () => {
    const { node, dataDirectory } = await startTestNode();
    const { key } = await installLicenses(node);
    const { keyId } = key;
    const listed = await callAdmin(dataDirectory, 'vendor.list', {});
    expect(listed).toMatchObject({ value: { vendors: [{ keyId, vendor: 'Acme', demo: false }] } });
    const forget = () => callAdmin(dataDirectory, 'vendor.forget', { keyId });
    expect(await forget()).toMatchObject({ code: 'VENDOR_IN_USE' });
    await callAdmin(dataDirectory, 'license.remove', { id: 'acme-cad' });
    expect(await forget()).toMatchObject({ ok: true });
    expect(await forget()).toMatchObject({ code: 'NO_SUCH_VENDOR' });
    const broken = await callAdmin(dataDirectory, 'vendor.trust', { content: '{}' });
    expect(broken).toMatchObject({ code: 'VENDOR_MALFORMED' });
  });

  it('serve a snapshot that keeps to its schema', async () => {
    const { node, dataDirectory } = await startTestNode();
    await installLicenses(node, { redundancy: 'pool' });
    const answer = await callAdmin(dataDirectory, 'snapshot', {});
    const snapshot = nodeSnapshotSchema.parse(answer.ok ? answer.value : answer);
    expect(snapshot).toMatchObject({
      serving: { state: 'serving', reasons: [] },
      readiness: { ready: false, reasons: [{ code: 'NO_RELATIONSHIP' }] },
      ledgers: [{ here: 'active', term: 1, active: node.id }],
      licenses: [{ failover: { configured: false }, servedBy: { role: 'primary' } }],
    });
    expect(snapshot.events.map(({ kind }) => kind)).toEqual([
      'licenseInstalled',
      'vendorTrusted',
      'serverStarted',
    ]);
  });
});

describe('a node', () => {
  it('is what it was after a restart, one term later', async () => {
    const { node, dataDirectory, port } = await startTestNode();
    await installLicenses(node);
    const granted = await (await connect(port)).checkout('a');
    const { lease } = granted.body as { lease: { id: string } };
    await node.stop();
    const again = await startTestNode({ dataDirectory });
    expect(again.node.id).toBe(node.id);
    const renewed = await (await connect(again.port)).send('POST', `/v1/leases/${lease.id}/renew`);
    expect(renewed).toMatchObject({ status: 200, body: { term: 2, lease: { id: lease.id } } });
    expect(
      again.node.admin
        .snapshot()
        .events.map(({ kind }) => kind)
        .slice(0, 2),
    ).toEqual(['serverStarted', 'serverStopped']);
  });

  it('leaves nothing locked when it cannot start', async () => {
    const dataDirectory = makeTemporaryDirectory();
    writeFileSync(join(dataDirectory, 'server.json'), '{"name": 7}');
    const options = { dataDirectory, version: '0', packaged: false };
    const start = () =>
      createNode(options, { onFatal: () => undefined, onStopAsked: () => undefined });
    await expect(start()).rejects.toMatchObject({ code: 'SETTINGS_DAMAGED' });
    await expect(start()).rejects.toMatchObject({ code: 'SETTINGS_DAMAGED' });
    writeFileSync(join(dataDirectory, 'server.json'), '{"name": "Seven"}');
    const { node } = await startTestNode({ dataDirectory });
    expect(node.name).toBe('Seven');
  });
});
