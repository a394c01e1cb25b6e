import type { RecordedEvent } from '../core/ledger/change.ts';
import type { ServerConfig } from '../../../src-shared/model/server-config.ts';

/** What a node is started with; what is left out of the overrides is as it was stored. */
export interface NodeOptions {
  dataDirectory: string;
  /** Overrides of the stored settings for this run. */
  name?: string | undefined;
  listen?: { host: string; port: number } | undefined;
  mdns?: boolean | undefined;
  fixedPeers?: string[] | undefined;
  /** A configuration file that is applied at this start. */
  config?: ServerConfig | undefined;
  /** Why the configuration file that was named is not; told on the timeline. */
  configRefused?: string | undefined;
  /** Version shown to admins and clients. */
  version: string;
  /** In a packaged build the demo vendor is trusted only with consent. */
  packaged: boolean;
  /** Accounts in the group of the process may administer the node too; not on Windows. */
  admitGroup?: boolean | undefined;
  /** Put a damaged ledger aside and begin an empty one. */
  startAnew?: boolean | undefined;
}

/** What a node needs of the process that it runs in. */
export interface NodePorts {
  /**
   * The store's thread died and what it was writing is unknown: the process must end and be started
   * again. Nothing that a client was told is lost.
   */
  onFatal: (error: Error) => void;
  /** An admin wants the server stopped: the process stops the node in order and ends. */
  onStopAsked: () => void;
  /** An entry of the timeline that this server recorded is durable. */
  onEvent?: ((event: Pick<RecordedEvent, 'kind' | 'severity' | 'message'>) => void) | undefined;
}
