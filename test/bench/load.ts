import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface LoadOptions {
  port: number;
  connections: number;
  kind: 'checkout' | 'renew';
  feature: string;
  /** Makes the client instances of this load differ from those of others. */
  instancePrefix: string;
  seconds: number;
  /** Checkouts after which it ends, instead of a time. */
  count?: number;
}

export interface LoadResult {
  answers: number;
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
  /** Of one core. */
  cpuPercent: number;
}

/** Told when the measurement begins and ends, so that the server is watched over the same span. */
export interface LoadWatch {
  onBegin: () => void;
  onEnd: () => void;
}

/** Puts load on a server from a process of its own. */
export async function putLoad(options: LoadOptions, watch?: LoadWatch): Promise<LoadResult> {
  const file = fileURLToPath(new URL('./load-generator.ts', import.meta.url));
  const warnings = '--disable-warning=ExperimentalWarning';
  const child = spawn(process.execPath, [warnings, file, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let last = '';
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === 'begin') watch?.onBegin();
    else if (line === 'end') watch?.onEnd();
    else last = line;
  }
  if (last === '') throw new Error('The load generator ended without a result');
  return JSON.parse(last) as LoadResult;
}
