import { createServer, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { waitingMax } from '../../../src-main/node/notify/delivery.ts';
import { Notifier } from '../../../src-main/node/notify/notifier.ts';
import type { StoredEvent } from '../../../src-main/node/store/store.ts';
import type { TimelineNote } from '../../../src-main/node/base/timeline-note.ts';
import {
  nobodyNotified,
  noticeSchema,
  type Notice,
  type NotifySettings,
  notifyChangeSchema,
} from '../../../src-shared/model/notify.ts';
import type { TimelineKind } from '../../../src-shared/model/timeline.ts';
import { expectMode } from '../../support/file-mode.ts';
import { startTestNode } from '../../support/node.ts';
import { order } from '../../support/related-nodes.ts';
import { skipFor } from '../../support/skip.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';
import { waitFor } from '../../support/wait-for.ts';
import { startMailServer } from './mail-server.ts';

const noShell = process.platform === 'win32' ? 'the program of this test is a shell script' : null;
const server = { id: 'a'.repeat(64), name: 'licences-1' };

interface Hook {
  url: string;
  requests: { headers: IncomingMessage['headers']; body: unknown }[];
  status: number;
}

async function startHook(): Promise<Hook> {
  const hook: Hook = { url: '', requests: [], status: 204 };
  const listener = createServer((request, reply) => {
    let text = '';
    request.on('data', (part: Buffer) => (text += part.toString()));
    request.on('end', () => {
      hook.requests.push({ headers: request.headers, body: JSON.parse(text) as unknown });
      reply.writeHead(hook.status, { location: 'http://127.0.0.1:1/' }).end();
    });
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  hook.url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/t0ken`;
  onTestFinished(() => {
    listener.closeAllConnections();
    listener.close();
  });
  return hook;
}

interface Made {
  notifier: Notifier;
  notes: TimelineNote[];
  saved: NotifySettings[];
}

function makeNotifier(retryMs: readonly number[] = [10, 10]): Made {
  const made = { notes: [] as TimelineNote[], saved: [] as NotifySettings[] };
  const notifier = new Notifier({
    server: () => server,
    stored: nobodyNotified,
    save: (settings) => Promise.resolve(void made.saved.push(settings)),
    nowMs: Date.now,
    report: (note) => made.notes.push(note),
    onChange: () => undefined,
    retryMs,
    gatherMs: 20,
  });
  onTestFinished(() => notifier.stop());
  return { notifier, ...made };
}

async function setUp(notifier: Notifier, change: object) {
  const answer = await notifier.set(notifyChangeSchema.parse(change));
  if (!answer.ok) throw new Error(answer.message);
  return answer.value.notify;
}

let sequence = 0;
const entry = (kind: TimelineKind, message = 'It happened.', by = server.id): StoredEvent => ({
  ledger: null,
  local: ++sequence,
  sequence,
  server: by,
  atMs: Date.UTC(2027, 0, 1),
  kind,
  severity: 'warning',
  message,
});

describe('a webhook', () => {
  it('is told of the topics that were chosen, once, by the server that recorded it', async () => {
    const hook = await startHook();
    const { notifier } = makeNotifier();
    await setUp(notifier, { webhook: { url: hook.url, authorization: 'Bearer x' } });
    notifier.note([
      entry('failoverBegan', 'Over.\nNow.'),
      entry('settingsChanged'),
      entry('failoverEnded', 'Elsewhere.', 'b'.repeat(64)),
      entry('licenseExpired', 'Ended.'),
    ]);
    await waitFor('both are told', () => hook.requests.length === 2);
    expect(hook.requests[0]?.headers['authorization']).toBe('Bearer x');
    const notices = hook.requests.map(({ body }) => noticeSchema.parse(body));
    expect(notices.map(({ kind, topic }) => [kind, topic])).toEqual([
      ['failoverBegan', 'failover'],
      ['licenseExpired', 'licenses'],
    ]);
    expect(notices[1]).toMatchObject({ server, test: false, text: 'licences-1: Ended.' });
    await waitFor('nothing waits', () => notifier.status().webhook?.delivery.waiting === 0);
    expect(notifier.status().webhook?.delivery.problem).toBeNull();
  });

  it('is told by a whole server of what becomes durable in it, its own stop among that', async () => {
    const hook = await startHook();
    const { node, dataDirectory, port } = await startTestNode();
    const at = { node, dataDirectory, port };
    await order(at, 'notify.set', { webhook: { url: hook.url, topics: ['orders', 'server'] } });
    await order(at, 'settings.set', { name: 'LIC-EAST' });
    const texts = () => hook.requests.map(({ body }) => noticeSchema.parse(body).text);
    await waitFor('the change is told', () => texts().some((text) => text.includes('LIC-EAST')));
    await node.stop();
    expect(texts().at(-1)).toBe('LIC-EAST: This server was stopped in an orderly way.');
  });

  it('is tried again in order, then given up, and the timeline says so once', async () => {
    const hook = await startHook();
    hook.status = 500;
    const { notifier, notes } = makeNotifier();
    await setUp(notifier, { webhook: { url: hook.url } });
    notifier.note([entry('failoverBegan', 'first'), entry('failoverBegan', 'second')]);
    await waitFor('both are given up', () => notifier.status().webhook?.delivery.lost === 2);
    const told = hook.requests.map(({ body }) => (body as Notice).message);
    expect(told).toEqual([...Array(3).fill('first'), ...Array(3).fill('second')]);
    expect(notes).toMatchObject([{ kind: 'notificationsLost', severity: 'warning' }]);
    expect(notes[0]?.message).not.toContain('t0ken');
    hook.status = 204;
    notifier.note([entry('failoverEnded')]);
    await waitFor('it works again', () => notifier.status().webhook?.delivery.problem === null);
  });

  it('holds only so many, and drops the oldest', async () => {
    const hook = await startHook();
    hook.status = 500;
    const { notifier } = makeNotifier([3_600_000]);
    await setUp(notifier, { webhook: { url: hook.url } });
    notifier.note(Array.from({ length: waitingMax + 50 }, () => entry('failoverBegan')));
    expect(notifier.status().webhook?.delivery).toMatchObject({ waiting: waitingMax, lost: 50 });
  });

  it('follows no answer that leads elsewhere', async () => {
    const hook = await startHook();
    hook.status = 302;
    const { notifier } = makeNotifier();
    await setUp(notifier, { webhook: { url: hook.url } });
    expect(await notifier.test('webhook')).toMatchObject({
      code: 'NOTIFY_FAILED',
      message: expect.stringContaining('answered with status 302'),
    });
  });
});

describe('e-mail', () => {
  const mail = { security: 'none', from: 'licences@example.com', to: ['admin@example.com'] };

  it('brings what happens together in one, with the names of people in it harmless', async () => {
    const mailServer = await startMailServer();
    const { notifier } = makeNotifier();
    await setUp(notifier, { email: { host: '127.0.0.1', port: mailServer.port, ...mail } });
    notifier.note([
      entry('failoverBegan', 'One.\r\nBcc: evil@example.com'),
      entry('failoverEnded'),
    ]);
    await waitFor('a mail came', () => mailServer.mails.length === 1);
    // A long line of a header goes on in the next one, behind a space.
    const text = mailServer.mails[0]?.replaceAll('\r\n ', ' ') ?? '';
    expect(text).toMatch(/^Subject: Understudy: licences-1: One.*\(and 1 more\)/m);
    expect(text).not.toMatch(/^Bcc:/m);
    expect(text).toContain('licences-1: It happened.');
  });

  it('is tested, and a refusal is told with its reason', async () => {
    const mailServer = await startMailServer();
    const { notifier } = makeNotifier();
    await setUp(notifier, { email: { host: '127.0.0.1', port: mailServer.port, ...mail } });
    expect(await notifier.test('email')).toMatchObject({ ok: true });
    expect(mailServer.mails[0]).toContain('Nothing has happened.');
    mailServer.refuse = true;
    expect(await notifier.test('email')).toMatchObject({
      code: 'NOTIFY_FAILED',
      message: expect.stringContaining('come again later'),
    });
  });
});

describe('a program', skipFor(noShell), () => {
  it('gets the entry on standard input and in its environment, and no argument of it', async () => {
    const folder = makeTemporaryDirectory();
    const path = join(folder, 'told');
    writeFileSync(
      path,
      `#!/bin/sh\ncat > ${folder}/in\nenv > ${folder}/env\necho "$@" > ${folder}/args\n`,
    );
    chmodSync(path, 0o755);
    const { notifier } = makeNotifier();
    await setUp(notifier, { program: { path, args: ['one', '$HOME'] } });
    notifier.note([entry('failoverBegan', 'Over; $(rm -rf /)')]);
    await waitFor('it ran', () => notifier.status().program?.delivery.lastAt !== null);
    const read = (name: string) => readFileSync(join(folder, name), 'utf8');
    expect(noticeSchema.parse(JSON.parse(read('in')))).toMatchObject({ kind: 'failoverBegan' });
    expect(read('env')).toContain('UNDERSTUDY_MESSAGE=Over; $(rm -rf /)\n');
    expect(read('env')).not.toContain('ELECTRON_RUN_AS_NODE');
    expect(read('args')).toBe('one $HOME\n');
  });

  it('that fails or is not there says why', async () => {
    const { notifier } = makeNotifier();
    await setUp(notifier, { program: { path: '/nowhere/program' } });
    const missing = await notifier.test('program');
    expect(missing).toMatchObject({ code: 'NOTIFY_FAILED' });
    expect(missing.ok ? '' : missing.message).toContain('cannot be run: ENOENT');
    await setUp(notifier, { program: { path: '/bin/sh', args: ['-c', 'echo no >&2; exit 3'] } });
    const failed = await notifier.test('program');
    expect(failed.ok ? '' : failed.message).toContain('/bin/sh ended with status 3: no');
  });
});

