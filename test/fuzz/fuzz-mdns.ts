import { EventEmitter } from 'node:events';
import type { Socket } from 'node:dgram';
import type { Reason } from '../../src-shared/model/reason.ts';
import {
  MdnsDiscovery,
  type MdnsOptions,
} from '../../src-main/node/peers/discovery/mdns-discovery.ts';
import { knownServersMax } from '../../src-main/node/peers/link/peer-limits.ts';
import { announcementPacket, queryPacket } from './mdns-packet.ts';
import { mutate, type Random } from './mutate.ts';

/** A UDP socket without a network, into which packets are thrown. */
export class DeafSocket extends EventEmitter {
  bind(_port: number, _address: string, done: () => void): void {
    setImmediate(() => {
      done();
      this.emit('listening');
    });
  }
  address() {
    return { address: '0.0.0.0', family: 'IPv4', port: 5353 };
  }
  send(...args: unknown[]): void {
    const done = args.at(-1);
    if (typeof done === 'function') setImmediate(() => (done as () => void)());
  }
  addMembership(): void {
    // There is no network.
  }
  dropMembership(): void {
    // There is no network.
  }
  setMulticastTTL(): void {
    // There is no network.
  }
  setMulticastLoopback(): void {
    // There is no network.
  }
  setMulticastInterface(_address?: string): void {
    // There is no network.
  }
  close(done?: () => void): void {
    if (done) setImmediate(done);
  }
}

/** The mDNS handler with all that is behind it, and no network. */
export class MdnsTarget {
  #socket = new DeafSocket();
  readonly discovery: MdnsDiscovery;
  /** Ids that were announced as found and not as lost. */
  readonly known = new Set<string>();
  /** What listeners of the socket threw; the real socket catches it all the same. */
  readonly faults: unknown[] = [];

  /** Why it finds nothing, as it was said last. */
  problem: Reason | null = null;
  /** Sockets that were opened. */
  opened = 0;

  constructor(options: Partial<MdnsOptions> = {}) {
    const quiet = () => undefined;
    this.discovery = new MdnsDiscovery({
      interfaceName: '',
      log: { warn: quiet, info: quiet, debug: quiet },
      openSocket: () => {
        this.opened += 1;
        this.#socket = new DeafSocket();
        return this.#socket as unknown as Socket;
      },
      ...options,
    });
    const boot = '0'.repeat(16);
    this.discovery.announce({ id: 'f'.repeat(64), name: 'Own', version: '1', port: 7_470, boot });
    this.discovery.start({
      onFound: ({ id }) => this.known.add(id),
      onLost: (id) => this.known.delete(id),
      onProblem: (problem) => (this.problem = problem),
    });
  }

  receive(packet: Buffer): void {
    try {
      this.#socket.emit('message', packet, { address: '192.0.2.9', family: 'IPv4', port: 5_353 });
    } catch (error) {
      if (this.faults.length < 10) this.faults.push(error);
    }
    if (this.known.size > knownServersMax) throw new Error(`knows ${this.known.size} servers`);
  }

  fuzz(random: Random): void {
    const id = Array.from({ length: 64 }, () => random.below(16).toString(16)).join('');
    const samples = [announcementPacket(id, 120), announcementPacket(id, 0), queryPacket];
    const sample = samples[random.below(samples.length)] ?? queryPacket;
    this.receive(random.below(4) === 0 ? sample : mutate(sample, random));
    if (random.below(2_000) === 0) this.discovery.refresh();
  }
}
