import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { type IdentityKey, parseIdentityKey } from '../../src-main/node/identity/key-file.ts';
import { vendorPublicKeySchema } from '../../src-shared/model/vendor.ts';

// What stands in conformance/vectors. The keys in it are known to everybody and protect nothing.

/** Servers `a` to `e` are those that the licence `good` names; `x` is a stranger's. */
export const serverNames = ['a', 'b', 'c', 'd', 'e', 'x'] as const;
export type ServerName = (typeof serverNames)[number];

/** How an answer differs from a good one. In `claims`, `header` and `answer`, null takes a member away. */
export const forgerySchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9-]+$/),
  what: z.string(),
  /** Name of a file of `licences`. */
  license: z.string().default('good'),
  /** The server that the answer is from, with its key. */
  server: z.enum(serverNames).default('a'),
  claims: z.record(z.string(), z.unknown()).default({}),
  header: z.record(z.string(), z.unknown()).default({}),
  lease: z.record(z.string(), z.unknown()).default({}),
  answer: z.record(z.string(), z.unknown()).default({}),
  /** Of the token: `foreign` is of the key of `x`. */
  signature: z.enum(['good', 'none', 'zero', 'foreign']).default('good'),
  /** A client that checks the proof accepts it all the same. */
  proved: z.boolean().default(false),
});
export type Forgery = z.infer<typeof forgerySchema>;

const licenseTermsSchema = z.object({
  id: z.string(),
  product: z.string(),
  feature: z.string(),
  version: z.string(),
});
export type LicenseTerms = z.infer<typeof licenseTermsSchema>;

export const vectorsFolder = new URL('../vectors/', import.meta.url);

function read(path: string): string {
  return readFileSync(new URL(path, vectorsFolder), 'utf8');
}

/** The key that an application of the vendor carries. */
export function readVendorKey() {
  return vendorPublicKeySchema.parse(JSON.parse(read('acme.pub.json')));
}

export function readServerKey(name: ServerName): IdentityKey {
  const key = parseIdentityKey(read(`keys/${name}.pem`));
  if (!key) throw new Error(`conformance/vectors/keys/${name}.pem is damaged`);
  return key;
}

/** The signed text as a server gives it, and what it says, whoever signed it. */
export function readLicense(name: string): { signedText: string; terms: LicenseTerms } {
  const jws = z
    .looseObject({ payload: z.string() })
    .parse(JSON.parse(read(`licences/${name}.json`)));
  const payload: unknown = JSON.parse(Buffer.from(jws.payload, 'base64url').toString());
  return { signedText: JSON.stringify(jws), terms: licenseTermsSchema.parse(payload) };
}

export function readForgeries(): Forgery[] {
  return z.array(forgerySchema).parse(JSON.parse(read('forgeries.json')));
}
