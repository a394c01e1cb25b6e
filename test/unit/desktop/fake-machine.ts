import { vi } from 'vitest';
import type { ForkNode, NodeChild } from '../../../src-main/desktop/node/embedded-node.ts';
import type { NodeClient } from '../../../src-main/desktop/node/node-client.ts';
import { NodeLink, type NodeTarget } from '../../../src-main/desktop/node/node-link.ts';
import type {
  NodeProcessMessage,
  NodeProcessOptions,
} from '../../../src-shared/contract/node-process.ts';
import { watchPaces, type WatchPace } from '../../../src-shared/contract/admin.ts';
import type { NodeSnapshot } from '../../../src-shared/model/node-snapshot.ts';
import { makeNode } from '../../support/snapshot-builders.ts';

const away = { code: 'NODE_AWAY', message: 'No server is running here.' } as const;

/** A machine on simulated time: a socket with or without a node behind it, and processes. */
export class FakeMachine {
  /** What answers at the socket; null: nothing listens. */
  socket: 'answers' | 'silent' | null = null;
  readonly children: FakeChild[] = [];
  readonly logged: string[] = [];
  /** Whether the node behind the socket is that of this data directory. */
  serves: (folder: string) => boolean = () => true;
  /** How the node was asked to be watched the last time. */
  pace: WatchPace | undefined;
  /** How often the shell was told to end. */
  stopsAsked = 0;
  readonly #watchers = new Set<() => void>();
  readonly link: NodeLink;

  constructor(target: NodeTarget = { dataDirectory: '/data', mayEmbed: true }) {
    this.link = new NodeLink(
      {
        createClient: (folder) => this.#createClient(folder),
        fork: (options, on) => this.#fork(options, on),
        packaged: false,
        onChange: () => undefined,
        onStopAsked: () => {
          this.stopsAsked += 1;
        },
        log: (_level, message) => this.logged.push(message),
      },
      target,
    );
  }

  get child(): FakeChild {
    const child = this.children.at(-1);
    if (!child) throw new Error('no process was started');
    return child;
  }

  get connection() {
    return this.link.state.connection;
  }

  /** The node behind the socket goes away with its connections. */
  async hangUp(): Promise<void> {
    this.socket = null;
    for (const end of this.#watchers) end();
    await vi.advanceTimersByTimeAsync(0);
  }

  #createClient(folder: string): NodeClient {
    return {
      call: () => Promise.reject(new Error('not used here')),
      watch: (onSnapshot: (snapshot: NodeSnapshot) => void, onEnd, _onUnchanged, pace) => {
        this.pace = pace;
        if (this.socket === null || !this.serves(folder)) {
          const timer = setTimeout(() => onEnd(away), 1);
          return () => clearTimeout(timer);
        }
        const beat = () => {
          if (this.socket === 'answers') onSnapshot(makeNode());
        };
        const first = setTimeout(beat, 1);
        const timer = setInterval(beat, watchPaces[pace].heardEveryMs);
        const stop = () => {
          clearTimeout(first);
          clearInterval(timer);
          this.#watchers.delete(end);
        };
        const end = () => {
          stop();
          onEnd(away);
        };
        this.#watchers.add(end);
        return stop;
      },
    };
  }

  #fork(options: NodeProcessOptions, on: Parameters<ForkNode>[1]): NodeChild {
    const child = new FakeChild(options, on);
    this.children.push(child);
    return child;
  }
}

class FakeChild implements NodeChild {
  readonly options: NodeProcessOptions;
  readonly #on: Parameters<ForkNode>[1];
  readonly heard: unknown[] = [];
  killed = false;
  /** What it does when it is asked to stop. */
  obedient = true;

  constructor(options: NodeProcessOptions, on: Parameters<ForkNode>[1]) {
    this.options = options;
    this.#on = on;
  }

  send(message: unknown): void {
    this.heard.push(message);
    if (this.obedient) setTimeout(() => this.exit(0), 10);
  }

  kill(): void {
    this.killed = true;
    setTimeout(() => this.exit(137), 1);
  }

  tell(message: NodeProcessMessage): void {
    this.#on.message(message);
  }

  exit(status: number): void {
    this.#on.exit(status);
  }
}
