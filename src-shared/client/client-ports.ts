import type { OpenedText, SignedText } from '../model/signed-text.ts';

/** A clear yes or no about the key that a server showed. */
export type TrustVerdict = { trusted: true } | { trusted: false; message: string };

export interface TransportRequest {
  /** `host:port`. */
  target: string;
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  headers: Record<string, string>;
  /** JSON text. */
  body?: string;
  /** Longest time until the connection stands; nothing was sent when it is over. */
  connectTimeoutMs: number;
  /** Longest time until the whole answer is read, connecting included. */
  answerTimeoutMs: number;
  /**
   * Called with the server's fingerprint (SHA-256 of its SubjectPublicKeyInfo, lower-case hex) when a
   * connection is made and before anything is sent on it.
   */
  checkIdentity: (fingerprint: string) => Promise<TrustVerdict>;
}

/** `noConnection`: nothing was sent. `timeout`: it may have been carried out. */
export type UnreachableReason =
  'refused' | 'noConnection' | 'timeout' | 'unknownHost' | 'tls' | 'broken';

/** What came of a request. `send` never throws and ends within `answerTimeoutMs`. */
export type TransportResult =
  | { type: 'answered'; status: number; headers: Record<string, string>; body: string }
  | { type: 'unreachable'; reason: UnreachableReason; detail: string }
  | { type: 'distrusted'; detail: string };

export interface ClientTransport {
  send(request: TransportRequest): Promise<TransportResult>;
}

export type PinnedServer =
  | { type: 'known'; fingerprint: string }
  | { type: 'unknown' }
  /** What is remembered cannot be read: nobody is trusted until a person has looked. */
  | { type: 'unreadable'; message: string };

/** Remembers which key each address showed first, and which servers each server has named. */
export interface PinnedServers {
  find(target: string): Promise<PinnedServer>;
  /** Resolves with a sentence when it could not be kept. */
  remember(target: string, fingerprint: string): Promise<string | null>;
  /** The ids that this server has named last as those that keep its leases; none: not known. */
  namedBy(id: string): Promise<readonly string[]>;
  /** Resolves with a sentence when it could not be kept. */
  rememberNamed(id: string, named: readonly string[]): Promise<string | null>;
  /** Where it is kept and how an entry is removed, for messages. */
  describeRemoval(target: string): string;
}

export type SigningKey =
  /** Ed25519: the public key, 32 bytes in base64url. */
  | { type: 'vendor'; x: string }
  /** ECDSA P-256: SubjectPublicKeyInfo (DER), base64. */
  | { type: 'server'; spki: string };

/** Hashes and signatures for the proof that a vendor stands behind a seat. None of these throws. */
export interface Signatures {
  /** Random, never the same again: 16 to 64 characters of base64url. */
  nonce(): string;
  /** SHA-256 of the text in UTF-8, base64url. */
  hash(text: string): string;
  /** Id of the server with this key (SubjectPublicKeyInfo, DER, base64); null: it is no P-256 key. */
  serverIdOf(spki: string): string | null;
  /** JSON behind a base64url member of a JWS; undefined when there is none. */
  decode(member: string): unknown;
  /** What was signed, as JSON; null when the signature is not of this key. */
  open(jws: SignedText, key: SigningKey): OpenedText | null;
}

/** A server that says on the network that it is there: hearsay, until it has shown its key. */
export interface FoundServer {
  id: string;
  /** `host:port`. */
  target: string;
}

/** Everything that the client gets from the outside. */
export interface ClientPorts {
  transport: ClientTransport;
  knownServers: PinnedServers;
  signatures: Signatures;
  /** Milliseconds of a clock that never goes back. */
  monotonicMs(): number;
  /** Milliseconds since 1970. */
  wallMs(): number;
  /** Calls back once after `delayMs`, which may be weeks. Returns the function that prevents it. */
  schedule(delayMs: number, callback: () => void): () => void;
  /** At least 0 and below 1. */
  random(): number;
  /** Something that a person should know, such as a server trusted on first use. */
  notify(message: string): void;
  /** Looks for servers on the network, for a second or so; absent: this client cannot. Never rejects. */
  findServers?: () => Promise<FoundServer[]>;
}
