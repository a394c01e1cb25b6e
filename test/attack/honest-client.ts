import { request } from 'node:https';
import type { AttackContext } from './attacks.ts';

/** Longest wait of somebody else for an answer while it goes on. */
const waitMsMax = 2_000;

/** Where others ask from: no address of the attack. */
export const honestAddress = '127.0.9.9';

/** Requests of somebody else, each on a connection of its own; resolves to the slowest in ms. */
export async function askHonestly({ port }: AttackContext, count: number): Promise<number> {
  let slowestMs = 0;
  for (let n = 0; n < count; n++) {
    const begunMs = performance.now();
    const status = await askOnce(port);
    const tookMs = performance.now() - begunMs;
    if (status !== 200 || tookMs > waitMsMax) {
      throw new Error(`another client got ${status} after ${tookMs.toFixed(0)} ms`);
    }
    slowestMs = Math.max(slowestMs, tookMs);
  }
  return Math.round(slowestMs);
}

function askOnce(port: number): Promise<number> {
  return new Promise((resolve) => {
    const to = { host: '127.0.0.1', port, path: '/healthz', rejectUnauthorized: false };
    const from = { localAddress: honestAddress, agent: false, timeout: 2 * waitMsMax };
    const outgoing = request({ ...to, ...from }, (incoming) => {
      incoming.resume();
      incoming.on('end', () => resolve(incoming.statusCode ?? 0));
    });
    outgoing.on('timeout', () => outgoing.destroy());
    outgoing.on('error', () => resolve(0));
    outgoing.end();
  });
}
