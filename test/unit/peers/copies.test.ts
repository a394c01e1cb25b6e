import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../src-main/node/base/clock.ts';
import { loadPairedServers } from '../../../src-main/node/peers/pairing/paired-servers.ts';
import {
  connected,
  pair,
  PeerServer,
  startPair,
  startPeerServer,
  until,
} from '../../support/peer-server.ts';

const boots = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(16));
const [one = '', two = '', three = '', four = ''] = boots;

/** A server with the identity and the pairings of another, on a port of its own. */
async function startCopy(of: PeerServer, starts: string[]): Promise<PeerServer> {
  const paired = await loadPairedServers(`${of.dataDirectory}/paired-servers.json`);
  const copy = new PeerServer(of.identity, paired, { name: 'copy', boots: starts });
  await copy.open();
  copy.servers.start();
  onTestFinished(() => copy.stop());
  return copy;
}

const kindsOf = (server: PeerServer) => server.notes.map(({ kind }) => kind);

describe('a second server with the identity of one that is connected', () => {
  // The server with the lower id chooses which connection is the link.
  it.each(['higher', 'lower'])(
    'is refused, and told so; the first one stays: the one with the %s id',
    async (which) => {
      const { a: lower, b: higher } = await startPair();
      const [b, a] = which === 'higher' ? [higher, lower] : [lower, higher];
      await connected(a, b);
      const before = a.events.filter(({ type }) => type === 'connected').length;
      const copy = await startCopy(b, [...b.boots, two]);
      await until(() => kindsOf(copy).includes('identityCopied'));
      await until(() => kindsOf(a).includes('identityCopied'));
      expect(a.events.filter(({ type }) => type === 'connected').length).toBe(before);
      expect(a.isConnectedTo(b)).toBe(true);
      expect(a.row(b)?.problem).toMatchObject({
        code: 'SAME_IDENTITY',
        message: expect.stringContaining('understudy identity renew'),
      });
      await until(() => copy.row(a)?.problem?.code === 'SAME_IDENTITY');
      const standing: boolean[] = [];
      copy.onLinkEvent(() => standing.push(copy.servers.standsAside()));
      // It tries again and again; the timeline says it once.
      const refused = () => a.events.filter(({ type }) => type === 'copyRefused').length;
      const soFar = refused();
      await until(() => refused() > soFar + 2);
      expect(kindsOf(a).filter((kind) => kind === 'identityCopied')).toHaveLength(1);
      expect(kindsOf(copy).filter((kind) => kind === 'identityCopied')).toHaveLength(1);
      expect(copy.servers.standsAside()).toBe(true);
      expect(standing).not.toContain(false);
      expect([a.servers.standsAside(), b.servers.standsAside()]).toEqual([false, false]);
    },
  );

  it('is the same server when the first one is gone without a word', async () => {
    const { a, b } = await startPair({ timings: { silenceMs: 60_000 } });
    await connected(a, b);
    await b.crash();
    const again = await startCopy(b, [...b.boots, two]);
    await until(() => again.isConnectedTo(a) && a.isConnectedTo(again));
    expect(kindsOf(a)).not.toContain('identityCopied');
    expect(kindsOf(a)).not.toContain('directoryPutBack');
  });
});

