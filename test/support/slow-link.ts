import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { SeededRandom } from './seeded-random.ts';

export interface SlowLinkOptions {
  /** Where it leads. */
  to: { host: string; port: number };
  /** How long everything takes, one way. */
  delayMs: number;
  /** Share of segments that are lost and sent again, 0 to 1. */
  lossShare: number;
  seed: number;
}

/** Time after which TCP sends a lost segment again, at the least (RFC 6298, as Linux has it). */
const retransmitMs = 200;

/**
 * A way to a server over a slow and lossy line, as a TCP connection sees it: everything comes late and
 * in order, and behind a segment that was lost all waits until it was sent again. (The kernels that
 * these tests run on need not have the queue that loses packets.) Resolves to its port on all addresses.
 */
export async function openSlowLink(options: SlowLinkOptions): Promise<number> {
  const random = new SeededRandom(options.seed);
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(options.to);
    for (const socket of [near, far]) {
      open.add(socket);
      socket.setNoDelay(true);
      socket.once('close', () => open.delete(socket));
    }
    carry(near, far, options, random);
    carry(far, near, options, random);
  });
  server.listen(0, '0.0.0.0');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

function carry(
  from: Socket,
  to: Socket,
  { delayMs, lossShare }: SlowLinkOptions,
  random: SeededRandom,
): void {
  // One after the other, since timers that end at the same time may change places.
  let last = Promise.resolve();
  const later = (act: () => void) => {
    const lost = random.next() < lossShare;
    const arrivesMs = performance.now() + delayMs + (lost ? retransmitMs + delayMs : 0);
    last = last.then(() => delay(Math.max(0, arrivesMs - performance.now()))).then(act);
  };
  from.on('data', (part: Buffer) => later(() => to.write(part)));
  from.on('end', () => later(() => to.end()));
  from.on('error', () => to.destroy());
  from.on('close', (hadError) => {
    if (hadError) to.destroy();
  });
}
