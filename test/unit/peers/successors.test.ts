import { mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type IdentityKey, makeIdentityKey } from '../../../src-main/node/identity/key-file.ts';
import { storeNextKey } from '../../../src-main/node/identity/next-key.ts';
import { loadIdentity } from '../../../src-main/node/identity/identity.ts';
import { loadPairedServers } from '../../../src-main/node/peers/pairing/paired-servers.ts';
import { peerProtocolVersion } from '../../../src-main/node/peers/link/link-message.ts';
import { dialPeer } from '../../../src-main/node/peers/link/peer-dial.ts';
import type { SuccessorOffer } from '../../../src-shared/contract/peers.ts';
import {
  connected,
  pair,
  type PeerServer,
  startPair,
  startPeerServer,
  until,
} from '../../support/peer-server.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';

function offerOf(from: PeerServer, to: PeerServer, next: IdentityKey): SuccessorOffer {
  const offer = from.servers.successors.offerTo(to.id, next);
  if (!offer) throw new Error('there is no link');
  return offer;
}

const tell = (from: PeerServer, to: PeerServer, next: IdentityKey) =>
  to.servers.successors.accept(from.id, offerOf(from, to, next));

/** A paired server on its own data, and another one. */
async function startRotating() {
  const dataDirectory = makeTemporaryDirectory();
  const a = await startPeerServer({ name: 'rotating', dataDirectory });
  const b = await startPeerServer({ name: 'other', dataDirectory: makeTemporaryDirectory() });
  await pair(a, b);
  await connected(a, b);
  const restart = async () => {
    const port = Number(a.address.split(':')[1]);
    await a.stop();
    return startPeerServer({ name: 'rotating', dataDirectory, port });
  };
  return { a, b, dataDirectory, restart };
}

const messagesOf = (server: PeerServer) => server.notes.map(({ message }) => message);

describe('a next key', () => {
  it('takes the place of the present one at the first link, and is told on the timeline', async () => {
    const { a, b, dataDirectory, restart } = await startRotating();
    const next = await makeIdentityKey();
    expect(await tell(a, b, next)).toEqual({ ok: true, value: {} });
    expect(messagesOf(b).at(-1)).toContain(`rotating gets a new key at its next start`);
    const pairedAt = b.row(a)?.pairedAt;
    // Until then nothing changes.
    expect(b.paired.all()).toMatchObject([{ id: a.id, successor: { id: next.id } }]);
    await a.cutConnections();
    await connected(a, b);

    await storeNextKey(dataDirectory, next);
    const again = await restart();
    expect(again.id).toBe(next.id);
    await connected(again, b);
    expect(b.servers.list()).toMatchObject([
      { id: next.id, name: 'rotating', pairing: 'paired', pairedAt, problem: null },
    ]);
    expect(again.servers.list()).toMatchObject([{ id: b.id, pairing: 'paired' }]);
    expect(b.paired.all()[0]).not.toHaveProperty('successor');
    expect(b.servers.publicKeyOf(next.id)).toBe(
      next.publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
    );
    expect(messagesOf(b).filter((message) => message.includes(next.id))).toEqual([
      expect.stringContaining(`the id ${next.id} with it`),
      expect.stringContaining(`its id is ${next.id} and was ${a.id}`),
    ]);

    const asBefore = await dialPeer({ address: b.address, keys: a.identity, timeoutMs: 2_000 });
    if (!asBefore.ok) throw new Error(asBefore.detail);
    asBefore.connection.send({
      type: 'hello',
      version: peerProtocolVersion,
      id: a.id,
      name: 'rotating',
      purpose: 'link',
    });
    expect(await asBefore.connection.next(5_000)).toEqual({ type: 'refused', code: 'NOT_PAIRED' });
  });

  it('is found where the server is called, when it cannot call itself', async () => {
    const { a, b, dataDirectory, restart } = await startRotating();
    const next = await makeIdentityKey();
    await tell(a, b, next);
    await storeNextKey(dataDirectory, next);
    await b.close();
    const again = await restart();
    await connected(again, b);
    expect(b.servers.list()).toMatchObject([{ id: next.id, pairing: 'paired' }]);
    // Once the other end shows that it takes the connection for the link as well.
    await until(() => again.row(b)?.problem === null);
  });

  it('is known after a restart of the server that was told', async () => {
    const { a, b, dataDirectory } = await startRotating();
    const next = await makeIdentityKey();
    await tell(a, b, next);
    const stored = await loadPairedServers(`${b.dataDirectory}/paired-servers.json`);
    expect(stored.successorOf(next.id)?.id).toBe(a.id);
    await storeNextKey(dataDirectory, next);
    const moved = await stored.moveToSuccessor(next.id);
    expect(moved?.id).toBe(a.id);
    expect(await stored.moveToSuccessor(next.id)).toBeUndefined();
    expect(stored.all()).toMatchObject([{ id: next.id, name: 'rotating' }]);
  });

  it('can be told anew, and the last one counts', async () => {
    const { a, b } = await startPair();
    const [first, second] = [await makeIdentityKey(), await makeIdentityKey()];
    expect(await tell(a, b, first)).toMatchObject({ ok: true });
    expect(await tell(a, b, first)).toMatchObject({ ok: true });
    expect(await tell(a, b, second)).toMatchObject({ ok: true });
    expect(b.paired.successorOf(first.id)).toBeUndefined();
    expect(b.paired.successorOf(second.id)?.id).toBe(a.id);
    expect(messagesOf(b).filter((message) => message.includes('next start'))).toHaveLength(2);
  });
});

