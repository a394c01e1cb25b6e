import { performance } from 'node:perf_hooks';
import type { ClientPorts } from '../../src-shared/client/client-ports.ts';
import { nodeSignatures } from './node-signatures.ts';

/** Longest delay that a Node timer takes. */
const timerMsMax = 2 ** 31 - 1;

/** Clocks, timers, chance and cryptography of this machine for the licence client. */
export const systemPorts: Pick<
  ClientPorts,
  'monotonicMs' | 'wallMs' | 'schedule' | 'random' | 'signatures'
> = {
  signatures: nodeSignatures,
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  random: () => Math.random(),
  schedule: (delayMs, callback) => {
    let timer: NodeJS.Timeout;
    const wait = (leftMs: number): void => {
      const stepMs = Math.min(leftMs, timerMsMax);
      timer = setTimeout(() => (leftMs > stepMs ? wait(leftMs - stepMs) : callback()), stepMs);
    };
    wait(delayMs);
    return () => clearTimeout(timer);
  },
};
