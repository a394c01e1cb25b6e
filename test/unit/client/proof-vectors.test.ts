import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { nodeSignatures } from '../../../src-main/client-transport/node-signatures.ts';
import { findDoubt } from '../../../src-shared/client/vendor-proof.ts';
import {
  checkoutRequestSchema,
  type LeaseAnswer,
  leaseAnswerSchema,
  type TokenClaims,
} from '../../../src-shared/contract/client-api.ts';
import { vendorPublicKeySchema } from '../../../src-shared/model/vendor.ts';
import { type LicenseOverride, makeVendor, type TestVendor } from '../../support/licenses.ts';
import { makeServerKey, makeSignedText, sealAnswer } from '../../support/proved-answer.ts';

// The vectors in docs/vectors/proof.json, for clients in any language (docs/write-a-client.md). They are
// made once, with keys of their own: UPDATE_VECTORS=1 makes them anew.

const path = join('docs', 'vectors', 'proof.json');

const vectorsSchema = z.object({
  about: z.string(),
  vendorKey: vendorPublicKeySchema,
  request: checkoutRequestSchema,
  nonce: z.string(),
  vectors: z.array(z.object({ name: z.string(), proved: z.boolean(), answer: leaseAnswerSchema })),
});

async function makeVectors(): Promise<z.input<typeof vectorsSchema>> {
  const vendor = await makeVendor('Acme');
  const impostor = await makeVendor('Acme');
  const following = await makeVendor('Acme', vendor);
  const server = makeServerKey();
  const stranger = makeServerKey();
  const nonce = nodeSignatures.nonce();
  const nowSeconds = Date.parse('2026-03-01T08:00:00Z') / 1000;
  const plain: LeaseAnswer = {
    lease: {
      id: '00000000-0000-4000-8000-000000000001',
      license: 'acme-cad.drafting',
      feature: 'drafting',
      units: 1,
      grantedAt: '2026-03-01T08:00:00Z',
      ttlSeconds: 60,
    },
    token: '',
    term: 3,
    servedBy: { id: server.id, name: 'lic-a', role: 'primary' },
    servers: [{ id: server.id, name: 'lic-a', url: 'https://lic-a:7470', active: true }],
  };
  const good: LicenseOverride = {
    id: 'acme-cad.drafting',
    product: 'Acme CAD',
    feature: 'drafting',
    version: '2.1',
    servers: [server.id],
  };
  interface Variant {
    by?: TestVendor;
    license?: LicenseOverride;
    key?: typeof server;
    claims?: Partial<TokenClaims>;
    change?: (answer: LeaseAnswer) => LeaseAnswer;
  }
  const answer = async (variant: Variant): Promise<LeaseAnswer> => {
    const license = { ...good, ...variant.license };
    const sealed = sealAnswer(plain, nonce, {
      server: variant.key ?? server,
      signedText: await makeSignedText(variant.by ?? vendor, license),
      license,
      nowSeconds,
      ...(variant.claims && { claims: variant.claims }),
    });
    return variant.change?.(sealed) ?? sealed;
  };
  const variants: [string, boolean, Variant][] = [
    ['as it should be', true, {}],
    ['signed with a key that the vendor’s key vouches for', true, { by: following }],
    ['a field that no client knows', true, { change: (made) => ({ ...made, extra: 1 }) }],
    ['signed with another key of the same name', false, { by: impostor }],
    ['a licence that names other servers', false, { license: { servers: [stranger.id] } }],
    ['a licence that names no servers', false, { license: { servers: [] } }],
    ['a server that the licence does not name', false, { key: stranger }],
    ['a licence for another product', false, { license: { product: 'Acme PDM' } }],
    ['a licence for another feature', false, { license: { feature: 'rendering' } }],
    ['a licence of an older version', false, { license: { version: '1.9' } }],
    ['a licence that ended', false, { license: { expires: '2026-03-01T08:00:00Z' } }],
    ['a licence that has not begun', false, { license: { notBefore: '2026-03-02T00:00:00Z' } }],
    ['a licence that was revoked', false, { license: { revoked: '2026-02-01T00:00:00Z' } }],
    ['a token of another holder', false, { claims: { holder: 'somebody-else' } }],
    ['a token of another computer', false, { claims: { host: 'ws-2' } }],
    ['a token for another request', false, { claims: { nonce: 'AAAAAAAAAAAAAAAAAAAAAA' } }],
    ['a token of another lease', false, { claims: { lease: plain.lease.id.replace(/1$/, '2') } }],
    ['a token of another licence', false, { claims: { licenseHash: 'x'.repeat(43) } }],
    ['a token with a shorter life', false, { claims: { ttl: 5 } }],
    [
      'a token without a signature',
      false,
      { change: (made) => ({ ...made, token: made.token.replace(/[^.]*$/, '') }) },
    ],
    ['without the licence', false, { change: ({ licenseFile: _, ...made }): LeaseAnswer => made }],
  ];
  const vectors = [];
  for (const [name, proved, variant] of variants) {
    vectors.push({ name, proved, answer: await answer(variant) });
  }
  const key: unknown = JSON.parse(vendor.publicFile);
  return {
    about:
      'Answers to one request, and whether each proves that the vendor stands behind the seat.',
    vendorKey: vendorPublicKeySchema.parse(key),
    request: {
      product: 'Acme CAD',
      feature: 'drafting',
      version: '2.0',
      units: 1,
      client: { instance: 'instance-1', user: 'ann', host: 'ws-1' },
    },
    nonce,
    vectors,
  };
}

if (process.env['UPDATE_VECTORS'] === '1') {
  writeFileSync(path, `${JSON.stringify(await makeVectors(), null, 2)}\n`);
}

const { vendorKey, request, nonce, vectors } = vectorsSchema.parse(
  JSON.parse(readFileSync(path, 'utf8')),
);

describe('an answer of the published vectors', () => {
  it.each(vectors.map(({ name, ...vector }) => [name, vector] as const))(
    '%s',
    (_, { proved, answer }) => {
      const vendor = { keys: [vendorKey] };
      const doubt = findDoubt({ answer, request, nonce, vendor, signatures: nodeSignatures });
      expect(doubt === null, doubt ?? 'no doubt').toBe(proved);
    },
  );
});
