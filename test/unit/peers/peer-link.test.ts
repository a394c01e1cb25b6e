import { LongMessage } from '../../../src-main/node/peers/link/long-message.ts';
import { peerProtocolVersion } from '../../../src-main/node/peers/link/link-message.ts';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { PeerConnection } from '../../../src-main/node/peers/link/peer-connection.ts';
import { dialPeer } from '../../../src-main/node/peers/link/peer-dial.ts';
import { peerTimings } from '../../../src-main/node/peers/link/peer-limits.ts';
import {
  connected,
  pair,
  type PeerServer,
  startPair,
  startPeerServer,
  startTwo,
  until,
} from '../../support/peer-server.ts';

const typesOf = (server: PeerServer) => server.events.map(({ type }) => type);
const payloadsAt = (server: PeerServer) =>
  server.events.flatMap((event) => (event.type === 'message' ? [event.payload] : []));

/** A link from `from` to `to`, on which nothing is ever said. `boots`, `port`: what it says of itself. */
async function connectAs(
  from: PeerServer,
  to: PeerServer,
  boots: string[] = [],
  port: number | null = null,
): Promise<PeerConnection> {
  const dialed = await dialPeer({ address: to.address, keys: from.identity, timeoutMs: 2_000 });
  if (!dialed.ok) throw new Error(dialed.detail);
  const { connection } = dialed;
  onTestFinished(() => connection.destroy('the test is over'));
  connection.trust(() => true);
  const details = { appVersion: '0', port, addresses: [], clientAddresses: [], boots };
  const hello = {
    type: 'hello',
    version: peerProtocolVersion,
    id: from.id,
    name: 'mute',
    purpose: 'link',
  } as const;
  connection.send({ ...hello, details });
  expect(await connection.next(2_000)).toMatchObject({ type: 'hello', id: to.id });
  expect(await connection.next(2_000)).toEqual({ type: 'welcome' });
  return connection;
}

