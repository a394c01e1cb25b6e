import fc from 'fast-check';
import { generateKeyPairSync } from 'node:crypto';
import { compactVerify, SignJWT } from 'jose';
import { expect, test } from 'vitest';
import type { TokenClaims } from '../../../src-shared/contract/client-api.ts';
import { serverIdOf } from '../../../src-main/node/identity/server-id.ts';
import { signToken } from '../../../src-main/node/identity/sign-token.ts';
import { tokenCharsMax, verifyToken } from '../../../src-main/node/identity/verify-token.ts';

const server = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });

function makeClaims(overrides: Partial<TokenClaims> = {}): TokenClaims {
  return {
    iss: serverIdOf(server.publicKey),
    ledger: 'main',
    term: 4,
    lease: '6f9a1e0e-6b1c-4a43-9a55-0a1b2c3d4e5f',
    license: 'acme-cad',
    feature: 'cad',
    units: 1,
    holder: 'instance-1',
    iat: 1_750_000_000,
    exp: 1_750_000_060,
    ...overrides,
  };
}

test('jose verifies what signToken makes, whatever is in the claims', async () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 128 });
  await fc.assert(
    fc.asyncProperty(text, text, fc.nat(), async (feature, holder, term) => {
      const claims = makeClaims({ feature, holder, term });
      const token = signToken(claims, server.privateKey);
      const verified = await compactVerify(token, server.publicKey, { algorithms: ['ES256'] });
      expect(JSON.parse(new TextDecoder().decode(verified.payload))).toEqual(claims);
      expect(verified.protectedHeader).toEqual({ alg: 'ES256', kid: claims.iss, typ: 'JWT' });
      expect(await verifyToken(token, server.publicKey)).toEqual(claims);
    }),
    { numRuns: 200 },
  );
});

test('the longest claims fit', async () => {
  const claims = makeClaims({
    feature: '"'.repeat(128),
    holder: '\u2028'.repeat(128),
    license: 'x'.repeat(128),
    ledger: 'x'.repeat(128),
  });
  const token = signToken(claims, server.privateKey);
  expect(token.length).toBeLessThan(tokenCharsMax / 2);
  expect(await verifyToken(token, server.publicKey)).toEqual(claims);
});

test('one changed character, or an end cut off, and it proves nothing', async () => {
  const token = signToken(makeClaims(), server.privateKey);
  const letters = fc.constantFrom(
    ...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0189-_.=',
  );
  await fc.assert(
    fc.asyncProperty(fc.nat(token.length - 3), letters, async (at, letter) => {
      fc.pre(token.charAt(at) !== letter);
      const changed = token.slice(0, at) + letter + token.slice(at + 1);
      expect(await verifyToken(changed, server.publicKey)).toBeUndefined();
      expect(await verifyToken(token.slice(0, at), server.publicKey)).toBeUndefined();
    }),
    { numRuns: 500 },
  );
});

test('only the token of that very server counts', async () => {
  expect(await verifyToken(signToken(makeClaims(), other.privateKey), server.publicKey)).toBe(
    undefined,
  );
  const inAnothersName = signToken(
    makeClaims({ iss: serverIdOf(other.publicKey) }),
    server.privateKey,
  );
  expect(await verifyToken(inAnothersName, server.publicKey)).toBeUndefined();
  const id = serverIdOf(server.publicKey);
  const otherId = serverIdOf(other.publicKey);
  for (const [iss, kid] of [
    [id, otherId],
    [otherId, id],
  ] as const) {
    const token = await new SignJWT({ ...makeClaims(), iss })
      .setProtectedHeader({ alg: 'ES256', kid })
      .sign(server.privateKey);
    expect(await verifyToken(token, server.publicKey)).toBeUndefined();
  }
});

test('what is no token of a lease is nothing', async () => {
  const kid = serverIdOf(server.publicKey);
  const header = (alg: string) => Buffer.from(JSON.stringify({ alg, kid })).toString('base64url');
  const payload = Buffer.from(JSON.stringify(makeClaims())).toString('base64url');
  const incomplete = await new SignJWT({ iss: kid })
    .setProtectedHeader({ alg: 'ES256', kid })
    .sign(server.privateKey);
  const texts = [
    '',
    'x',
    '..',
    `${header('none')}.${payload}.`,
    `${header('HS256')}.${payload}.AAAA`,
    'x'.repeat(1_000_000),
    incomplete,
  ];
  for (const text of texts) expect(await verifyToken(text, server.publicKey)).toBeUndefined();
});
