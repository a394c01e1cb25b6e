import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect as connectTls, createServer, type TLSSocket } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadIdentity } from '../../../src-main/node/io/identity.ts';
import { encodeFrame } from '../../../src-main/node/io/peers/frame.ts';
import {
  invitationLifeMs,
  Invitations,
  invitationTriesMax,
} from '../../../src-main/node/io/peers/invitations.ts';
import {
  loadPairedServers,
  type PairedServer,
} from '../../../src-main/node/io/peers/paired-servers.ts';
import {
  makePairingCode,
  normalizePairingCode,
} from '../../../src-main/node/io/peers/pairing-code.ts';
import {
  makePairingProof,
  pairingExporterLabel,
} from '../../../src-main/node/io/peers/pairing-proof.ts';
import type { PeerConnection } from '../../../src-main/node/io/peers/peer-connection.ts';
import { dialPeer } from '../../../src-main/node/io/peers/peer-dial.ts';
import { peerAlpn, type PeerMessage } from '../../../src-main/node/io/peers/peer-message.ts';
import {
  connected,
  pair,
  type PeerServer,
  startPair,
  startPeerServer,
  startTwo,
  until,
} from '../../support/peer-server.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';

const wrongCode = '00000-00000-00000-00000';

function codeOf(server: PeerServer): string {
  const invited = server.servers.invite();
  if (!invited.ok) throw new Error(invited.message);
  return invited.value.code;
}

async function dial(to: PeerServer, as: { id: string; keyPem: string; certPem: string } | null) {
  const dialed = await dialPeer({ address: to.address, keys: as, timeoutMs: 2_000 });
  if (!dialed.ok) throw new Error(dialed.detail);
  onTestFinished(() => dialed.connection.destroy('the test is over'));
  return dialed.connection;
}

const helloOf = (id: string | null, purpose: 'look' | 'pair' | 'link') =>
  ({ type: 'hello', version: 1, id, name: 'stranger', purpose }) as const;

/** Everything that comes until the other side closes. */
async function drain(connection: PeerConnection): Promise<PeerMessage[]> {
  const messages: PeerMessage[] = [];
  for (;;) {
    const message = await connection.next(5_000);
    if (!message) return messages;
    messages.push(message);
  }
}

describe('a pairing code', () => {
  it('has 100 bits in readable letters, and is read however it is typed', () => {
    const code = makePairingCode();
    expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{5}-){3}[0-9A-HJKMNP-TV-Z]{5}$/);
    expect(normalizePairingCode(` ${code.toLowerCase().replaceAll('-', ' ')} `)).toBe(
      code.replaceAll('-', ''),
    );
    expect(normalizePairingCode('OIL00-OIL00-OIL00-OIL00')).toBe('01100'.repeat(4));
    for (const no of ['', code.slice(1), `${code}0`, code.replace(/.$/, 'U'), 'é'.repeat(20)]) {
      expect(normalizePairingCode(no)).toBeUndefined();
    }
    expect(makePairingCode()).not.toBe(code);
  });
});

