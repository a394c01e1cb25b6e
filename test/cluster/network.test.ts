import { describe, expect, it } from 'vitest';
import type { ServerRow } from '../../src-shared/model/server-row.ts';
import { callAdmin } from '../support/json-request.ts';
import { makeNetwork, type NetworkHost, whyNoNetwork } from '../support/network.ts';
import { startServe } from '../support/node.ts';
import type { ReadyLine, ServeProcess } from '../support/serve-process.ts';
import { skipFor } from '../support/skip.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';

const missing = whyNoNetwork();

const patiently = { timeout: 30_000, interval: 10 };

interface Host {
  network: NetworkHost;
  dataDirectory: string;
  process: ServeProcess;
  ready: ReadyLine;
}

async function startHost(network: NetworkHost, name: string): Promise<Host> {
  const dataDirectory = makeTemporaryDirectory();
  const args = ['--listen', '0.0.0.0:7470', '--name', name];
  const process = startServe(dataDirectory, { args, mdns: true, under: network.under });
  return { network, dataDirectory, process, ready: await process.ready() };
}

async function rowsAt({ dataDirectory }: Host): Promise<ServerRow[]> {
  const answer = await callAdmin(dataDirectory, 'servers.list', {});
  return answer.ok ? answer.value.servers : [];
}

async function rowAt(host: Host, other: Host): Promise<ServerRow | undefined> {
  return (await rowsAt(host)).find(({ id }) => id === other.ready.id);
}

async function messagesAt({ dataDirectory }: Host): Promise<string[]> {
  const answer = await callAdmin(dataDirectory, 'events.list', {});
  return answer.ok ? answer.value.events.map(({ message }) => message) : [];
}

async function pair(inviter: Host, joiner: Host): Promise<void> {
  const invited = await callAdmin(inviter.dataDirectory, 'servers.invite', {});
  if (!invited.ok) throw new Error(invited.message);
  const { code, addresses } = invited.value;
  expect(addresses).toEqual([`${inviter.network.address}:7470`]);
  const address = addresses[0] ?? '';
  const answer = await callAdmin(joiner.dataDirectory, 'servers.pair', { address, code });
  expect(answer).toMatchObject({ ok: true });
}

const isConnected = async (a: Host, b: Host) => (await rowAt(a, b))?.connected;

describe('three servers on a network', skipFor(missing), () => {
  it('find each other by mDNS, pair, and see how one of them ends', async () => {
    const networks = makeNetwork(3);
    const [a, b, c] = (await Promise.all(
      networks.map((network, index) => startHost(network, `Host ${index + 1}`)),
    )) as [Host, Host, Host];
    const all = [a, b, c];
    for (const host of all) {
      await expect
        .poll(
          async () => (await rowsAt(host)).map(({ name, discovered }) => [name, discovered]),
          patiently,
        )
        .toEqual(all.filter((other) => other !== host).map(({ ready }) => [ready.name, true]));
    }
    await pair(a, b);
    await pair(b, c);
    await pair(c, a);
    for (const host of all) {
      await expect
        .poll(async () => (await rowsAt(host)).map(({ connected }) => connected), patiently)
        .toEqual([true, true]);
    }

    // Killed: the others know it within 300 ms.
    await c.process.kill();
    await expect
      .poll(
        async () =>
          (await messagesAt(a)).some((text) => text.includes('Host 3 stopped unexpectedly')),
        patiently,
      )
      .toBe(true);
    await expect
      .poll(() => messagesAt(b), patiently)
      .toContainEqual(expect.stringContaining('Host 3 stopped unexpectedly'));

    // Cut off: no crash, only silence; connected again when the cable is back.
    b.network.cut();
    await expect.poll(() => isConnected(a, b), patiently).toBe(false);
    await expect.poll(() => isConnected(b, a), patiently).toBe(false);
    b.network.rejoin();
    await expect.poll(() => isConnected(a, b), patiently).toBe(true);
    await expect.poll(() => isConnected(b, a), patiently).toBe(true);

    // Frozen: the same.
    b.process.child.kill('SIGSTOP');
    await expect.poll(() => isConnected(a, b), patiently).toBe(false);
    b.process.child.kill('SIGCONT');
    await expect.poll(() => isConnected(a, b), patiently).toBe(true);
    expect(await messagesAt(a)).not.toContainEqual(
      expect.stringContaining('Host 2 stopped unexpectedly'),
    );

    // Stopped in order: a goodbye, and it is not to be found any longer.
    expect(await b.process.stop()).toBe(0);
    await expect
      .poll(() => messagesAt(a), patiently)
      .toContainEqual('Host 2 was stopped in order.');
    await expect.poll(() => rowAt(a, b), patiently).toMatchObject({ discovered: false });
  });
});
