import type { IpcMainInvokeEvent, WebContents } from 'electron';
import { expect, test } from 'vitest';
import { serveIpc, type IpcHandlers } from '../../../src-main/desktop/window/ipc-server.ts';
import {
  ipcNotificationNames,
  ipcRequestNames,
} from '../../../src-shared/contract/ipc-channels.ts';
import {
  ipcNotifications,
  ipcRequestPrefix,
  ipcRequests,
} from '../../../src-shared/contract/ipc.ts';
import { makeUi } from '../../support/snapshot-builders.ts';

type Invoke = (event: IpcMainInvokeEvent, params: unknown) => unknown;

const ours = { id: 1 } as WebContents;
const theirs = { id: 2 } as WebContents;
const mainFrame = { origin: 'app://understudy', parent: null };

/** The channels as Electron would hold them, with handlers that say what they were given. */
function serve(overrides: Partial<IpcHandlers> = {}, window: WebContents | null = ours) {
  const channels = new Map<string, Invoke>();
  const logged: string[] = [];
  const asked: unknown[] = [];
  const names = Object.keys(ipcRequests);
  const echo = (args: unknown) => {
    asked.push(args);
    return Promise.resolve({ ok: true, value: {} });
  };
  const handlers = Object.fromEntries(names.map((name) => [name, echo])) as unknown as IpcHandlers;
  serveIpc(
    { ...handlers, ...overrides },
    {
      ipcMain: { handle: (channel, listener) => void channels.set(channel, listener) },
      window: () => window,
      log: (message) => logged.push(message),
    },
  );
  const ask = (name: string, params: unknown, event: object = {}) => {
    const invoke = channels.get(ipcRequestPrefix + name);
    if (!invoke) throw new Error(`no channel for ${name}`);
    const full = { sender: ours, senderFrame: mainFrame, ...event } as IpcMainInvokeEvent;
    return Promise.resolve(invoke(full, params));
  };
  return { channels, logged, asked, ask };
}

test('there is a channel for each request of the contract, and no other', () => {
  const { channels } = serve();
  const expected = Object.keys(ipcRequests).map((name) => ipcRequestPrefix + name);
  expect([...channels.keys()].sort()).toEqual(expected.sort());
});

test('the preload names exactly what the contract has', () => {
  expect([...ipcRequestNames].sort()).toEqual(Object.keys(ipcRequests).sort());
  expect([...ipcNotificationNames].sort()).toEqual(Object.keys(ipcNotifications).sort());
});

test.each([
  ['another window', { sender: theirs }],
  ['a frame inside ours', { senderFrame: { origin: 'app://understudy', parent: mainFrame } }],
  ['another origin', { senderFrame: { origin: 'https://understudy', parent: null } }],
  [
    'an origin that only begins like ours',
    { senderFrame: { origin: 'app://understudy.evil', parent: null } },
  ],
  ['an empty origin', { senderFrame: { origin: '', parent: null } }],
  ['a frame that is gone', { senderFrame: null }],
])('%s is refused before anything else', async (_name, event) => {
  const { ask, asked, logged } = serve();
  expect(await ask('folder.open', { folder: 'data' }, event)).toMatchObject({ code: 'FORBIDDEN' });
  expect(asked).toEqual([]);
  expect(logged).toHaveLength(1);
});

test('without a window nobody is listened to', async () => {
  const { ask } = serve({}, null);
  expect(await ask('snapshot.get', {})).toMatchObject({ code: 'FORBIDDEN' });
});

test('params are parsed: defaults are filled in, anything else is refused with its place', async () => {
  const { ask, asked } = serve({});
  await ask('lease.list', { search: 'ada' });
  expect(asked).toEqual([
    expect.objectContaining({ search: 'ada', offset: 0, limit: 100, sort: 'grantedAt' }),
  ]);
  const refusal = await ask('lease.list', { limit: 'all' });
  expect(refusal).toMatchObject({ ok: false, code: 'BAD_REQUEST' });
  expect((refusal as { message: string }).message).toMatch(/^limit: /);
  for (const params of [undefined, null, 7, [], { unknown: 1 }, { search: 'x'.repeat(129) }]) {
    expect(await ask('lease.list', params), JSON.stringify(params)).toMatchObject({ ok: false });
  }
  expect(asked).toHaveLength(1);
});

test('a result has to fit too, and loses what the contract does not name', async () => {
  const ui = makeUi();
  const { ask } = serve({
    'snapshot.get': () => Promise.resolve({ ok: true, value: { ...ui, secret: 1 } }),
  });
  expect(await ask('snapshot.get', {})).toEqual({ ok: true, value: ui });

  const broken = serve({
    'export.csv': () => Promise.resolve({ ok: true, value: { path: 5 } }) as never,
  });
  expect(await broken.ask('export.csv', { what: 'usage' })).toMatchObject({ code: 'INTERNAL' });
  expect(broken.logged[0]).toContain('export.csv');
});

test('a refusal passes as it is; an exception is logged and says nothing of the inside', async () => {
  const refused = { ok: false, code: 'NO_SUCH_LEASE', message: 'It has ended.' } as const;
  const { ask, logged } = serve({
    'lease.release': () => Promise.resolve(refused),
    'snapshot.get': () => Promise.reject(new Error('secret path')),
  });
  const id = '00000000-0000-4000-8000-000000000000';
  expect(await ask('lease.release', { id })).toEqual(refused);
  const answer = await ask('snapshot.get', {});
  expect(answer).toMatchObject({ code: 'INTERNAL' });
  expect(JSON.stringify(answer)).not.toContain('secret');
  expect(logged[0]).toContain('secret path');
});
