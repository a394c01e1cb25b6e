import { describe, expect, it } from 'vitest';
import {
  invitationLifeMs,
  Invitations,
  invitationTriesMax,
} from '../../../src-main/node/peers/pairing/invitations.ts';
import { makePairingCode } from '../../../src-main/node/peers/pairing/pairing-code.ts';
import type { SharedInvitation } from '../../../src-shared/model/server-config.ts';
import { normalizePairingCode } from '../../../src-shared/model/pairing-code.ts';
import {
  makePairingProof,
  pairingExporterLabel,
} from '../../../src-main/node/peers/pairing/pairing-proof.ts';
import {
  codeOf,
  dial,
  drain,
  helloOf,
  openFakeInviter,
  openMiddle,
} from '../../support/peer-channel.ts';
import {
  connected,
  pair,
  startPair,
  startPeerServer,
  startTwo,
  until,
} from '../../support/peer-server.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';

const noneShared = { open: () => [], noteUsed: () => Promise.resolve() };
const wrongCode = '00000-00000-00000-00000';

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
    expect(await b.servers.pair(a.address, code, 'nothing')).toMatchObject({ ok: true });
    expect(await c.servers.pair(a.address, code, 'nothing')).toMatchObject({
      code: 'PAIRING_REFUSED',
    });
    expect(a.row(c)).toBeUndefined();
    expect(c.servers.list()).toEqual([]);
  });

  it('takes the newest code only', async () => {
    const [a, b] = await startTwo();
    const old = codeOf(a);
    codeOf(a);
    expect(await b.servers.pair(a.address, old, 'nothing')).toMatchObject({
      code: 'PAIRING_REFUSED',
    });
  });

  it('takes no more than five wrong tries from one address, and says so', async () => {
    const [a, b] = await startTwo();
    const code = codeOf(a);
    for (let n = 0; n < invitationTriesMax; n++) {
      expect(await b.servers.pair(a.address, wrongCode, 'nothing')).toMatchObject({
        code: 'PAIRING_REFUSED',
      });
    }
    expect(await b.servers.pair(a.address, code, 'nothing')).toMatchObject({
      code: 'PAIRING_REFUSED',
    });
    expect(a.kinds().filter((kind) => kind === 'pairingRefused')).toHaveLength(5);
    expect(a.notes.at(-1)?.message).toContain('127.0.0.1 was wrong. No more is taken from there');
    const tries = a.servers.invitation()?.wrongTries ?? [];
    // The one that was not judged is told of too.
    expect(tries).toMatchObject([{ address: '127.0.0.1', count: 6, shut: true }]);
    expect(a.notes.at(-1)?.message).toContain(`A pairing with ${tries[0]?.name}, ${b.id}, was`);
    expect(Math.abs(Date.parse(tries[0]?.lastAt ?? '') - Date.now())).toBeLessThan(60_000);
    // A new one is a new chance.
    expect(await b.servers.pair(a.address, codeOf(a), 'nothing')).toMatchObject({ ok: true });
  });

  it('works after four wrong tries', async () => {
    const [a, b] = await startTwo();
    const code = codeOf(a);
    for (let n = 1; n < invitationTriesMax; n++)
      await b.servers.pair(a.address, wrongCode, 'nothing');
    expect(await b.servers.pair(a.address, code, 'nothing')).toMatchObject({ ok: true });
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
    expect(await b.servers.pair(a.address, code, 'nothing')).toMatchObject({
      code: 'PAIRING_REFUSED',
    });
  });

  it('says what is wrong with an address, a code, or a server that is itself', async () => {
    const [a, b] = await startTwo();
    expect(await b.servers.pair('127.0.0.1:1', codeOf(a), 'nothing')).toMatchObject({
      code: 'SERVER_UNREACHABLE',
      message: expect.stringContaining('127.0.0.1:1'),
    });
    expect(await b.servers.pair(a.address, 'short', 'nothing')).toMatchObject({
      code: 'BAD_REQUEST',
    });
    expect(await a.servers.pair(a.address, codeOf(a), 'nothing')).toMatchObject({
      code: 'PAIRING_REFUSED',
    });
  });

  it('is refused by a joiner when the other side does not know the code', async () => {
    const [a, b] = await startTwo();
    const fake = await openFakeInviter();
    const answer = await b.servers.pair(fake.address, codeOf(a), 'nothing');
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
    const answer = await b.servers.pair(middle.address, code, 'nothing');
    expect(middle.relayed).toEqual(['hello', 'hello', 'proof', 'refused']);
    expect(answer).toMatchObject({ ok: false, code: 'PAIRING_REFUSED' });
    expect(a.servers.list()).toEqual([]);
    expect(b.servers.list()).toEqual([]);
    // The wrong proof cost a try, and the code still works for the right server.
    expect(a.notes.at(-1)).toMatchObject({ kind: 'pairingRefused' });
    expect(await b.servers.pair(a.address, code, 'nothing')).toMatchObject({ ok: true });
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

describe('an invitation', () => {
  it('is judged the same whether one is open or not', () => {
    const invitations = new Invitations(() => 0, noneShared);
    const channel = { joinerId: 'a', inviterId: 'b', exported: Buffer.alloc(32) };
    const none = makePairingProof('none', 'joiner', channel);
    expect(invitations.judge(none, channel, 'here', 'B')).toEqual({ type: 'closed' });
    invitations.invite('nothing');
    expect(invitations.judge('x', channel, 'here', 'B')).toEqual({ type: 'wrong', triesLeft: 4 });
  });

  it('is good for the others, whoever guesses from whatever other address', () => {
    const invitations = new Invitations(() => 0, noneShared);
    const channel = { joinerId: 'a', inviterId: 'b', exported: Buffer.alloc(32) };
    const code = normalizePairingCode(invitations.invite('nothing')) ?? '';
    for (let n = 0; n < 5_000; n++) {
      invitations.judge('x', channel, `192.0.${n >> 8}.${n & 255}`, 'B');
    }
    for (let n = 0; n < 20; n++) invitations.judge('x', channel, '198.51.100.1', 'C');
    const { told, more } = invitations.wrongTries();
    expect(told[0]).toEqual({ address: '198.51.100.1', count: 20, lastMs: 0, name: 'C' });
    expect([told.length, more]).toEqual([5, 995]);
    const proof = makePairingProof(code, 'joiner', channel);
    expect(invitations.judge(proof, channel, '198.51.100.1', 'C')).toEqual({ type: 'closed' });
    const right = { type: 'right', code, allowed: 'nothing' };
    expect(invitations.judge(proof, channel, '203.0.113.1', 'D')).toMatchObject(right);
  });

  it('of a configuration file pairs one server, whose last answer may be lost', async () => {
    const code = normalizePairingCode(makePairingCode()) ?? '';
    const kept = { code, allow: 'nothing', address: null, untilMs: 1, pairedWith: null } as const;
    let shared: SharedInvitation = kept;
    const invitations = new Invitations(() => 0, {
      open: () => [shared],
      noteUsed: (_code, pairedWith) => Promise.resolve(void (shared = { ...shared, pairedWith })),
    });
    const judge = (joinerId: string) => {
      const channel = { joinerId, inviterId: 'b', exported: Buffer.alloc(32) };
      return invitations.judge(makePairingProof(code, 'joiner', channel), channel, joinerId, 'J');
    };
    const first = judge('a');
    // While one is being paired, and when it came to nothing.
    expect(judge('c')).toEqual({ type: 'closed' });
    if (first.type === 'right') first.release();
    const second = judge('c');
    expect(second).toMatchObject({ type: 'right', code, allowed: 'nothing' });
    if (second.type === 'right') {
      await second.noteUsed();
      second.release();
    }
    expect(judge('a')).toEqual({ type: 'closed' });
    expect(judge('c')).toMatchObject({ type: 'right' });
  });

  it('that an admin makes has tries of its own beside one of a configuration file', () => {
    const code = normalizePairingCode(makePairingCode()) ?? '';
    const open: SharedInvitation[] = [
      { code, allow: 'nothing', address: null, untilMs: 1, pairedWith: null },
    ];
    const invitations = new Invitations(() => 0, { ...noneShared, open: () => open });
    const channel = { joinerId: 'a', inviterId: 'b', exported: Buffer.alloc(32) };
    for (let n = 0; n < invitationTriesMax; n++) invitations.judge('x', channel, 'here', 'B');
    expect(invitations.judge('x', channel, 'here', 'B')).toEqual({ type: 'closed' });
    const made = normalizePairingCode(invitations.invite('nothing')) ?? '';
    const proof = makePairingProof(made, 'joiner', channel);
    expect(invitations.judge(proof, channel, 'here', 'B')).toMatchObject({
      type: 'right',
      code: made,
    });
  });
});