describe('a server that names its starts', () => {
  it('was put back when the last one that is known is not among them', async () => {
    const a = await startPeerServer({ name: 'a' });
    const b = await startPeerServer({ name: 'b', boots: [one] });
    await pair(a, b);
    await connected(a, b);
    await until(() => a.paired.get(b.id)?.boot === one);
    await b.crash();
    await until(() => !a.isConnectedTo(b));
    const later = await startCopy(b, [one, two]);
    await until(() => a.paired.get(b.id)?.boot === two);
    expect(kindsOf(a)).not.toContain('directoryPutBack');
    await later.crash();
    await until(() => !a.isConnectedTo(b));
    // A copy of the directory from before its second start.
    const again = await startCopy(b, [one, three]);
    await until(() => a.paired.get(b.id)?.boot === three);
    expect(a.notes).toContainEqual(
      expect.objectContaining({
        kind: 'directoryPutBack',
        severity: 'warning',
        message: expect.stringContaining('was put back from an earlier state'),
      }),
    );
    expect(a.row(b)?.putBackAt).toMatch(/^2\d{3}-/);
    // It hears so from the one that knew it.
    await until(() => kindsOf(again).includes('directoryPutBack'));
    await again.crash();
    await until(() => !a.isConnectedTo(b));
    await startCopy(b, [four]);
    await until(() => a.paired.get(b.id)?.boot === four);
    expect(a.notes.filter(({ kind }) => kind === 'directoryPutBack').at(-1)).toMatchObject({
      message: expect.stringContaining('knows of none of its former starts'),
    });
  });

  it('is another start from one moment to the next, on the same link', async () => {
    const { a, b } = await startPair();
    await connected(a, b);
    b.boots = [...b.boots, four];
    b.servers.noteBoot();
    await until(() => a.paired.get(b.id)?.boot === four);
    expect(a.isConnectedTo(b)).toBe(true);
    await b.cutConnections();
    await connected(a, b);
    expect(kindsOf(a)).not.toContain('directoryPutBack');
    expect(kindsOf(a)).not.toContain('identityCopied');
  });
});

describe('a server whose directory was copied while it ran', () => {
  it('is found by the copy, which knows of its start', async () => {
    const a = await startPeerServer({ name: 'a', boots: [one, two] });
    const copy = await startCopy(a, [one, two, three]);
    const { listener } = copy.discovery;
    listener?.onFound({ id: a.id, name: 'a', addresses: [a.address], boot: two });
    await until(() => kindsOf(copy).includes('identityCopied'));
  });
});

describe('a server that finds its own key on the network', () => {
  it('says so when it is another start, and not when it has found itself', async () => {
    const a = await startPeerServer({ name: 'a' });
    const { listener } = a.discovery;
    listener?.onFound({ id: a.id, name: 'a', addresses: [a.address], boot: two });
    const copy = await startCopy(a, [two]);
    expect(a.servers.copyAt()).toBeNull();
    listener?.onFound({ id: a.id, name: 'a', addresses: [copy.address], boot: two });
    await until(() => kindsOf(a).includes('identityCopied'));
    expect(a.servers.copyAt()).toBe(copy.address);
    expect(kindsOf(a).filter((kind) => kind === 'identityCopied')).toHaveLength(1);
  });

  it('stands aside for the one that was started before it, and that one does not', async () => {
    let aheadMs = 0;
    const clock = () => ({ ...systemClock(), monotonicMs: systemClock().monotonicMs + aheadMs });
    const a = await startPeerServer({ name: 'a', boots: [two], clock });
    // It has run for a minute when the copy is started.
    aheadMs = 60_000;
    const copy = await startCopy(a, [one]);
    const { listener } = copy.discovery;
    listener?.onFound({ id: a.id, name: 'a', addresses: [a.address], boot: two });
    await until(() => copy.servers.standsAside());
    a.discovery.listener?.onFound({ id: a.id, name: 'a', addresses: [copy.address], boot: one });
    await until(() => a.servers.copyAt() !== null);
    expect(a.servers.standsAside()).toBe(false);
    // The other one is gone for good.
    aheadMs += 600_000;
    expect(a.servers.copyAt()).toBeNull();
  });

  it('lets one of two that were started together stand aside, and only one', async () => {
    const a = await startPeerServer({ name: 'a', boots: [two] });
    const copy = await startCopy(a, [one]);
    const announce = (to: PeerServer, of: PeerServer, boot: string) =>
      to.discovery.listener?.onFound({ id: of.id, name: 'a', addresses: [of.address], boot });
    announce(copy, a, two);
    announce(a, copy, one);
    await until(() => a.servers.copyAt() !== null && copy.servers.copyAt() !== null);
    expect([a.servers.standsAside(), copy.servers.standsAside()]).toEqual([true, false]);
  });
});
