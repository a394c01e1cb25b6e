import type { AdminService } from './admin-api/admin-service.ts';
import type { NodeStartFailureCode } from './base/start-failure.ts';

export type { NodeStartFailureCode };

export interface NodeOptions {
  dataDirectory: string;
  /** Overrides of the stored settings for this run. */
  name?: string | undefined;
  listen?: { host: string; port: number } | undefined;
  mdns?: boolean | undefined;
  fixedPeers?: string[] | undefined;
  /** Version shown to admins and clients. */
  version: string;
  /** In a packaged build the demo vendor is trusted only with consent. */
  packaged: boolean;
  /** Put a damaged ledger aside and begin an empty one. */
  startAnew?: boolean | undefined;
}

export interface LicenseNode {
  readonly id: string;
  readonly name: string;
  /**
   * Resolves with the port when clients can connect. While the port is taken by another program the
   * node goes on trying and its snapshot says so.
   */
  listening(): Promise<{ host: string; port: number }>;
  readonly admin: AdminService;
  readonly adminAddress: string;
  /** Puts a fault that nothing caught into the server's log. */
  noteFault(error: unknown): void;
  /** Orderly stop: answers what is under way, closes the store, removes the socket. */
  stop(): Promise<void>;
}

/**
 * What the shell gives the embedded node: its first own argument (`process.argv[2]`), as JSON. A
 * node that could not start says so in a `failed` message and ends by itself.
 */
export type NodeProcessOptions = Pick<NodeOptions, 'dataDirectory' | 'packaged' | 'startAnew'>;

/** What the embedded node tells the shell that started it, over `process.parentPort`. */
export type NodeProcessMessage =
  | { type: 'started'; adminAddress: string }
  | { type: 'failed'; code: NodeStartFailureCode | 'INTERNAL'; message: string };

/** What the shell tells the embedded node. */
export interface ShellMessage {
  type: 'stop';
}
