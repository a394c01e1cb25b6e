import type {
  AdminAnswer,
  AdminArguments,
  AdminMethod,
  AdminResult,
} from '../../src-shared/contract/admin.ts';
import type { NodeSnapshot } from '../../src-shared/model/node-snapshot.ts';

/** What the admin API serves; authorisation is the operating system's, at the socket. */
export interface AdminService {
  call<M extends AdminMethod>(
    method: M,
    args: AdminArguments<M>,
  ): Promise<AdminAnswer<AdminResult<M>>>;
  snapshot(): NodeSnapshot;
  /** Calls back after every change, many at once joined. Returns the function that ends it. */
  onChange(listener: () => void): () => void;
}

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

export type NodeStartFailureCode =
  | 'DATA_DIRECTORY_BUSY'
  | 'DATA_DIRECTORY_UNUSABLE'
  | 'STORE_DAMAGED'
  | 'STORE_NEWER'
  | 'IDENTITY_DAMAGED'
  | 'SETTINGS_DAMAGED'
  | 'PAIRING_DAMAGED';

/** Why a node could not start; the message says what to do. Nothing was changed. */
export class NodeStartFailure extends Error {
  override name = 'NodeStartFailure';
  readonly code: NodeStartFailureCode;
  constructor(code: NodeStartFailureCode, message: string) {
    super(message);
    this.code = code;
  }
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
