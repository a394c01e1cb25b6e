import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { adminAddress } from '../../src-main/admin/admin-address.ts';
import { callAdmin, ClientConnection } from '../support/json-request.ts';
import { startServe } from '../support/node.ts';
import { builtServe } from '../support/serve-process.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';

/** Longest wait for something that takes milliseconds on an idle machine. */
const patiently = { timeout: 10_000 };

function connect(port: number): ClientConnection {
  const connection = new ClientConnection(port);
  onTestFinished(() => connection.close());
  return connection;
}

/** A port that this test holds until it is over or `free` is called. */
async function takePort(): Promise<{ port: number; free: () => Promise<void> }> {
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
  const free = () => new Promise<void>((resolve) => holder.close(() => resolve()));
  onTestFinished(free);
  const address = holder.address();
  return { port: typeof address === 'object' && address ? address.port : 0, free };
}

const demoCheckout = (client: ClientConnection) => client.checkout('a', 'editor');

describe('understudy serve', () => {
  it.each([
    ['from the sources', false],
    ['as it was built', true],
  ])('serves licences %s and stops in order', async (_name, built) => {
    if (built && !existsSync(builtServe)) {
      throw new Error('dist/main/serve.js is missing: run npm run build, or npm test');
    }
    const dataDirectory = makeTemporaryDirectory();
    const args = ['--listen', '127.0.0.1:0', '--name', 'Main hall'];
    const server = startServe(dataDirectory, { built, args });
    const ready = await server.ready();
    expect(ready).toMatchObject({ name: 'Main hall', address: `127.0.0.1:${ready.port}` });
    expect(ready.id).toMatch(/^[0-9a-f]{64}$/);
    await callAdmin(dataDirectory, 'demo.install', { consent: true });
    expect(await demoCheckout(connect(ready.port))).toMatchObject({
      status: 201,
      body: { servedBy: { id: ready.id, name: 'Main hall' } },
    });
    expect(await server.stop()).toBe(0);
    expect(existsSync(adminAddress(dataDirectory))).toBe(false);
    expect(server.stderr).toBe('');
  });

  it.each([
    [['--listen', 'nowhere'], 'HOST:PORT'],
    [['--listen', '127.0.0.1:70000'], 'HOST:PORT'],
    [['--name', ''], '--name'],
    [['--name', 'Main\u200e'], 'not seen: Main\\u200e'],
    [['--colour', 'red'], '--colour'],
    [['surprise'], 'surprise'],
  ])('refuses %j as wrong usage', async (args, text) => {
    const dataDirectory = join(makeTemporaryDirectory(), 'never');
    const server = startServe(dataDirectory, { args });
    expect(await server.exited()).toBe(2);
    expect(server.stderr).toContain(text);
    expect(existsSync(dataDirectory)).toBe(false);
  });

  it('says that another server runs on the same data, which is not disturbed', async () => {
    const dataDirectory = makeTemporaryDirectory();
    const first = startServe(dataDirectory);
    const { port } = await first.ready();
    const second = startServe(dataDirectory);
    expect(await second.exited()).toBe(1);
    expect(second.stderr).toContain('Another Understudy server is running');
    expect(second.stdout).toBe('');
    expect(await callAdmin(dataDirectory, 'status', {})).toMatchObject({ ok: true });
    expect(await connect(port).send('GET', '/healthz')).toMatchObject({ status: 200 });
  });

  it('starts again on data that a kill -9 left behind', async () => {
    const dataDirectory = makeTemporaryDirectory();
    const first = startServe(dataDirectory);
    const { port, id } = await first.ready();
    await callAdmin(dataDirectory, 'demo.install', { consent: true });
    const granted = await demoCheckout(connect(port));
    await first.kill();
    const second = startServe(dataDirectory);
    const again = await second.ready();
    expect(again.id).toBe(id);
    const { lease } = granted.body as { lease: { id: string } };
    const renewed = await connect(again.port).send('POST', `/v1/leases/${lease.id}/renew`);
    expect(renewed).toMatchObject({ status: 200, body: { lease: { id: lease.id } } });
  });

  it('lives on while its port is taken, says so, and serves as soon as it is free', async () => {
    const dataDirectory = makeTemporaryDirectory();
    const { port, free } = await takePort();
    const server = startServe(dataDirectory, { args: ['--listen', `127.0.0.1:${port}`] });
    await server.saysOnStderr(`127.0.0.1:${port}`);
    expect(await callAdmin(dataDirectory, 'snapshot', {})).toMatchObject({
      value: {
        serving: { state: 'stopped', reasons: [{ code: 'PORT_BUSY' }] },
        ledgers: [{ here: 'stopped', active: null }],
      },
    });
    expect(server.stdout).toBe('');
    await free();
    expect(await server.ready()).toMatchObject({ port });
    expect(await callAdmin(dataDirectory, 'snapshot', {})).toMatchObject({
      value: { serving: { state: 'serving', reasons: [] } },
    });
    expect(await server.stop()).toBe(0);
  });

  it('stops in order also while its port is taken', async () => {
    const { port } = await takePort();
    const server = startServe(makeTemporaryDirectory(), {
      args: ['--listen', `127.0.0.1:${port}`],
    });
    await server.saysOnStderr('tried again');
    expect(await server.stop()).toBe(0);
  });

  it('cannot use a file as its data directory', async () => {
    const dataDirectory = join(makeTemporaryDirectory(), 'file');
    writeFileSync(dataDirectory, 'mine');
    const server = startServe(dataDirectory);
    expect(await server.exited()).toBe(1);
    expect(server.stderr).toContain(`The data directory ${dataDirectory} cannot be used`);
    expect(readFileSync(dataDirectory, 'utf8')).toBe('mine');
  });

  it('reports a damaged ledger, and puts it aside when told to', async () => {
    const dataDirectory = makeTemporaryDirectory();
    const damaged = 'These are not the leases.\n'.repeat(500);
    writeFileSync(join(dataDirectory, 'ledger.db'), damaged);
    const first = startServe(dataDirectory);
    expect(await first.exited()).toBe(1);
    expect(first.stderr).toContain('--start-anew');
    expect(readFileSync(join(dataDirectory, 'ledger.db'), 'utf8')).toBe(damaged);
    const second = startServe(dataDirectory, { args: ['--start-anew', '--listen', '127.0.0.1:0'] });
    await second.ready();
    const events = await callAdmin(dataDirectory, 'events.list', { search: 'storeSetAside' });
    const message = events.ok ? (events.value.events[0]?.message ?? '') : '';
    const aside = /ledger\.db\.set-aside-\S+Z/.exec(message)?.[0] ?? '';
    expect(readFileSync(join(dataDirectory, aside), 'utf8')).toBe(damaged);
  });
});