describe('pairing', () => {
  it('makes both servers accept the key of the other, and survives their restart', async () => {
    const dataDirectory = makeTemporaryDirectory();
    const a = await startPeerServer({ dataDirectory, name: 'first' });
    const b = await startPeerServer({ name: 'second' });
    await pair(a, b);
    await connected(a, b);
    expect(a.kinds()).toContain('serverPaired');
    expect(b.kinds()).toContain('serverPaired');
    await a.stop();
    const again = await startPeerServer({ dataDirectory, name: 'first' });
    expect(again.row(b)).toMatchObject({ paired: true, name: 'second' });
    await connected(again, b);
  });

  it('works once with a code', async () => {
    const [a, b] = await startTwo();
    const c = await startPeerServer();
    const code = codeOf(a);
    expect(await b.servers.pair(a.address, code)).toMatchObject({ ok: true });
    expect(await c.servers.pair(a.address, code)).toMatchObject({ code: 'PAIRING_REFUSED' });
    expect(a.row(c)).toBeUndefined();
    expect(c.servers.list()).toEqual([]);
  });

  it('takes the newest code only', async () => {
    const [a, b] = await startTwo();
    const old = codeOf(a);
    codeOf(a);
    expect(await b.servers.pair(a.address, old)).toMatchObject({ code: 'PAIRING_REFUSED' });
  });

  it('is void after five wrong tries, and says so on the timeline', async () => {
    const [a, b] = await startTwo();
    const code = codeOf(a);
    for (let n = 0; n < invitationTriesMax; n++) {
      expect(await b.servers.pair(a.address, wrongCode)).toMatchObject({ code: 'PAIRING_REFUSED' });
    }
    expect(a.servers.invitation()).toBeNull();
    expect(await b.servers.pair(a.address, code)).toMatchObject({ code: 'PAIRING_REFUSED' });
    expect(a.kinds().filter((kind) => kind === 'pairingRefused')).toHaveLength(5);
    expect(a.notes.at(-1)?.message).toContain('void');
  });

  it('works after four wrong tries', async () => {
    const [a, b] = await startTwo();
    const code = codeOf(a);
    for (let n = 1; n < invitationTriesMax; n++) await b.servers.pair(a.address, wrongCode);
    expect(await b.servers.pair(a.address, code)).toMatchObject({ ok: true });
  });

  it('ends ten minutes after the code was made, whatever the wall clock says', async () => {
    let nowMs = 0;
    const clock = () => ({ monotonicMs: nowMs, wallMs: 1_700_000_000_000 - nowMs });
    const a = await startPeerServer({ clock });
    const b = await startPeerServer();
    const code = codeOf(a);
    nowMs = invitationLifeMs - 1;
    expect(a.servers.invitation()).not.toBeNull();
    nowMs = invitationLifeMs;
    expect(a.servers.invitation()).toBeNull();
    expect(await b.servers.pair(a.address, code)).toMatchObject({ code: 'PAIRING_REFUSED' });
  });

  it('says what is wrong with an address, a code, or a server that is itself', async () => {
    const [a, b] = await startTwo();
    expect(await b.servers.pair('127.0.0.1:1', codeOf(a))).toMatchObject({
      code: 'SERVER_UNREACHABLE',
      message: expect.stringContaining('127.0.0.1:1'),
    });
    expect(await b.servers.pair(a.address, 'short')).toMatchObject({ code: 'BAD_REQUEST' });
    expect(await a.servers.pair(a.address, codeOf(a))).toMatchObject({ code: 'PAIRING_REFUSED' });
  });

  it('is refused by a joiner when the other side does not know the code', async () => {
    const [a, b] = await startTwo();
    // A server that accepts whatever it is told and proves with a code of its own.
    const fake = await openFakeInviter();
    const answer = await b.servers.pair(fake.address, codeOf(a));
    expect(answer).toMatchObject({
      code: 'PAIRING_REFUSED',
      message: expect.stringContaining('does not know the code'),
    });
    expect(b.servers.list()).toEqual([]);
  });

  it('gives nothing to a man in the middle with certificates of his own on both legs', async () => {
    const [a, b] = await startTwo();
    const code = codeOf(a);
    const middle = await openMiddle(a);
    const answer = await b.servers.pair(middle.address, code);
    expect(middle.relayed).toEqual(['hello', 'hello', 'proof', 'refused']);
    expect(answer).toMatchObject({ ok: false, code: 'PAIRING_REFUSED' });
    expect(a.servers.list()).toEqual([]);
    expect(b.servers.list()).toEqual([]);
    // The wrong proof cost a try, and the code still works for the right server.
    expect(a.notes.at(-1)).toMatchObject({ kind: 'pairingRefused' });
    expect(await b.servers.pair(a.address, code)).toMatchObject({ ok: true });
  });

  it('takes no proof of another channel: a replay costs a try', async () => {
    const [a, b] = await startTwo();
    const code = normalizePairingCode(codeOf(a)) ?? '';
    const first = await dial(a, b.identity);
    const exported = first.exportKeyingMaterial(pairingExporterLabel);
    const mac = makePairingProof(code, 'joiner', { joinerId: b.id, inviterId: a.id, exported });
    const second = await dial(a, b.identity);
    second.send(helloOf(b.id, 'pair'));
    expect(await second.next(2_000)).toMatchObject({ type: 'hello', id: a.id });
    second.send({ type: 'proof', mac });
    expect(await drain(second)).toEqual([{ type: 'refused', code: 'PAIRING_REFUSED' }]);
    // The same proof on its own channel is right, so it was the channel that was wrong.
    first.send(helloOf(b.id, 'pair'));
    await first.next(2_000);
    first.send({ type: 'proof', mac });
    expect(await first.next(2_000)).toMatchObject({ type: 'proof' });
  });

  it('binds a proof to role, keys, channel and code', () => {
    const channel = {
      joinerId: 'a'.repeat(64),
      inviterId: 'b'.repeat(64),
      exported: Buffer.alloc(32),
    };
    const proof = makePairingProof('CODE', 'joiner', channel);
    const others = [
      makePairingProof('CODF', 'joiner', channel),
      makePairingProof('CODE', 'inviter', channel),
      makePairingProof('CODE', 'joiner', { ...channel, joinerId: 'c'.repeat(64) }),
      makePairingProof('CODE', 'joiner', { ...channel, inviterId: 'c'.repeat(64) }),
      makePairingProof('CODE', 'joiner', { ...channel, exported: Buffer.alloc(32, 1) }),
    ];
    expect(proof).toHaveLength(43);
    expect(new Set([proof, ...others]).size).toBe(6);
  });
});

