/** Bounds and times of the peer link. Milliseconds; shorter ones in tests. */
export interface PeerTimings {
  /** Longest time to connect, TLS included. */
  connectMs: number;
  /** Longest wait for the next message before the link is up. */
  answerMs: number;
  /** How long a link that is new may take before what is asked of the other server is refused. */
  firstLinkMs: number;
  pingEveryMs: number;
  /** A link on which nothing was heard for so long is closed and made anew. */
  silenceMs: number;
  /** First and longest wait before connecting again. */
  retryFirstMs: number;
  retryMaxMs: number;
  /** Pause between the tries to connect that show whether a process is gone (protocol section 5). */
  goneRetryMs: number;
  /** A process that leaves one of these tries unanswered for so long counts as gone. */
  goneUnansweredMs: number;
  /** How long an orderly stop waits for the goodbye to leave. */
  goodbyeMs: number;
}

export const peerTimings: PeerTimings = {
  connectMs: 2_000,
  answerMs: 5_000,
  firstLinkMs: 3_000,
  pingEveryMs: 1_000,
  silenceMs: 5_000,
  retryFirstMs: 250,
  retryMaxMs: 5_000,
  goneRetryMs: 100,
  goneUnansweredMs: 500,
  goodbyeMs: 300,
};

/** Bytes that may wait to be sent on one link; a peer that reads more slowly is disconnected. */
export const sendQueueBytesMax = 32 * 1024 * 1024;

/** Messages of one paired server in a second; those beyond it wait unread. */
export const messagesPerSecondMax = 20_000;

/** Messages that may come before a connection is the link. */
export const strangerMessagesMax = 8;

/** Messages that may come before the connection of a paired server is the link: it sends on at once. */
export const earlyMessagesMax = 1_000;

/** Most connections at a time that are not links yet: of all addresses, and of one. */
export const strangersMax = 32;
export const strangersPerAddressMax = 8;

/** Servers that one can be paired with. */
export const pairedServersMax = 32;

/** Servers that are known from discovery and fixed addresses. */
export const knownServersMax = 256;
