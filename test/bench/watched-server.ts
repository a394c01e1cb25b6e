import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { AdminMethod, AdminParams, AdminResult } from '../../src-shared/contract/admin.ts';
import type { WatchedOrder } from './watched-node.ts';

/** A server in another process, and the longest stall of its event loop. */
export class WatchedServer {
  readonly directory: string;
  readonly #process: ChildProcess;
  id = '';

  constructor(directory: string, name: string) {
    this.directory = directory;
    const file = fileURLToPath(new URL('watched-node.ts', import.meta.url));
    this.#process = fork(file, [directory, name]);
  }

  async ready(): Promise<void> {
    this.id = (await this.#answer()) as string;
  }

  async call<M extends AdminMethod>(method: M, params: AdminParams<M>): Promise<AdminResult<M>> {
    return (await this.#order({ type: 'call', method, params })) as AdminResult<M>;
  }

  /** Since the start, or since it was asked last, in ms. */
  async stallMs(): Promise<number> {
    return (await this.#order({ type: 'stall' })) as number;
  }

  async stop(): Promise<void> {
    if (this.#process.signalCode !== null) return;
    await this.#order({ type: 'stop' });
    if (this.#process.exitCode === null) await once(this.#process, 'exit');
  }

  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await once(this.#process, 'exit');
  }

  async #order(order: WatchedOrder): Promise<unknown> {
    this.#process.send(order);
    return this.#answer();
  }

  async #answer(): Promise<unknown> {
    const [answer] = (await once(this.#process, 'message')) as [
      { value?: unknown; error?: string },
    ];
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer.value;
  }
}

/** Gives two servers access to each other. */
export async function pairWatched(inviter: WatchedServer, joiner: WatchedServer): Promise<void> {
  const allow = 'relationship';
  const { code, addresses } = await inviter.call('servers.invite', { allow });
  await joiner.call('servers.pair', { address: addresses[0] ?? '', code, allow });
}