describe('the end of a pairing', () => {
  it('is told to the other side, which shows it and accepts the key no longer', async () => {
    const { a, b } = await startPair();
    expect(await a.servers.forget(b.id.slice(0, 8))).toMatchObject({ ok: true });
    await until(() => b.row(a)?.pairing === 'ended');
    expect(b.row(a)).toMatchObject({ paired: false, connected: false });
    expect(b.notes.at(-1)).toMatchObject({ kind: 'serverForgotten', severity: 'warning' });
    expect(a.row(b)).toBeUndefined();
    expect(await b.servers.forget(a.id)).toMatchObject({ ok: true });
    expect(b.row(a)).toBeUndefined();
  });

  it('reaches a server that was away when it comes back', async () => {
    const { a, b } = await startPair();
    await b.crash();
    await a.servers.forget(b.id);
    await b.revive();
    await until(() => b.row(a)?.pairing === 'ended');
  });

  it('is no hindrance to pairing again', async () => {
    const { a, b } = await startPair();
    await a.servers.forget(b.id);
    await until(() => b.row(a)?.pairing === 'ended');
    await pair(b, a);
    await connected(a, b);
    expect(b.row(a)).toMatchObject({ pairing: 'paired', problem: null });
  });

  it('needs a server that is known, and one only', async () => {
    const { a, b } = await startPair();
    expect(await a.servers.forget('nobody')).toMatchObject({ code: 'NO_SUCH_SERVER' });
    expect(await a.servers.forget(b.id.slice(0, 7))).toMatchObject({ code: 'NO_SUCH_SERVER' });
    expect(a.row(b)?.paired).toBe(true);
  });
});

