/** Bounds on one connection to the client port; those that an admin may set are in NodeSettings. */

/** How long a peer may take; the defences against connections that only wait. Milliseconds. */
export interface ConnectionTimeouts {
  /** Longest TLS handshake. */
  handshakeMs: number;
  /** From the connection, or the begin of a request, to the end of its headers. */
  headersMs: number;
  /** Longest time in which a whole request must arrive. */
  requestMs: number;
  /** How often connections are checked against the two above. */
  checkIntervalMs: number;
  /** How long an idle connection is kept for the next request. */
  keepAliveMs: number;
  /** How long a peer may leave an answer unread. */
  unreadMs: number;
  /** How long an orderly stop waits for requests that are under way. */
  closeMs: number;
}

export const connectionTimeouts: ConnectionTimeouts = {
  handshakeMs: 10_000,
  headersMs: 10_000,
  requestMs: 20_000,
  checkIntervalMs: 1_000,
  keepAliveMs: 75_000,
  unreadMs: 60_000,
  closeMs: 5_000,
};

/** Request line and headers together. A lease token is about 600 bytes. */
export const headerBytesMax = 8 * 1024;

/** Headers beyond this number are ignored. */
export const headersMax = 64;

/** Addresses whose request rate is remembered; the one unseen for longest is forgotten. */
export const rateAddressesMax = 10_000;

/** Requests of one address in a second to a route whose answer takes milliseconds to make. */
export const costlyRequestsMax = 50;

/**
 * How long an orderly stop keeps idle connections: a request that was on its way to one is answered, as the
 * last of it, where closing it at once would reset it (RFC 9112, section 9.6).
 */
export const lingerMs = 250;

/**
 * What is still read of a body that is refused for its length. A server that closes on unread data resets the
 * connection, and takes the answer away from its client, on Windows always.
 */
export const refusedBodyBytesMax = 8 * 1024 * 1024;

/** How long an orderly stop waits for clients to take the answers that were written. */
export const flushTimeoutMs = 1_000;

/** `Retry-After` of a 503 for which the node gives none. */
export const retryAfterSecondsDefault = 2;

/** Connections beyond the limit for paired servers and for programs on this host. */
export const reservedConnectionsMax = 64;

/** Files that the process keeps for the store, the admins and itself, of those it may open. */
export const descriptorsKept = 256;

/**
 * Connections of one address on which no request has come yet; for another one the oldest of them goes.
 * All of them can leave at once, which must not hold the event loop up, and a client asks within a second.
 */
export const silentConnectionsMax = 512;

/**
 * Connections in the middle of the TLS handshake, of all addresses; for another one the oldest goes, of
 * the address that has most. They can leave at once as well. A handshake takes two round trips.
 */
export const handshakesMax = 512;

/**
 * Open connections of one address: half of all, so that no single host can shut the others out and
 * a terminal server with many users still fits.
 */
export function addressConnectionsMax(connectionsMax: number): number {
  return Math.max(8, Math.ceil(connectionsMax / 2));
}
