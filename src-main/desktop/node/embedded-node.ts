import {
  type NodeProcessOptions,
  type NodeStartFailureCode,
  nodeProcessMessageSchema,
  type ShellMessage,
} from '../../../src-shared/contract/node-process.ts';
import { Backoff } from './backoff.ts';

export interface NodeChild {
  send(message: ShellMessage): void;
  kill(): void;
}

/** Starts the process of the embedded node. `onExit` is called once, with its exit status. */
export type ForkNode = (
  options: NodeProcessOptions,
  on: { message(message: unknown): void; exit(status: number): void },
) => NodeChild;

export type StartFailure = { code: NodeStartFailureCode | 'INTERNAL'; message: string };

export interface EmbeddedNodeListener {
  onStarted(adminAddress: string): void;
  /** An admin asked for its end; until `stop` is called the node goes on. */
  onStopAsked(): void;
  /** The node ended by itself. It is started again after `retryInMs`; null: by `start` only. */
  onEnded(end: { failure: StartFailure | null; status: number; retryInMs: number | null }): void;
}

const stopWithinMs = 10_000;
const endWithinMs = 5_000;
const healthyAfterMs = 60_000;

/** Whether the same start would meet the failure again: only the admin can change it then. */
const isFinal: Record<StartFailure['code'], boolean> = {
  DATA_DIRECTORY_BUSY: false,
  DATA_DIRECTORY_UNUSABLE: false,
  STORE_DAMAGED: true,
  STORE_NEWER: true,
  IDENTITY_DAMAGED: true,
  SETTINGS_DAMAGED: true,
  PAIRING_DAMAGED: true,
  INTERNAL: false,
};

/** Keeps the process of the embedded node alive: starts it, starts it again, stops it in order. */
export class EmbeddedNode {
  readonly #fork: ForkNode;
  readonly #options: NodeProcessOptions;
  readonly #listener: EmbeddedNodeListener;
  readonly #backoff = new Backoff({ firstMs: 250, maxMs: 30_000 });
  #child: NodeChild | null = null;
  #failure: StartFailure | null = null;
  #timer: NodeJS.Timeout | undefined;
  #stopping: { done: Promise<void>; finish: () => void } | null = null;

  constructor(fork: ForkNode, options: NodeProcessOptions, listener: EmbeddedNodeListener) {
    this.#fork = fork;
    this.#options = options;
    this.#listener = listener;
  }

  /** No process of a node is there, and one may be started. */
  get waits(): boolean {
    return this.#child === null && this.#stopping === null;
  }

  /** Does nothing while a node is running or after `stop`. */
  start({ startAnew = false } = {}): void {
    if (this.#child || this.#stopping) return;
    clearTimeout(this.#timer);
    this.#failure = null;
    this.#child = this.#fork(
      { ...this.#options, startAnew },
      { message: (message) => this.#hear(message), exit: (status) => this.#exited(status) },
    );
  }

  /** Ends a node that answers no longer at once; another one is started. */
  kill(): void {
    this.#child?.kill();
  }

  /** Asks the node to stop, and ends it after a bounded time. Resolves when it is gone. */
  stop(): Promise<void> {
    if (this.#stopping) return this.#stopping.done;
    clearTimeout(this.#timer);
    let finish = (): void => undefined;
    const done = new Promise<void>((resolve) => (finish = resolve));
    this.#stopping = { done, finish };
    if (!this.#child) {
      finish();
      return done;
    }
    this.#child.send({ type: 'stop' });
    this.#timer = setTimeout(() => {
      this.#child?.kill();
      this.#timer = setTimeout(finish, endWithinMs);
    }, stopWithinMs);
    return done;
  }

  #hear(message: unknown): void {
    const parsed = nodeProcessMessageSchema.safeParse(message);
    if (!parsed.success || this.#stopping) return;
    switch (parsed.data.type) {
      case 'started':
        this.#timer = setTimeout(() => this.#backoff.reset(), healthyAfterMs);
        return this.#listener.onStarted(parsed.data.adminAddress);
      case 'stopAsked':
        return this.#listener.onStopAsked();
      case 'failed': {
        const { code, message: text } = parsed.data;
        this.#failure = { code, message: text };
        this.#timer = setTimeout(() => this.#child?.kill(), endWithinMs);
        return;
      }
    }
  }

  #exited(status: number): void {
    clearTimeout(this.#timer);
    this.#child = null;
    if (this.#stopping) return this.#stopping.finish();
    const failure = this.#failure;
    if (failure && isFinal[failure.code]) {
      return this.#listener.onEnded({ failure, status, retryInMs: null });
    }
    const retryInMs = this.#backoff.next();
    this.#timer = setTimeout(() => this.start(), retryInMs);
    this.#listener.onEnded({ failure, status, retryInMs });
  }
}
