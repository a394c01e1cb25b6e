import { Worker } from 'node:worker_threads';
import {
  type WorkerAnswer,
  type WorkerEnvelope,
  WorkerFailure,
  type WorkerOptions,
  type WorkerRequest,
  type WorkerResults,
} from './worker-message.ts';

/** Requests to one worker; it answers them in the order they were asked. */
export interface WorkerLink {
  ask<R extends WorkerRequest>(request: R): Promise<WorkerResults[R['type']]>;
  /** Resolves when the thread is gone. */
  close(): Promise<void>;
}

interface OpenRequest {
  resolve: (value: never) => void;
  reject: (error: Error) => void;
}

/** What a thread allocates lives for one request; by default it would take 48 MB for that. */
const youngGenerationMb = 8;

/** Requests under way before new ones are refused. */
const askedMax = 10_000;

/**
 * Starts a worker. `onDeath` is called when it ends without being asked to: what it had under way
 * is then unknown.
 */
export function startWorker(options: WorkerOptions, onDeath: (error: Error) => void): WorkerLink {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const worker = new Worker(new URL(`./store-worker.${extension}`, import.meta.url), {
    workerData: options,
    execArgv: ['--disable-warning=ExperimentalWarning'],
    name: `store-${options.role}`,
    resourceLimits: { maxYoungGenerationSizeMb: youngGenerationMb },
  });
  const asked = new Map<number, OpenRequest>();
  let lastId = 0;
  let closing = false;
  let dead: Error | undefined;

  worker.on('message', (answer: WorkerAnswer) => {
    const request = asked.get(answer.id);
    asked.delete(answer.id);
    if (answer.ok) request?.resolve(answer.value as never);
    else request?.reject(new WorkerFailure(answer.kind, answer.message));
  });
  const end = (error: Error) => {
    if (dead) return;
    dead = error;
    for (const request of asked.values()) request.reject(error);
    asked.clear();
    if (!closing) onDeath(error);
  };
  worker.on('error', (error) => {
    end(error instanceof Error ? error : new Error(String(error)));
  });
  const exited = new Promise<void>((resolve) => {
    worker.on('exit', (code) => {
      end(new Error(`the store's thread ended with code ${code}`));
      resolve();
    });
  });

  const ask = <R extends WorkerRequest>(request: R): Promise<WorkerResults[R['type']]> => {
    if (dead) return Promise.reject(dead);
    if (asked.size >= askedMax) {
      return Promise.reject(new WorkerFailure('unavailable', 'too many queries are waiting'));
    }
    const id = ++lastId;
    return new Promise((resolve, reject) => {
      asked.set(id, { resolve, reject });
      worker.postMessage({ id, request } satisfies WorkerEnvelope);
    });
  };
  return {
    ask,
    close: async () => {
      closing = true;
      if (!dead) await ask({ type: 'close' }).catch(() => undefined);
      await exited;
    },
  };
}
