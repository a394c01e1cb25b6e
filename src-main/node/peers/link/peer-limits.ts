/** Bounds and times of the peer link. Milliseconds; shorter ones in tests. */
export interface PeerTimings {
  /** Longest time to connect, TLS included. */
  connectMs: number;
  /** Longest wait for the next message before the link is up. */
  answerMs: number;
  pingEveryMs: number;
  /** A link on which nothing was heard for so long is closed and made anew. */
  silenceMs: number;
  /** First and longest wait before connecting again. */
  retryFirstMs: number;
  retryMaxMs: number;
  /** Pause between the two tries that show a process to be gone (protocol section 5). */
  goneRetryMs: number;
  /** A try of those that is not answered for so long counts as such. */
  goneUnansweredMs: number;
  /** How long an orderly stop waits for the goodbye to leave. */
  goodbyeMs: number;
}

export const peerTimings: PeerTimings = {
  connectMs: 2_000,
  answerMs: 5_000,
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

/** Messages of one paired server in a second; what is over waits unread. */
export const messagesPerSecondMax = 20_000;

/** Messages that may come before a connection is the link. */
export const strangerMessagesMax = 8;

/** The same of a paired server, whose first messages may follow its welcome at once. */
export const earlyMessagesMax = 1_000;

/** Connections at a time that are not links yet, in all and of one address. */
export const strangersMax = 32;
export const strangersPerAddressMax = 8;

/** Servers that one can be paired with. */
export const pairedServersMax = 32;

/** Servers that are known from discovery and fixed addresses. */
export const knownServersMax = 256;
