import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadIdentity } from '../../../src-main/node/identity/identity.ts';
import { formatPublicKey } from '../../../src-main/node/identity/key-file.ts';
import { loadPairedServers } from '../../../src-main/node/peers/pairing/paired-servers.ts';
import {
  connected,
  pair,
  type PeerServer,
  startPeerServer,
  startTwo,
  until,
} from '../../support/peer-server.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';

const keyOf = ({ identity }: PeerServer) => formatPublicKey(identity.publicKey);

/** Whether each of two has the key of the other, by which it reads the tokens of that one. */
const knowsKey = (a: PeerServer, b: PeerServer) => [
  a.servers.publicKeyOf(b.id) === keyOf(b),
  b.servers.publicKeyOf(a.id) === keyOf(a),
];

/** A pairing as a version stored it that kept no keys with it. */
const pairingWith = (id: string, ...addresses: string[]) => ({
  ...{ id, name: 'other', addresses },
  ...{ pairedAtMs: 0, endedByOther: false },
});

/** The directories of two servers, the one with the lower id first. */
async function makeTwoDirectories(): Promise<{ dataDirectory: string; id: string }[]> {
  const made = [makeTemporaryDirectory(), makeTemporaryDirectory()].map(async (dataDirectory) => ({
    dataDirectory,
    id: (await loadIdentity(dataDirectory)).id,
  }));
  return (await Promise.all(made)).sort((x, y) => (x.id < y.id ? -1 : 1));
}

describe('the key of a paired server', () => {
  it.each(['lower', 'higher'])(
    'is known to both when the one with the %s id invited',
    async (is) => {
      const [a, b] = await startTwo();
      const [inviter, joiner] = is === 'lower' ? [a, b] : [b, a];
      await pair(inviter, joiner);
      expect(knowsKey(inviter, joiner)).toEqual([true, true]);
      await connected(a, b);
      expect(knowsKey(inviter, joiner)).toEqual([true, true]);
      // Paired anew, while the link stands.
      await pair(joiner, inviter);
      expect(knowsKey(inviter, joiner)).toEqual([true, true]);
    },
  );

  it.each(['lower', 'higher'])(
    'is learned by both at a link, when it was not stored and the one with the %s id calls',
    async (is) => {
      const [low, high] = await makeTwoDirectories();
      const [calls, isCalled] = is === 'lower' ? [low, high] : [high, low];
      if (!calls || !isCalled) throw new Error('there are no two');
      const called = await startPeerServer(isCalled);
      await called.paired.put(pairingWith(calls.id));
      const list = await loadPairedServers(join(calls.dataDirectory, 'paired-servers.json'));
      await list.put(pairingWith(called.id, called.address));
      expect(called.servers.publicKeyOf(calls.id)).toBeUndefined();

      const caller = await startPeerServer(calls);
      await connected(caller, called);
      await until(() => knowsKey(caller, called).every(Boolean));
    },
  );

  it('is said to be missing, once, when a token of that server needs it', async () => {
    const server = await startPeerServer();
    const id = 'f'.repeat(64);
    expect(server.servers.publicKeyOf(id)).toBeUndefined();
    expect(server.warnings).toEqual([]);
    await server.paired.put(pairingWith(id));
    for (let n = 0; n < 3; n++) expect(server.servers.publicKeyOf(id)).toBeUndefined();
    expect(server.warnings).toEqual([
      'A seat of other cannot be recognised here: its key is not known before this server is ' +
        'connected with it once. Connect other.',
    ]);
  });
});
