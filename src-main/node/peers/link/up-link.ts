import { formatHostPort } from '../../base/host-address.ts';
import type { Hello, LinkMessage } from './link-message.ts';
import type { LinkPulse } from './link-pulse.ts';
import type { PeerConnection } from './peer-connection.ts';

/** A connection on which both servers have said hello. */
export interface Greeted {
  hello: Hello;
  /** Where this server called; null: it was called. */
  address: string | null;
  /** Of the pairings with the other server, the one that was when this one said hello. */
  pairing: number;
}

/** A connection that is the link with another server, or was. */
export interface UpLink {
  connection: PeerConnection;
  session: number;
  /** Address at which it is known to be reached; null: it has only called us. */
  address: string | null;
  /** Where it calls from, with the port that it says is its own; null: it says that it has none. */
  saidAddress: string | null;
  pulse: LinkPulse;
  /** The present start of the other server; undefined: it names none. */
  boot: string | undefined;
  /** See `Greeted`. */
  pairing: number;
  /** Something came on it, so that the other end takes it for the link as well. */
  isTaken: boolean;
}

export function saidAddressOf(connection: PeerConnection, { details }: Hello): string | null {
  const port = details?.port ?? null;
  return port === null ? null : formatHostPort(connection.remoteHost, port);
}

/** A server that stops says so on the connection that it takes for the link: this may be the one before. */
export function isStopOf(now: UpLink, before: UpLink, message: LinkMessage): boolean {
  if (message.type !== 'goodbye' || message.reason !== 'stopping') return false;
  return before.boot !== undefined && before.boot === now.boot;
}
