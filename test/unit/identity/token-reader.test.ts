import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { serverIdOf } from '../../../src-main/node/identity/server-id.ts';
import { proofOfToken, TokenReader } from '../../../src-main/node/identity/token-reader.ts';
import { signToken } from '../../../src-main/node/identity/sign-token.ts';
import { tokenCharsMax } from '../../../src-main/node/identity/verify-token.ts';
import type { TokenClaims } from '../../../src-shared/contract/client-api.ts';
import { leaseIdOf } from '../../support/records.ts';

const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const paired = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const former = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const idOf = ({ publicKey }: typeof own) => serverIdOf(publicKey);

const keys: Record<string, string> = {
  [idOf(paired)]: paired.publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
  ['d4'.repeat(32)]: 'this is no key',
};

const reader = new TokenReader({
  serverId: idOf(own),
  ownKey: own.publicKey,
  formerKeys: new Map([[idOf(former), former.publicKey]]),
  publicKeyOf: (server) => keys[server],
});

function makeClaims(more: Partial<TokenClaims> = {}): TokenClaims {
  return {
    iss: idOf(own),
    ledger: 'ledger-1',
    term: 4,
    lease: leaseIdOf(1),
    license: 'acme-cad',
    feature: 'cad',
    units: 2,
    holder: 'instance-1',
    iat: 1_750_000_000,
    exp: 1_750_000_060,
    ...more,
  };
}

const sign = (claims: TokenClaims, { privateKey }: typeof own) => signToken(claims, privateKey);

describe('a token', () => {
  it('of this server, or of a paired one, is proved', async () => {
    for (const key of [own, paired]) {
      const claims = makeClaims({ iss: idOf(key) });
      expect(await reader.verify(sign(claims, key))).toEqual(claims);
    }
  });

  it('of a key that this server had before is of this server', async () => {
    const token = sign(makeClaims({ iss: idOf(former) }), former);
    expect(reader.glance(token)).toEqual(makeClaims());
    expect(await reader.verify(token)).toEqual(makeClaims());
    const forged = sign(makeClaims({ iss: idOf(former) }), stranger);
    expect(await reader.verify(forged)).toBeUndefined();
  });

  it('that has ended still proves what was granted', async () => {
    const claims = makeClaims({ iat: 1, exp: 2 });
    expect(await reader.verify(sign(claims, own))).toEqual(claims);
  });

  it.each([
    ['of a server that is not paired', sign(makeClaims({ iss: idOf(stranger) }), stranger)],
    ['in the name of this server', sign(makeClaims(), stranger)],
    ['in the name of a paired one', sign(makeClaims({ iss: idOf(paired) }), stranger)],
    ['of one paired server in the name of this one', sign(makeClaims(), paired)],
    ['of a server whose key is damaged', sign(makeClaims({ iss: 'd4'.repeat(32) }), own)],
    ['of no server', sign(makeClaims({ iss: 'me' }), own)],
  ])('%s proves nothing', async (_, token) => {
    expect(await reader.verify(token)).toBeUndefined();
  });

  it('that was altered proves nothing', async () => {
    const [header, payload, signature] = sign(makeClaims(), own).split('.');
    const forged = Buffer.from(JSON.stringify(makeClaims({ units: 900 }))).toString('base64url');
    expect(await reader.verify([header, forged, signature].join('.'))).toBeUndefined();
    const none = Buffer.from('{"alg":"none"}').toString('base64url');
    expect(await reader.verify([none, payload, ''].join('.'))).toBeUndefined();
  });
});

describe('a glance', () => {
  it('reads what is said without any proof', () => {
    const claims = makeClaims({ iss: idOf(stranger) });
    expect(reader.glance(sign(claims, stranger))).toEqual(claims);
  });

  it.each([
    null,
    '',
    '.',
    'a.b.c',
    'e30.e30.e30',
    `a.${'A'.repeat(tokenCharsMax)}.c`,
    'a.bnVsbA.c',
  ])('at what is no token sees nothing: %.20s', (token) =>
    expect(reader.glance(token)).toBeUndefined(),
  );
});

describe('the lease of a token', () => {
  it('has all that the token says of it', () => {
    const more = { user: 'anna', host: 'pc-1', app: 'cad.exe', granted: 5, borrow: 9 };
    const claims = makeClaims(more);
    expect(proofOfToken(claims, 'Acme Suite')).toEqual({
      lease: {
        id: leaseIdOf(1),
        licenseId: 'acme-cad',
        product: 'Acme Suite',
        feature: 'cad',
        units: 2,
        holder: { instance: 'instance-1', user: 'anna', host: 'pc-1', app: 'cad.exe' },
        grantedAtMs: 5_000,
        borrowUntilMs: 9_000,
      },
      endsAtMs: claims.exp * 1000,
      signer: claims.iss,
      term: claims.term,
    });
  });

  it('of an older server is of somebody unknown, granted when it was signed', () => {
    expect(proofOfToken(makeClaims(), 'Acme Suite').lease).toMatchObject({
      holder: { instance: 'instance-1', user: 'unknown', host: 'unknown' },
      grantedAtMs: 1_750_000_000_000,
      borrowUntilMs: null,
    });
  });
});
