import { expect } from 'vitest';
import type { Unnumbered } from './client.ts';
import type { Cluster } from './cluster.ts';
import type { Member } from './member.ts';

/** A vendor that an admin can trust. */
export const vendor = {
  keyId: 'vendor-key',
  vendor: 'Acme',
  publicKey: { kty: 'OKP' as const, crv: 'Ed25519' as const, x: 'A'.repeat(43) },
  trustedAtMs: 0,
  demo: false,
};

/** Asks a server for something, and runs until it has answered, which is no refusal to an admin. */
export function ask(cluster: Cluster, at: Member, request: Unnumbered): void {
  let done: string | undefined;
  cluster.request(at.id, request, (answer) => {
    done = answer?.type;
  });
  expect(cluster.runUntil(() => done !== undefined, 1_000)).toBe(true);
  expect(done).not.toBe('adminRefused');
}