describe('secrets', () => {
  const email = { host: 'mail', port: 587, user: 'u', from: 'a@b.de', to: ['a@b.de'] };

  it('stay when they are left out, and only for the place that they were given for', async () => {
    const { notifier, saved } = makeNotifier();
    await setUp(notifier, {
      webhook: { url: 'https://hooks.example.com/t0ken', authorization: 'Bearer secret' },
      email: { ...email, password: 'secret' },
    });
    const shown = await setUp(notifier, { webhook: { topics: [] }, email: { ...email, port: 25 } });
    expect(saved.at(-1)).toMatchObject({
      webhook: { url: 'https://hooks.example.com/t0ken', authorization: 'Bearer secret' },
      email: { port: 25, password: 'secret' },
    });
    expect(shown).toMatchObject({
      webhook: { host: 'hooks.example.com', hasAuthorization: true },
      email: { hasPassword: true },
    });
    expect(JSON.stringify(shown)).not.toMatch(/secret|t0ken/);
    await setUp(notifier, { email: { ...email, host: 'elsewhere' } });
    expect(saved.at(-1)?.email?.password).toBe('');
    await setUp(notifier, { webhook: { url: 'https://elsewhere.example.com/' } });
    expect(saved.at(-1)?.webhook?.authorization).toBe('');
    await setUp(notifier, { email: null });
    expect(notifier.status().email).toBeNull();
  });

  it('are in one file for the account of the server, and nowhere else', async () => {
    const { node, dataDirectory, port } = await startTestNode();
    const at = { node, dataDirectory, port };
    await order(at, 'notify.set', { email: { ...email, password: 'pa55word' } });
    const file = join(dataDirectory, 'notify.json');
    expect(readFileSync(file, 'utf8')).toContain('pa55word');
    expectMode(file, 0o600);
    const told = [
      node.admin.snapshot(),
      await order(at, 'notify.show', {}),
      await order(at, 'config.export', {}),
      await order(at, 'events.list', {}),
    ];
    expect(JSON.stringify(told)).toContain('Who is told of events was changed: email.');
    expect(JSON.stringify(told)).not.toContain('pa55word');
  });

  it('are refused where they would be read on the way', async () => {
    const { notifier, saved } = makeNotifier();
    const clear = { ...email, security: 'none', password: 'x' };
    expect(await notifier.set(notifyChangeSchema.parse({ email: clear }))).toMatchObject({
      code: 'SETTING_REFUSED',
      message: expect.stringContaining('cannot be none with a user'),
    });
    expect(saved).toEqual([]);
  });
});
