import type { TLSSocket } from 'node:tls';
import { formatPublicKey } from '../../identity/key-file.ts';
import { serverIdOf } from '../../identity/server-id.ts';

/** The server at the other end, by the key that it has proved to hold in the TLS handshake. */
export interface PeerIdentity {
  /** Fingerprint of the key. */
  id: string;
  /** SubjectPublicKeyInfo in DER, as base64. */
  publicKey: string;
}

/**
 * Reads who is at the other end; null: it showed no certificate, or one that cannot be read.
 *
 * To be called once for a socket (`PeerConnection` does). Node takes the certificate off the chain that
 * a client was shown, so that `getPeerX509Certificate` gives it to the end that called the first time only.
 */
export function readPeer(socket: TLSSocket): PeerIdentity | null {
  try {
    const key = socket.getPeerX509Certificate()?.publicKey;
    return key ? { id: serverIdOf(key), publicKey: formatPublicKey(key) } : null;
  } catch {
    return null;
  }
}