describe('settings of a running server', () => {
  it('move it to another port, and it stays there after a restart', async () => {
    const dataDirectory = makeTemporaryDirectory();
    const first = await takePort();
    const second = await takePort();
    const settings = { listenHost: '127.0.0.1', listenPort: first.port, name: 'Before' };
    writeFileSync(join(dataDirectory, 'server.json'), JSON.stringify(settings));
    await Promise.all([first.free(), second.free()]);
    const server = startServe(dataDirectory, { args: [] });
    expect(await server.ready()).toMatchObject({ port: first.port });
    const change = { listenPort: second.port, name: 'After' };
    expect(await callAdmin(dataDirectory, 'settings.set', change)).toMatchObject({
      value: { settings: change },
    });
    expect(await connect(second.port).send('GET', '/healthz')).toMatchObject({ status: 200 });
    await expect(connect(first.port).send('GET', '/healthz')).rejects.toThrow();
    await expect
      .poll(() => callAdmin(dataDirectory, 'events.list', { search: 'settingsChanged' }), patiently)
      .toMatchObject({ value: { events: [{ severity: 'info' }] } });
    await server.stop();
    const again = startServe(dataDirectory, { args: [] });
    expect(await again.ready()).toMatchObject({ port: second.port, name: 'After' });
  });

  it('refuse a port that is taken, and the old one serves on', async () => {
    const dataDirectory = makeTemporaryDirectory();
    const own = await takePort();
    const taken = await takePort();
    writeFileSync(
      join(dataDirectory, 'server.json'),
      JSON.stringify({ listenHost: '127.0.0.1', listenPort: own.port }),
    );
    await own.free();
    const server = startServe(dataDirectory, { args: [] });
    const { port } = await server.ready();
    const refused = await callAdmin(dataDirectory, 'settings.set', {
      listenPort: taken.port,
      name: 'Other',
    });
    expect(refused).toMatchObject({
      ok: false,
      code: 'SETTING_REFUSED',
      message: expect.stringContaining(String(taken.port)),
    });
    expect(await connect(port).send('GET', '/healthz')).toMatchObject({ status: 200 });
    const snapshot = await callAdmin(dataDirectory, 'snapshot', {});
    expect(snapshot.ok && snapshot.value.settings).toMatchObject({ listenPort: port });
    expect(snapshot.ok && snapshot.value.settings.name).not.toBe('Other');
  });

  it('cannot change what an option on the command line sets', async () => {
    const dataDirectory = makeTemporaryDirectory();
    const args = ['--listen', '127.0.0.1:0', '--name', 'Fixed'];
    await startServe(dataDirectory, { args }).ready();
    expect(await callAdmin(dataDirectory, 'settings.set', { name: 'Free' })).toMatchObject({
      code: 'SETTING_REFUSED',
    });
    expect(await callAdmin(dataDirectory, 'snapshot', {})).toMatchObject({
      value: { overriddenSettings: ['name', 'listenHost', 'listenPort', 'mdns'] },
    });
  });
});