describe('a server that is not paired', () => {
  const messages: PeerMessage[] = [
    { type: 'hello', version: 1, id: null, name: 'x', purpose: 'link' },
    { type: 'refused', code: 'NOT_PAIRED' },
    { type: 'proof', mac: 'A'.repeat(43) },
    { type: 'paired', details: { appVersion: '1', port: 1, addresses: [] } },
    { type: 'welcome' },
    { type: 'ping', count: 1 },
    { type: 'pong', count: 1, receivedMs: 0, sentMs: 0 },
    { type: 'details', name: 'x', details: { appVersion: '1', port: 1, addresses: [] } },
    { type: 'payload', data: { term: 7 } },
    { type: 'goodbye', reason: 'forgotten' },
    { type: 'goodbye', reason: 'stopping' },
  ];
  const purposes = ['none', 'look', 'pair', 'link'] as const;

  it.each(purposes.flatMap((purpose) => messages.map((message) => ({ purpose, message }))))(
    'learns the name and id and nothing else: $purpose, then $message.type',
    async ({ purpose, message }) => {
      const { a, b } = await startPair();
      codeOf(a);
      const stranger = await loadIdentity(makeTemporaryDirectory());
      const connection = await dial(a, stranger);
      if (purpose !== 'none') connection.send(helloOf(stranger.id, purpose));
      connection.send(message);
      const publicHello = { type: 'hello', version: 1, id: a.id, name: a.settings.name };
      for (const answer of await drain(connection)) {
        if (answer.type === 'hello') expect(answer).toEqual({ ...publicHello, purpose });
        else expect(answer).toEqual({ type: 'refused', code: expect.any(String) });
      }
      expect(connection.isOpen).toBe(false);
      expect(a.row(b)).toMatchObject({ paired: true, connected: true });
      expect(a.events.filter(({ type }) => type === 'message')).toEqual([]);
    },
  );

  it('cannot be the one that it says it is', async () => {
    const { a, b } = await startPair();
    const stranger = await loadIdentity(makeTemporaryDirectory());
    for (const keys of [stranger, null]) {
      const connection = await dial(a, keys);
      connection.send(helloOf(b.id, 'link'));
      expect(await drain(connection)).toEqual([{ type: 'refused', code: 'ID_MISMATCH' }]);
    }
  });

  it('may not send a frame of more than 4 KiB, nor hold a connection open', async () => {
    const { a } = await startPair();
    const socket = await rawPeerSocket(a);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    const header = Buffer.alloc(4);
    header.writeUInt32BE(4_097);
    socket.write(header);
    await closed;
  });

  it('cannot take up every connection', async () => {
    const { a, b } = await startPair();
    const open = await Promise.all(Array.from({ length: 20 }, () => rawPeerSocket(a)));
    // The server drops what is over the limit of one address; the others it leaves to time out.
    await until(() => open.filter((socket) => socket.destroyed).length >= 12);
    expect(a.row(b)?.connected).toBe(true);
    for (const socket of open) socket.destroy();
  });
});

describe('a paired server', () => {
  it('that lies about its id is refused', async () => {
    const { a, b } = await startPair();
    const c = await startPeerServer();
    await pair(a, c);
    const connection = await dial(a, c.identity);
    connection.send(helloOf(b.id, 'link'));
    expect(await drain(connection)).toEqual([{ type: 'refused', code: 'ID_MISMATCH' }]);
  });

  it('with a new key is not accepted, and its admin is told what to do', async () => {
    const { a, b } = await startPair();
    await b.stop();
    const { port } = b.listen();
    const other = await startPeerServer({ name: 'replaced', port });
    await until(() => a.row(b)?.problem?.code === 'OTHER_KEY');
    expect(a.row(b)?.problem?.message).toContain('pair again');
    expect(a.notes.filter(({ kind }) => kind === 'pairingRefused')).toHaveLength(1);
    expect(a.row(other)).toBeUndefined();
  });
});

describe('the list of paired servers', () => {
  const entry = (n: number): PairedServer => ({
    id: n.toString(16).padStart(64, '0'),
    name: `server ${n}`,
    addresses: ['127.0.0.1:7470'],
    pairedAtMs: n,
    endedByOther: false,
  });

  it('takes 32, for which those that the other side ended make room', async () => {
    const file = join(makeTemporaryDirectory(), 'paired.json');
    const paired = await loadPairedServers(file);
    for (let n = 0; n < 32; n++) await paired.put(entry(n));
    expect(paired.hasRoomFor(entry(32).id)).toBe(false);
    expect(paired.hasRoomFor(entry(5).id)).toBe(true);
    await paired.update(entry(3).id, { endedByOther: true });
    expect(paired.hasRoomFor(entry(32).id)).toBe(true);
    await paired.put(entry(32));
    const again = await loadPairedServers(file);
    expect(again.all()).toEqual(paired.all());
    expect(again.all()).toHaveLength(32);
    expect(again.get(entry(3).id)).toBeUndefined();
  });

  it.each(['', '{}', 'nonsense', '{"format":"understudy-paired-servers/1","servers":[{}]}'])(
    'is left alone when it is damaged (%j), with a sentence that says what to do',
    async (text) => {
      const file = join(makeTemporaryDirectory(), 'paired.json');
      writeFileSync(file, text);
      await expect(loadPairedServers(file)).rejects.toMatchObject({
        code: 'PAIRING_DAMAGED',
        message: expect.stringContaining('pair the servers again'),
      });
      expect(readFileSync(file, 'utf8')).toBe(text);
    },
  );

  it('is as before when it cannot be written', async () => {
    const paired = await loadPairedServers(join(makeTemporaryDirectory(), 'none', 'paired.json'));
    await expect(paired.put(entry(1))).rejects.toThrow('ENOENT');
    expect(paired.all()).toEqual([]);
  });
});

