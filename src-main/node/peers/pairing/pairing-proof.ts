import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

/** What a proof is bound to besides the code (docs/pairing.md). */
export interface PairingChannel {
  /** Fingerprint of the key of the server that was given the code. */
  joinerId: string;
  /** Fingerprint of the key of the server that made the code. */
  inviterId: string;
  /** Exported keying material of the TLS channel, as this end sees it. */
  exported: Buffer;
}

export type PairingRole = 'joiner' | 'inviter';

/** Label of the exported keying material (RFC 8446, section 7.5). */
export const pairingExporterLabel = 'EXPORTER-understudy-pairing-1';

/** Proof of one side that it knows the code, for this channel and these keys only; base64url. */
export function makePairingProof(
  code: string,
  role: PairingRole,
  { joinerId, inviterId, exported }: PairingChannel,
): string {
  const key = Buffer.from(hkdfSync('sha256', code, 'understudy-pairing-1', 'proof', 32));
  const parts = joinParts([role, joinerId, inviterId, exported]);
  return createHmac('sha256', key).update(parts).digest('base64url');
}

/** Every part has its length before it, so that no two lists of parts read the same. */
export function joinParts(parts: readonly (string | Buffer)[]): Buffer {
  return Buffer.concat(
    parts.flatMap((part) => {
      const bytes = Buffer.from(part);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return [length, bytes];
    }),
  );
}

/** In constant time. */
export function isSameProof(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