describe('the link of a pair', () => {
  it('is up on both sides, with the clock difference and the version of the other', async () => {
    const { a, b } = await startPair();
    await until(() => a.row(b)?.clockDifferenceMs !== null && b.row(a)?.clockDifferenceMs !== null);
    expect(a.row(b)).toMatchObject({
      id: b.id,
      paired: true,
      connected: true,
      version: '0.0.0-test',
      pairing: 'paired',
      problem: null,
    });
    expect(Math.abs(a.row(b)?.clockDifferenceMs ?? Infinity)).toBeLessThan(1_000);
    expect(b.kinds()).toContain('serverConnected');
  });

  it('is waited for right after the pairing, at both ends', async () => {
    const [a, b] = await startTwo({ timings: { firstLinkMs: 60_000 } });
    await pair(a, b);
    const up = [a.servers.untilTried(b.id), b.servers.untilTried(a.id)];
    await Promise.all(up);
    expect([a.isConnectedTo(b), b.isConnectedTo(a)]).toEqual([true, true]);
  });

  it('is waited for after a start only for so long, and not of a server that is not paired', async () => {
    const { a, b } = await startPair();
    await Promise.all([a.stop(), b.stop()]);
    const { dataDirectory = '' } = a;
    const again = await startPeerServer({ dataDirectory, timings: { firstLinkMs: 50 } });
    await again.servers.untilTried('f'.repeat(64));
    await again.servers.untilTried(b.id);
    expect(again.isConnectedTo(b)).toBe(false);
  });

  it('carries payloads both ways, in their order, long ones too', async () => {
    const { a, b } = await startPair();
    const long = { type: 'call', id: 7, method: 'sing', args: 'ü'.repeat(3_000_000) };
    const payloads = [...Array.from({ length: 500 }, (_, n) => ({ n })), long, null, [1]];
    await until(() => a.isConnectedTo(b));
    for (const payload of payloads) expect(a.servers.send(b.id, payload)).toBe(true);
    expect(b.servers.send(a.id, 'back')).toBe(true);
    await until(() => payloadsAt(b).length === payloads.length);
    // What is long is not parsed before somebody wants it.
    const isLong = (payload: unknown) => payload instanceof LongMessage;
    expect(payloadsAt(b).findIndex(isLong)).toBe(500);
    const parsed = payloadsAt(b).map((payload) => {
      if (!(payload instanceof LongMessage)) return payload;
      expect(payload.head).toEqual({ type: 'call', method: 'sing' });
      return (JSON.parse(payload.text) as { data: unknown }).data;
    });
    expect(parsed).toEqual(payloads);
    await until(() => payloadsAt(a).length === 1);
    expect(a.servers.send('f'.repeat(64), 'nobody')).toBe(false);
  });

  it('settles on one connection when both sides connect at the same moment, many times', async () => {
    const [a, b] = await startTwo();
    await pair(a, b);
    for (let round = 0; round < 20; round++) {
      await connected(a, b);
      await Promise.all([a.crash(), b.crash()]);
      await until(() => !a.isConnectedTo(b) && !b.isConnectedTo(a));
      await Promise.all([a.revive(), b.revive()]);
    }
    await connected(a, b);
    // Once both agree, what one sends arrives at the other, and nothing changes any more.
    await until(() => {
      a.servers.send(b.id, 'ping');
      b.servers.send(a.id, 'pong');
      return payloadsAt(b).includes('ping') && payloadsAt(a).includes('pong');
    });
    const sessions = typesOf(a).filter((type) => type === 'connected').length;
    const pings = () => typesOf(a).filter((type) => type === 'clockMeasured').length;
    const before = pings();
    await until(() => pings() > before + 5);
    expect(typesOf(a).filter((type) => type === 'connected').length).toBe(sessions);
  });

  it('reports a crash as gone, within 300 ms', async () => {
    const { a, b } = await startPair();
    await until(() => a.row(b)?.address === b.address);
    const begunMs = performance.now();
    await b.crash();
    await until(() => typesOf(a).includes('gone'));
    expect(performance.now() - begunMs).toBeLessThan(300);
    expect(a.events).toContainEqual({ type: 'gone', id: b.id, evidence: 'refused' });
    expect(typesOf(a)).not.toContain('goodbye');
    expect(a.row(b)?.problem?.code).toMatch(/GONE|REFUSED/);
    await b.revive();
    await connected(a, b);
  });

  it('does not call a server gone whose connection broke while its port is open', async () => {
    const { a, b } = await startPair();
    const sessions = () => typesOf(a).filter((type) => type === 'connected').length;
    const before = sessions();
    // Both listeners stay; every connection of b is cut.
    await b.cutConnections();
    await until(() => sessions() > before);
    await connected(a, b);
    expect(typesOf(a)).not.toContain('gone');
  });

  it('says goodbye at an orderly stop', async () => {
    const { a, b } = await startPair();
    await b.stop();
    await until(() => typesOf(a).includes('goodbye'));
    expect(typesOf(a)).not.toContain('gone');
    expect(a.notes.at(-1)).toMatchObject({ kind: 'serverDisconnected', severity: 'info' });
  });

  it('hears a goodbye on the connection that the other server still takes for the link', async () => {
    const { a, b } = await startPair();
    const sessions = () => typesOf(a).filter((type) => type === 'connected').length;
    const before = sessions();
    // The one that chooses has chosen a newer connection, and the other does not know it yet.
    const newer = await connectAs(b, a, b.boots);
    await until(() => sessions() > before);
    await b.stop();
    await until(() => typesOf(a).includes('goodbye'));
    expect(a.notes.at(-1)).toMatchObject({ kind: 'serverDisconnected', severity: 'info' });
    await until(() => !newer.isOpen);
    expect(typesOf(a)).not.toContain('gone');
  });

  it('of another start of that server a goodbye ends nothing', async () => {
    const { a, b } = await startPair();
    const sessions = () => typesOf(a).filter((type) => type === 'connected').length;
    const before = sessions();
    const newer = await connectAs(b, a);
    await until(() => sessions() > before);
    const up = a.row(b)?.connected;
    await b.stop();
    expect([up, newer.isOpen]).toEqual([true, true]);
    expect(typesOf(a)).not.toContain('goodbye');
  });

  it('is closed after silence, which is no sign of a crash', async () => {
    const { a, b } = await startPair({ timings: { pingEveryMs: 20, silenceMs: 200 } });
    await b.crash();
    await until(() => !a.isConnectedTo(b));
    a.events.length = 0;
    const mute = await connectAs(b, a);
    await until(() => a.isConnectedTo(b));
    await until(() => typesOf(a).includes('disconnected'));
    expect(a.events.find(({ type }) => type === 'disconnected')).toMatchObject({ by: 'us' });
    expect(typesOf(a)).not.toContain('gone');
    expect(mute.isOpen).toBe(false);
  });

  it('is shown with a port, also while the server cannot be called where it says', async () => {
    const { a, b } = await startPair();
    await b.crash();
    for (const port of [1, null]) {
      await until(() => !a.isConnectedTo(b));
      const calls = await connectAs(b, a, [], port);
      await until(() => a.isConnectedTo(b));
      expect(a.row(b)?.address).toBe(port === null ? b.address : `127.0.0.1:${port}`);
      calls.destroy('it has called');
    }
  });

  it('blames nobody for a silence in which it was itself suspended', async () => {
    let aheadMs = 0;
    const clock = () => ({
      monotonicMs: performance.now() + aheadMs,
      wallMs: Date.now() + aheadMs,
    });
    const { a } = await startPair({ clock });
    const heard = () => typesOf(a).filter((type) => type === 'clockMeasured').length;
    aheadMs = peerTimings.silenceMs * 10;
    const before = heard();
    await until(() => heard() > before + 3);
    expect(typesOf(a)).not.toContain('disconnected');
  });

  it('tells once of a clock that is more than a minute off, with its direction', async () => {
    const ahead = () => ({ monotonicMs: performance.now(), wallMs: Date.now() + 75_000 });
    const a = await startPeerServer();
    const c = await startPeerServer({ name: 'fast', clock: ahead });
    await pair(a, c);
    const heard = () => typesOf(a).filter((type) => type === 'clockMeasured').length;
    await until(() => heard() > 5);
    const told = a.notes.filter(({ kind }) => kind === 'clockDiffers');
    expect(told).toHaveLength(1);
    expect(told[0]?.message).toMatch(/fast is 7[3-7] seconds ahead of this one/);
    expect(Math.abs((a.row(c)?.clockDifferenceMs ?? 0) - 75_000)).toBeLessThan(2_000);
  });

  it('tells anew when a clock gets so far off that the two do not synchronise', async () => {
    let aheadMs = 90_000;
    const ahead = () => ({ monotonicMs: performance.now(), wallMs: Date.now() + aheadMs });
    const a = await startPeerServer();
    const c = await startPeerServer({ name: 'fast', clock: ahead });
    await pair(a, c);
    const told = () => a.notes.filter(({ kind }) => kind === 'clockDiffers');
    await until(() => told().length === 1);
    expect(told()[0]?.message).not.toContain('do not synchronise');
    aheadMs = 7_200_000;
    await until(() => told().length === 2);
    expect(told()[1]?.message).toContain('fast is 2 hours ahead of this one');
    expect(told()[1]?.message).toContain('Until then the two do not synchronise');
  });

  it('is told of the port on which a server begins to listen while the two connect', async () => {
    const { a, b } = await startPair();
    const { dataDirectory = '' } = b;
    await b.stop();
    const moved = await startPeerServer({ dataDirectory, listensAfterHello: true });
    await connected(a, moved);
    expect(moved.address).not.toBe(b.address);
    await until(() => a.servers.clientAddressesOf(b.id)[0] === moved.address);
    expect(a.servers.addressOf(b.id)).toBe(moved.address);
  });

  it('finds a server again that has moved to another port', async () => {
    const { a, b } = await startPair();
    await b.moveToAnotherPort();
    await until(() => a.row(b)?.address === b.address && a.isConnectedTo(b));
    expect(typesOf(a)).not.toContain('gone');
  });
});