describe('an invitation', () => {
  it('is judged the same whether one is open or not', () => {
    const invitations = new Invitations(() => 0);
    const channel = { joinerId: 'a', inviterId: 'b', exported: Buffer.alloc(32) };
    const none = makePairingProof('none', 'joiner', channel);
    expect(invitations.judge(none, channel)).toEqual({ type: 'closed' });
    invitations.invite();
    expect(invitations.judge('x', channel)).toEqual({ type: 'wrong', triesLeft: 4 });
  });
});

async function rawPeerSocket(to: PeerServer): Promise<TLSSocket> {
  const { port } = to.listen();
  const socket = connectTls({
    host: '127.0.0.1',
    port,
    rejectUnauthorized: false,
    ALPNProtocols: [peerAlpn],
  });
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => undefined);
  socket.resume();
  await new Promise<void>((resolve) => {
    socket.once('secureConnect', resolve);
    socket.once('close', () => resolve());
  });
  return socket;
}

/** A TLS server with a key of its own; `onMessage` gets the texts of the frames. */
async function openPeerTls(
  identity: { keyPem: string; certPem: string },
  onSocket: (socket: TLSSocket) => void,
): Promise<string> {
  const server = createServer(
    {
      key: identity.keyPem,
      cert: identity.certPem,
      ALPNProtocols: [peerAlpn],
      requestCert: true,
      rejectUnauthorized: false,
    },
    (socket) => {
      socket.on('error', () => undefined);
      onSocket(socket);
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return `127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
}

async function openFakeInviter() {
  const identity = await loadIdentity(makeTemporaryDirectory());
  const address = await openPeerTls(identity, (socket) => {
    const send = (message: object) => socket.write(encodeFrame(JSON.stringify(message)));
    send({ ...helloOf(identity.id, 'pair') });
    const exported = socket.exportKeyingMaterial(32, pairingExporterLabel, Buffer.alloc(0));
    const channel = { joinerId: 'f'.repeat(64), inviterId: identity.id, exported };
    send({ type: 'proof', mac: makePairingProof('0'.repeat(20), 'inviter', channel) });
    socket.resume();
  });
  return { address };
}

/** Relays every frame, with its own id in the place of the others', as a man in the middle must. */
async function openMiddle(target: PeerServer) {
  const identity = await loadIdentity(makeTemporaryDirectory());
  const relayed: string[] = [];
  const address = await openPeerTls(identity, (toJoiner) => {
    const { port } = target.listen();
    const toInviter = connectTls({
      host: '127.0.0.1',
      port,
      key: identity.keyPem,
      cert: identity.certPem,
      rejectUnauthorized: false,
      ALPNProtocols: [peerAlpn],
    });
    onTestFinished(() => void toInviter.destroy());
    toInviter.on('error', () => undefined);
    const relay = (from: TLSSocket, to: TLSSocket) => {
      from.on('data', (chunk: Buffer) => {
        const message = JSON.parse(chunk.subarray(4).toString()) as { type: string; id?: string };
        relayed.push(message.type);
        const own = message.id === undefined ? message : { ...message, id: identity.id };
        to.write(encodeFrame(JSON.stringify(own)));
      });
      from.on('close', () => to.end());
    };
    relay(toJoiner, toInviter);
    relay(toInviter, toJoiner);
  });
  return { address, relayed };
}
