import type { TLSSocket } from 'node:tls';
import { serverIdOf } from '../../identity/server-id.ts';

/**
 * The id of the server at the other end: the fingerprint of the key that it has proved to hold in
 * the TLS handshake. Null: it showed no certificate, or one that cannot be read.
 */
export function peerIdOf(socket: TLSSocket): string | null {
  try {
    const certificate = socket.getPeerX509Certificate();
    return certificate ? serverIdOf(certificate.publicKey) : null;
  } catch {
    return null;
  }
}

/** The key at the other end, SubjectPublicKeyInfo in DER, as base64; null as with `peerIdOf`. */
export function peerKeyOf(socket: TLSSocket): string | null {
  try {
    const key = socket.getPeerX509Certificate()?.publicKey;
    return key?.export({ type: 'spki', format: 'der' }).toString('base64') ?? null;
  } catch {
    return null;
  }
}
