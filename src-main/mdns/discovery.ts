import type { Reason } from '../../src-shared/model/reason.ts';

/** A server that says it is there. All of it is hearsay until its key has been read. */
export interface AnnouncedServer {
  id: string;
  name: string;
  /** `host:port`, the most likely first. */
  addresses: string[];
  /** Which start of it; an earlier version names none. */
  boot?: string | undefined;
}

/** What a server tells the network of itself. */
export interface Announcement {
  id: string;
  name: string;
  version: string;
  port: number;
  /** The present start, so that a copy of this server is told from it. */
  boot: string;
}

export interface DiscoveryListener {
  onFound: (server: AnnouncedServer) => void;
  /** A server said that it goes, or was not heard of for a while. */
  onLost: (id: string) => void;
  /** Why nothing is found at present; null: nothing is in the way. */
  onProblem: (problem: Reason | null) => void;
}

/** Finds servers on the local network. A hint, never an identity. */
export interface Discovery {
  start(listener: DiscoveryListener): void;
  /** Announces this server, or what has changed of it; null: not any longer. */
  announce(announcement: Announcement | null): void;
  /** Asks the network again, as it does by itself every so often. */
  refresh(): void;
  /** Says goodbye. */
  stop(): Promise<void>;
}
