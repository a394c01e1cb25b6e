import { sign, verify, type KeyObject } from 'node:crypto';
import { joinParts } from './pairing-proof.ts';

/** What the proof of a successor key is bound to (docs/pairing.md). */
export interface SuccessorChannel {
  /** Fingerprint of the key in use, which the link was made with. */
  presentId: string;
  /** Fingerprint of the key that follows it. */
  nextId: string;
  /** Fingerprint of the key of the server that is told. */
  receiverId: string;
  /** Exported keying material of the link, as this end sees it. */
  exported: Buffer;
}

/** Label of the exported keying material (RFC 8446, section 7.5). */
export const successorExporterLabel = 'EXPORTER-understudy-successor-1';

const signatureOptions = { dsaEncoding: 'ieee-p1363' } as const;

/** Proof of holding the next key, for this channel and these servers only; base64url. */
export function makeSuccessorProof(nextKey: KeyObject, channel: SuccessorChannel): string {
  const key = { key: nextKey, ...signatureOptions };
  return sign('sha256', describe(channel), key).toString('base64url');
}

export function isSuccessorProof(
  proof: string,
  nextKey: KeyObject,
  channel: SuccessorChannel,
): boolean {
  const key = { key: nextKey, ...signatureOptions };
  return verify('sha256', describe(channel), key, Buffer.from(proof, 'base64url'));
}

function describe({ presentId, nextId, receiverId, exported }: SuccessorChannel): Buffer {
  return joinParts(['understudy-successor-1', presentId, nextId, receiverId, exported]);
}
