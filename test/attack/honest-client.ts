import { request } from 'node:https';
import { threadMs } from '../bench/stall-watch.ts';
import type { AttackContext } from './attacks.ts';

/** Longest wait of somebody else for an answer while it goes on. */
const waitMsMax = 2_000;

/** Where others ask from: no address of the attack. */
export const honestAddress = '127.0.9.9';

/** Time between two requests of the one that goes on asking. */
const askEveryMs = 20;

/**
 * In the process of the server: somebody else asks again and again, each time on a connection of its
 * own. Returns the function that ends it and resolves to how long an answer took at most, in ms of the
 * processor's time that this thread had meanwhile, so that other programs do not count.
 */
export function watchWaits(port: number): () => Promise<{ worstMs: number; unanswered: number }> {
  let goesOn = true;
  let worstMs = 0;
  let unanswered = 0;
  const work = async () => {
    while (goesOn) {
      const begunMs = threadMs();
      if ((await askOnce(port)) !== 200) unanswered++;
      worstMs = Math.max(worstMs, threadMs() - begunMs);
      await new Promise((resolve) => setTimeout(resolve, askEveryMs));
    }
  };
  const done = work();
  return async () => {
    goesOn = false;
    await done;
    return { worstMs, unanswered };
  };
}

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
