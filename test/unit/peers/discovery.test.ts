import type { Socket } from 'node:dgram';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openGuardedSocket } from '../../../src-main/mdns/guarded-socket.ts';
import { readService, txtOf } from '../../../src-main/mdns/mdns-service.ts';
import { knownServersMax } from '../../../src-main/node/peers/link/peer-limits.ts';
import { DeafSocket, MdnsTarget } from '../../fuzz/fuzz-mdns.ts';
import { announcementPacket } from '../../fuzz/mdns-packet.ts';
import { Random } from '../../fuzz/mutate.ts';
import {
  connected,
  pair,
  startPair,
  startPeerServer,
  startTwo,
  until,
} from '../../support/peer-server.ts';

const idOf = (n: number) => n.toString(16).padStart(64, '0').split('').reverse().join('');

function startTarget(options: ConstructorParameters<typeof MdnsTarget>[0] = {}): MdnsTarget {
  const target = new MdnsTarget(options);
  onTestFinished(() => target.discovery.stop());
  return target;
}

function addressAt(address: string) {
  const netmask = '255.255.255.0';
  const mac = '00:00:5e:00:53:01';
  return { address, netmask, mac, family: 'IPv4', internal: false, cidr: `${address}/24` } as const;
}

/** Notes on which interfaces something was sent to the group. */
class ReachSocket extends DeafSocket {
  readonly sentOn = new Set<string>();
  readonly #gone: string;
  #interface = '';

  constructor(gone = '') {
    super();
    this.#gone = gone;
  }

  asSocket(): Socket {
    return this as unknown as Socket;
  }