describe('a next key is refused', () => {
  async function expectRefused(to: PeerServer, from: string, offer: SuccessorOffer, code: string) {
    expect(await to.servers.successors.accept(from, offer)).toMatchObject({ ok: false, code });
    expect(to.paired.get(from)).not.toHaveProperty('successor');
  }

  it('without a proof by that key', async () => {
    const { a, b } = await startPair();
    const [next, other] = [await makeIdentityKey(), await makeIdentityKey()];
    const offer = offerOf(a, b, next);
    const forged = [
      { ...offer, proof: offerOf(a, b, other).proof },
      { ...offer, proof: offer.proof.replace(/^./, (letter) => (letter === 'A' ? 'B' : 'A')) },
      { ...offer, proof: '!'.repeat(86) },
      // The key in use cannot vouch for one that nobody holds.
      { ...offer, proof: offerOf(a, b, a.identity).proof },
    ];
    for (const one of forged) await expectRefused(b, a.id, one, 'PAIRING_REFUSED');
    await expectRefused(b, a.id, { ...offer, id: other.id }, 'BAD_REQUEST');
    await expectRefused(b, a.id, { ...offer, publicKey: 'AAAA' }, 'BAD_REQUEST');
    expect(await tell(a, b, next)).toMatchObject({ ok: true });
  });

  it('on another link than the one that the proof was made for', async () => {
    const { a, b } = await startPair();
    const c = await startPeerServer({ name: 'third' });
    await pair(a, c);
    await connected(a, c);
    const next = await makeIdentityKey();
    const offer = offerOf(a, b, next);
    await expectRefused(c, a.id, offer, 'PAIRING_REFUSED');
    const before = b.events.length;
    await a.cutConnections();
    await b.cutConnections();
    await until(() => b.events.slice(before).some(({ type }) => type === 'connected'));
    await connected(a, b);
    await expectRefused(b, a.id, offer, 'PAIRING_REFUSED');
    await b.close();
    await a.stop();
    await until(() => !b.isConnectedTo(a));
    await expectRefused(b, a.id, offer, 'PAIRING_REFUSED');
  });

  it('when it is that of a known server', async () => {
    const { a, b } = await startPair();
    await expectRefused(b, a.id, offerOf(a, b, a.identity), 'PAIRING_REFUSED');
    await expectRefused(b, a.id, offerOf(a, b, b.identity), 'PAIRING_REFUSED');
  });

  it('while the two are in a relationship', async () => {
    const a = await startPeerServer({ name: 'rotating' });
    const b = await startPeerServer({ name: 'other', isInUse: (id) => id === a.id });
    await pair(a, b);
    await connected(a, b);
    await expectRefused(b, a.id, offerOf(a, b, await makeIdentityKey()), 'SERVER_IN_USE');
  });
});

it('a pairing that was made anew with the next key replaces the one before', async () => {
  const { a, b, dataDirectory } = await startRotating();
  const next = await makeIdentityKey();
  await tell(a, b, next);
  await b.paired.put({
    id: next.id,
    name: 'rotating',
    addresses: [],
    pairedAtMs: 1,
    endedByOther: false,
  });
  expect(b.paired.all().map(({ id }) => id)).toEqual([next.id]);
  expect((await loadIdentity(dataDirectory)).id).toBe(a.id);
});

it('a server that cannot store the new key takes it when it can', async () => {
  const { a, b, dataDirectory, restart } = await startRotating();
  const next = await makeIdentityKey();
  await tell(a, b, next);
  await storeNextKey(dataDirectory, next);
  const inTheWay = join(b.dataDirectory ?? '', 'paired-servers.json.new');
  mkdirSync(inTheWay);
  const again = await restart();
  await until(() => b.errors > 0);
  expect(b.paired.all().map(({ id }) => id)).toEqual([a.id]);
  expect(again.servers.list()).toMatchObject([{ id: b.id, pairing: 'paired', connected: false }]);
  rmdirSync(inTheWay);
  await connected(again, b);
  expect(b.paired.all().map(({ id }) => id)).toEqual([next.id]);
});

it('a server that was not told refuses the new key, and says so on both sides', async () => {
  const { a, b, dataDirectory, restart } = await startRotating();
  await storeNextKey(dataDirectory, await makeIdentityKey());
  const again = await restart();
  await until(() => again.servers.list()[0]?.pairing === 'ended');
  await until(() => b.row(a)?.problem?.code === 'OTHER_KEY');
  expect(b.paired.isPaired(a.id)).toBe(true);
});
