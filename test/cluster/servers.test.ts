import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { hostPortSchema } from '../../src-shared/model/scalars.ts';
import type { ServerRow } from '../../src-shared/model/server-row.ts';
import { callAdmin, ClientConnection } from '../support/json-request.ts';
import { startServe } from '../support/node.ts';
import type { ReadyLine, ServeProcess } from '../support/serve-process.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';

/** Longest wait for something that takes milliseconds on an idle machine. */
const patiently = { timeout: 15_000, interval: 25 };

interface Host {
  dataDirectory: string;
  args: string[];
  process: ServeProcess;
  ready: ReadyLine;
}

async function startHost(name: string, peers: string[] = []): Promise<Host> {
  const dataDirectory = makeTemporaryDirectory();
  const more = peers.flatMap((peer) => ['--peer', peer]);
  const first = startServe(dataDirectory, {
    args: ['--listen', '127.0.0.1:0', '--name', name, ...more],
  });
  const ready = await first.ready();
  const args = ['--listen', `127.0.0.1:${ready.port}`, '--name', name, ...more];
  return { dataDirectory, args, process: first, ready };
}

async function restart(host: Host): Promise<void> {
  host.process = startServe(host.dataDirectory, { args: host.args });
  await host.process.ready();
}

async function rowAt(host: Host, other: Host): Promise<ServerRow | undefined> {
  const answer = await callAdmin(host.dataDirectory, 'servers.list', {});
  if (!answer.ok) throw new Error(answer.message);
  return answer.value.servers.find(({ id }) => id === other.ready.id);
}

async function pair(inviter: Host, joiner: Host): Promise<void> {
  const invited = await callAdmin(inviter.dataDirectory, 'servers.invite', {});
  if (!invited.ok) throw new Error(invited.message);
  const { code, addresses } = invited.value;
  const address = hostPortSchema.parse(addresses[0]);
  const answer = await callAdmin(joiner.dataDirectory, 'servers.pair', { address, code });
  expect(answer).toMatchObject({ ok: true, value: { server: { id: inviter.ready.id } } });
}

async function expectConnected(a: Host, b: Host): Promise<void> {
  await expect
    .poll(async () => [await rowAt(a, b), await rowAt(b, a)], patiently)
    .toMatchObject([{ connected: true }, { connected: true }]);
}

async function kindsAt(host: Host): Promise<string[]> {
  const answer = await callAdmin(host.dataDirectory, 'events.list', {});
  if (!answer.ok) throw new Error(answer.message);
  return answer.value.events.map(({ kind }) => kind);
}

async function messagesAt(host: Host): Promise<string> {
  const answer = await callAdmin(host.dataDirectory, 'events.list', {});
  return answer.ok ? answer.value.events.map(({ message }) => message).join('\n') : '';
}

describe('two servers without multicast', () => {
  it('find each other by fixed addresses, are paired, and tell a crash from a stop', async () => {
    const a = await startHost('Alpha');
    const b = await startHost('Beta', [a.ready.address]);
    await expect
      .poll(() => rowAt(b, a), patiently)
      .toMatchObject({ name: 'Alpha', discovered: true, paired: false });
    await pair(a, b);
    await expectConnected(a, b);
    await expect
      .poll(() => rowAt(b, a), patiently)
      .toMatchObject({ paired: true, clockDifferenceMs: expect.any(Number), synchronised: false });

    await a.process.kill();
    await expect.poll(() => messagesAt(b), patiently).toContain('Alpha stopped unexpectedly');
    await restart(a);
    await expectConnected(a, b);

    expect(await a.process.stop()).toBe(0);
    await expect.poll(() => messagesAt(b), patiently).toContain('Alpha was stopped in order');
    await restart(a);
    await expectConnected(a, b);

    const forgotten = await callAdmin(b.dataDirectory, 'servers.forget', { id: 'Alpha' });
    expect(forgotten).toMatchObject({ ok: true });
    await expect
      .poll(() => rowAt(a, b), patiently)
      .toMatchObject({ paired: false, connected: false, pairing: 'ended' });
    expect(await kindsAt(a)).toContain('serverForgotten');
  });

  it('are connected again after one was frozen, which is no crash', async () => {
    const a = await startHost('Alpha');
    const b = await startHost('Beta');
    await pair(a, b);
    await expectConnected(a, b);
    a.process.child.kill('SIGSTOP');
    await expect.poll(() => rowAt(b, a), patiently).toMatchObject({ connected: false });
    a.process.child.kill('SIGCONT');
    await expectConnected(a, b);
    expect(await messagesAt(b)).not.toContain('stopped unexpectedly');
  });

  it('stay connected when one changes its port and its name', async () => {
    const dataDirectory = makeTemporaryDirectory();
    const process = startServe(dataDirectory, { args: ['--listen', '127.0.0.1:0'] });
    const ready = await process.ready();
    await process.stop();
    // Without options on the command line both can be set.
    const settings = { listenHost: '127.0.0.1', listenPort: ready.port };
    writeSettings(dataDirectory, settings);
    const free = startServe(dataDirectory, { args: [] });
    const a: Host = { dataDirectory, args: [], process: free, ready: await free.ready() };
    const b = await startHost('Beta');
    await pair(a, b);
    await expectConnected(a, b);
    const changed = await callAdmin(dataDirectory, 'settings.set', {
      listenPort: 0,
      name: 'Moved',
    });
    expect(changed).toMatchObject({ ok: true });
    const status = await callAdmin(dataDirectory, 'status', {});
    const address = status.ok ? status.value.server.address : '';
    expect(address).not.toBe(ready.address);
    await expect
      .poll(() => rowAt(b, a), patiently)
      .toMatchObject({
        name: 'Moved',
        connected: true,
        addresses: expect.arrayContaining([address]),
      });
    await b.process.kill();
    await restart(b);
    await expectConnected(a, b);
    expect(await messagesAt(b)).not.toContain('stopped unexpectedly');
  });

  it('refuses to start on a damaged list of paired servers, and leaves it as it is', async () => {
    const a = await startHost('Alpha');
    await a.process.stop();
    const file = `${a.dataDirectory}/paired-servers.json`;
    writeFileSync(file, '{"servers":');
    const again = startServe(a.dataDirectory, { args: a.args });
    expect(await again.exited()).toBe(1);
    expect(again.stderr).toContain('paired-servers.json is damaged');
    expect(readFileSync(file, 'utf8')).toBe('{"servers":');
  });

  it('serves HTTP to clients that offer no protocol, on the same port', async () => {
    const a = await startHost('Alpha');
    const connection = new ClientConnection(a.ready.port);
    expect(await connection.send('GET', '/healthz')).toMatchObject({ status: 200 });
    connection.close();
  });
});

function writeSettings(dataDirectory: string, settings: object): void {
  writeFileSync(`${dataDirectory}/server.json`, JSON.stringify(settings));
}