  override setMulticastInterface(address = ''): void {
    if (address === this.#gone) throw new Error('EADDRNOTAVAIL');
    this.#interface = address;
  }

  override send(...args: unknown[]): void {
    if (args.includes('224.0.0.251')) this.sentOn.add(this.#interface);
    super.send(...args);
  }
}

describe('discovery by mDNS', () => {
  it('finds a server by its announcement and loses it by its goodbye', () => {
    const target = startTarget();
    target.receive(announcementPacket(idOf(1), 120));
    expect([...target.known]).toEqual([idOf(1)]);
    target.receive(announcementPacket(idOf(1), 0));
    expect([...target.known]).toEqual([]);
    expect(target.faults).toEqual([]);
  });

  it('loses a server that was not heard of for three rounds', () => {
    const target = startTarget();
    target.receive(announcementPacket(idOf(1), 120));
    target.receive(announcementPacket(idOf(2), 120));
    for (let round = 0; round < 2; round++) target.discovery.refresh();
    target.receive(announcementPacket(idOf(2), 120));
    expect(target.known.size).toBe(2);
    target.discovery.refresh();
    expect([...target.known]).toEqual([idOf(2)]);
  });

  it('does not find itself', () => {
    const target = startTarget();
    target.receive(announcementPacket('f'.repeat(64), 120));
    expect(target.known.size).toBe(0);
  });

  it('keeps 256 servers however many are announced, round after round', () => {
    const target = startTarget();
    for (let n = 0; n < 2_000; n++) {
      target.receive(announcementPacket(idOf(n), 120));
      if (n % 500 === 0) target.discovery.refresh();
    }
    expect(target.known.size).toBeLessThanOrEqual(knownServersMax);
    expect(target.known.size).toBeGreaterThan(200);
  });

  it('survives 20,000 broken packets of a fixed seed, and goes on finding servers', () => {
    const target = startTarget();
    const random = new Random(1);
    for (let n = 0; n < 20_000; n++) target.fuzz(random);
    for (let round = 0; round < 4; round++) target.discovery.refresh();
    target.receive(announcementPacket(idOf(1), 120));
    expect([...target.known]).toEqual([idOf(1)]);
  });

  it('asks and answers on every network, and on the one that is named if there is one', async () => {
    const interfaces = () => ({
      lo: [{ ...addressAt('127.0.0.1'), internal: true }],
      'Ethernet 2': [addressAt('192.0.2.1'), addressAt('192.0.2.2')],
      'Wi-Fi': [addressAt('198.51.100.1')],
    });
    const everywhere = new ReachSocket();
    startTarget({ interfaces, openSocket: () => everywhere.asSocket() });
    await expect.poll(() => [...everywhere.sentOn]).toEqual(['192.0.2.1', '198.51.100.1']);

    const named = new ReachSocket();
    startTarget({ interfaces, interfaceName: 'Wi-Fi', openSocket: () => named.asSocket() });
    await expect.poll(() => [...named.sentOn]).toEqual(['198.51.100.1']);
  });

  it('goes on asking on the other networks when one of them has just gone', async () => {
    const interfaces = () => ({
      gone: [addressAt('192.0.2.1')],
      there: [addressAt('198.51.100.1')],
    });
    const socket = new ReachSocket('192.0.2.1');
    const target = startTarget({ interfaces, openSocket: () => socket.asSocket() });
    await expect.poll(() => [...socket.sentOn]).toEqual(['198.51.100.1']);
    expect(target.problem).toBeNull();
  });

  it('waits for the interface to get an address, follows it to another one, and says so', () => {
    const own = { 'vEthernet (LAN)': [] as ReturnType<typeof addressAt>[] };
    const target = startTarget({ interfaceName: 'vEthernet (LAN)', interfaces: () => own });
    expect(target.problem).toMatchObject({ code: 'NO_INTERFACE' });
    expect(target.opened).toBe(0);
    own['vEthernet (LAN)'] = [addressAt('192.0.2.5')];
    target.discovery.refresh();
    expect(target.problem).toBeNull();
    target.receive(announcementPacket(idOf(1), 120));
    expect([...target.known]).toEqual([idOf(1)]);
    target.discovery.refresh();
    expect(target.opened).toBe(1);
    own['vEthernet (LAN)'] = [addressAt('192.0.2.6')];
    target.discovery.refresh();
    expect(target.opened).toBe(2);
    own['vEthernet (LAN)'] = [];
    target.discovery.refresh();
    expect(target.problem?.message).toContain('vEthernet (LAN)');
  });

  it('tries a port that another program had again', () => {
    const sockets: DeafSocket[] = [];
    const openSocket = () => {
      const socket = new DeafSocket();
      sockets.push(socket);
      return socket as unknown as Socket;
    };
    const target = startTarget({ openSocket });
    sockets[0]?.emit('error', Object.assign(new Error('in use'), { code: 'EADDRINUSE' }));
    expect(target.problem).toMatchObject({ code: 'MDNS_PORT_TAKEN' });
    target.discovery.refresh();
    expect(sockets).toHaveLength(2);
    sockets[1]?.emit('listening');
    expect(target.problem).toBeNull();
  });

  it('reads of a service what it needs, and nothing that is wrong', () => {
    const txt = { id: idOf(1), name: 'Main' };
    const service = {
      port: 7_470,
      txt,
      referer: { address: '192.0.2.1' },
      addresses: ['192.0.2.2'],
    };
    expect(readService(service)).toEqual({
      ...txt,
      addresses: ['192.0.2.1:7470', '192.0.2.2:7470'],
    });
    for (const wrong of [
      null,
      {},
      { ...service, port: 0 },
      { ...service, txt: { ...txt, id: 'x' } },
      { ...service, txt: { ...txt, name: 'a\u0007' } },
      { ...service, referer: { address: 'example.org' }, addresses: ['::1', 7] },
    ]) {
      expect(readService(wrong)).toBeUndefined();
    }
  });

  it('shows what is hidden in a name', () => {
    const txt = { id: idOf(1), name: 'srv\u202ea' };
    const service = { port: 1, txt, referer: { address: '192.0.2.1' } };
    expect(readService(service)?.name).toBe('srv\\u202ea');
  });

  it('cuts a long name to what one TXT item can hold, between letters', () => {
    const { name } = txtOf({ id: idOf(1), name: '💾'.repeat(63), version: '1', port: 1, boot: '' });
    expect(Buffer.byteLength(`name=${name}`)).toBeLessThanOrEqual(255);
    expect(name).toMatch(/^(💾)+$/u);
  });

  it('drops a flood before it is decoded, and notes what a listener throws', () => {
    const faults: unknown[] = [];
    const socket = openGuardedSocket({ datagramsPerSecondMax: 5, onFault: (e) => faults.push(e) });
    onTestFinished(() => void socket.close());
    let heard = 0;
    socket.on('message', () => {
      heard += 1;
      throw new Error('not made for this');
    });
    for (let n = 0; n < 50; n++) socket.emit('message', Buffer.alloc(1), {});
    expect(heard).toBe(5);
    expect(faults).toHaveLength(5);
    socket.emit('error', new Error('the socket failed'));
    expect(faults).toHaveLength(6);
  });
});

describe('what discovery says', () => {
  it('is listed when the key at the address is the one announced', async () => {
    const [a, b] = await startTwo();
    a.discovery.listener?.onFound({ id: b.id, name: 'lie', addresses: [b.address] });
    await until(() => a.row(b) !== undefined);
    expect(a.row(b)).toMatchObject({
      name: b.settings.name,
      discovered: true,
      paired: false,
      connected: false,
      pairing: 'none',
      address: b.address,
    });
    a.discovery.listener?.onLost(b.id);
    expect(a.row(b)).toBeUndefined();
  });

  it('is not believed when another key answers', async () => {
    const [a, b] = await startTwo();
    const c = await startPeerServer();
    a.discovery.listener?.onFound({ id: 'e'.repeat(64), name: 'x', addresses: [b.address] });
    a.discovery.listener?.onFound({ id: c.id, name: 'c', addresses: ['127.0.0.1:1', c.address] });
    await until(() => a.row(c) !== undefined);
    expect(a.servers.list().map(({ id }) => id)).toEqual([c.id]);
  });

  it('brings a paired server back that was found at another address', async () => {
    const { a, b } = await startPair();
    await b.crash();
    await until(() => !a.isConnectedTo(b));
    await a.paired.update(b.id, { addresses: ['127.0.0.1:1'] });
    await b.revive();
    a.discovery.listener?.onFound({ id: b.id, name: 'b', addresses: [b.address] });
    await connected(a, b);
  });

  it('is not needed where addresses are fixed', async () => {
    const [a, b] = await startTwo();
    a.settings.mdns = false;
    a.settings.fixedPeers = [b.address];
    a.servers.noteChange();
    expect(a.discovery.listener).toBeUndefined();
    await until(() => a.row(b)?.discovered === true);
    await pair(b, a);
    await connected(a, b);
    a.settings.fixedPeers = [];
    a.servers.noteChange();
    expect(a.row(b)).toMatchObject({ discovered: false, connected: true });
  });
});
