import { createServer, type RequestListener } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import { adminAddress } from '../../../src-main/admin/admin-address.ts';
import { AdminClient } from '../../../src-main/admin/admin-client.ts';
import type { AdminError } from '../../../src-shared/contract/admin-error.ts';
import { startTestNode } from '../../support/node.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';

/** A server at a socket that answers as the test likes. */
async function startAt(listener: RequestListener): Promise<string> {
  const address = adminAddress(makeTemporaryDirectory());
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(address, resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return address;
}

function ends(client: AdminClient): Promise<AdminError> {
  return new Promise((resolve) => client.watch(() => undefined, resolve));
}

it('calls a node and gives its refusals as values', async () => {
  const { node } = await startTestNode();
  const client = new AdminClient({ address: node.adminAddress });
  expect(await client.call('status', {})).toMatchObject({
    ok: true,
    value: { server: { id: node.id } },
  });
  expect(await client.call('license.show', { id: 'none' })).toMatchObject({
    ok: false,
    code: 'NO_SUCH_LICENSE',
  });
});

it('sees every change of a node, and its end', async () => {
  const { node } = await startTestNode();
  const client = new AdminClient({ address: node.adminAddress });
  const names: string[] = [];
  let renamed: () => void = () => undefined;
  const seen = new Promise<void>((resolve) => (renamed = resolve));
  const ended = new Promise<AdminError>((resolve) => {
    client.watch((snapshot) => {
      names.push(snapshot.settings.name);
      if (snapshot.settings.name === 'SRV-B') renamed();
    }, resolve);
  });
  await client.call('settings.set', { name: 'SRV-B' });
  await seen;
  expect(names.at(-1)).toBe('SRV-B');
  await node.stop();
  expect(await ended).toMatchObject({ code: 'NODE_AWAY' });
});

it('says how to start a node where none is', async () => {
  const address = adminAddress(makeTemporaryDirectory());
  const client = new AdminClient({ address });
  const answer = await client.call('status', {});
  if (answer.ok) throw new Error('nobody answered');
  expect(answer.code).toBe('NODE_AWAY');
  expect(answer.message).toContain('understudy serve');
  expect((await ends(client)).message).toContain(address);
});

it.each<[string, RequestListener]>([
  ['no JSON', (_asked, answer) => answer.end('<html>')],
  ['another shape', (_asked, answer) => answer.end('{"server":1}')],
  ['an unknown refusal', (_asked, answer) => answer.writeHead(500).end('{"error":{"code":"X"}}')],
])('says that it does not understand %s', async (_what, listener) => {
  const client = new AdminClient({ address: await startAt(listener) });
  expect(await client.call('status', {})).toMatchObject({ ok: false, code: 'INTERNAL' });
});

it('gives up a node that does not answer', async () => {
  const address = await startAt(() => undefined);
  const client = new AdminClient({ address, timeoutMs: 50, watchLateMs: 50 });
  expect(await client.call('status', {})).toMatchObject({ ok: false, code: 'NODE_AWAY' });
  expect(await ends(client)).toMatchObject({ code: 'NODE_AWAY' });
});

it('gives other servers more time to do their part', async () => {
  const answerLate: RequestListener = (_asked, answer) =>
    void setTimeout(() => answer.end('{"moves":[]}'), 200);
  const address = await startAt(answerLate);
  const client = new AdminClient({ address, timeoutMs: 50 });
  expect(await client.call('failback', {})).toEqual({ ok: true, value: { moves: [] } });
  const impatient = new AdminClient({ address, patientTimeoutMs: 50 });
  expect(await impatient.call('failback', {})).toMatchObject({ ok: false, code: 'NODE_AWAY' });
});

it('gives up a node that closes the connection', async () => {
  const address = await startAt((asked) => asked.socket.destroy());
  const client = new AdminClient({ address });
  expect(await client.call('status', {})).toMatchObject({ ok: false, code: 'NODE_AWAY' });
  expect(await ends(client)).toMatchObject({ code: 'NODE_AWAY' });
});

it('does not read a line or an answer without end', async () => {
  const part = Buffer.alloc(1024 * 1024, 'x');
  const address = await startAt((_asked, answer) => {
    const more = (): void => {
      while (!answer.destroyed && answer.write(part)) continue;
    };
    answer.on('drain', more);
    more();
  });
  const client = new AdminClient({ address });
  expect(await client.call('status', {})).toMatchObject({ ok: false, code: 'NODE_AWAY' });
  expect(await ends(client)).toMatchObject({ code: 'INTERNAL' });
});

it('says nothing more after it was told to stop watching', async () => {
  const { node } = await startTestNode();
  const client = new AdminClient({ address: node.adminAddress });
  let count = 0;
  let stop: () => void = () => undefined;
  const first = new Promise<void>((resolve) => {
    stop = client.watch(
      () => {
        count++;
        resolve();
      },
      () => {
        throw new Error('it was stopped by us');
      },
    );
  });
  await first;
  stop();
  const before = count;
  await client.call('settings.set', { name: 'SRV-C' });
  await node.stop();
  expect(count).toBe(before);
});
