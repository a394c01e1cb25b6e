import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { adminAddress } from '../../src-main/admin/admin-address.ts';
import { callAdmin } from '../support/json-request.ts';
import { startServe } from '../support/node.ts';
import { skipFor } from '../support/skip.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';

const noEnv = process.platform === 'win32' ? 'Windows has no env to start a program under' : null;

/** The pipe of a service, and what a server says on it. */
async function openHost() {
  const path = join(makeTemporaryDirectory(), 'host.sock');
  const server = createServer();
  const connected = new Promise<Socket>((resolve) => server.once('connection', resolve));
  const ready = connected.then(async (socket) => {
    socket.on('error', () => undefined);
    const lines = createInterface(socket);
    // Entries of the timeline come on the same pipe.
    for await (const line of lines) if (line.startsWith('ready')) return line;
    return null;
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(() => void server.close());
  return { path, under: ['env', `UNDERSTUDY_HOST_PIPE=${path}`], connected, ready };
}

describe('a server that a service has started', skipFor(noEnv), () => {
  it('tells it when clients can connect, and stops in order when it is told to', async () => {
    const host = await openHost();
    const dataDirectory = makeTemporaryDirectory();
    const server = startServe(dataDirectory, { under: host.under });
    expect(await host.ready).toBe(`ready ${adminAddress(dataDirectory)}`);
    expect(await callAdmin(dataDirectory, 'status', {})).toMatchObject({ ok: true });
    (await host.connected).write('stop\n');
    expect(await server.exited()).toBe(0);
    expect(server.stderr).toBe('');
  });

  it('stops in order when the service is gone', async () => {
    const host = await openHost();
    const server = startServe(makeTemporaryDirectory(), { under: host.under });
    await server.ready();
    (await host.connected).destroy();
    expect(await server.exited()).toBe(0);
    expect(server.stderr).toBe('');
  });

  it('says that the service cannot be reached, and ends', async () => {
    const path = join(makeTemporaryDirectory(), 'nothing.sock');
    const under = ['env', `UNDERSTUDY_HOST_PIPE=${path}`];
    const server = startServe(makeTemporaryDirectory(), { under });
    expect([0, 143]).toContain(await server.exited());
    expect(server.stderr).toContain(`${path}, which UNDERSTUDY_HOST_PIPE names`);
  });
});
