import { createHash, generateKeyPairSync, type KeyPairKeyObjectResult } from 'node:crypto';
import { serverIdOf } from '../../src-main/node/identity/server-id.ts';
import { formatPublicKey } from '../../src-main/node/identity/key-file.ts';
import { signToken } from '../../src-main/node/identity/sign-token.ts';
import type { LeaseAnswer, TokenClaims } from '../../src-shared/contract/client-api.ts';
import { type LicenseOverride, makeGrant, makeLicenseFile, type TestVendor } from './licenses.ts';

/** A server's key, and the id that follows from it. */
export interface TestServerKey extends KeyPairKeyObjectResult {
  id: string;
}

export function makeServerKey(): TestServerKey {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { ...pair, id: serverIdOf(pair.publicKey) };
}

/** What an answer is made of; each of it can be another than it should be. */
export interface AnswerMakings {
  server: TestServerKey;
  signedText: string;
  license: LicenseOverride;
  /** Seconds since 1970, of the server. */
  nowSeconds: number;
  claims?: Partial<TokenClaims>;
}

/** The signed text of a licence, as a server keeps it. */
export async function makeSignedText(
  vendor: TestVendor,
  license: LicenseOverride,
): Promise<string> {
  return JSON.stringify(JSON.parse(await makeLicenseFile(vendor, license)));
}

/** The answer with a token, licence and key as a server gives them. */
export function sealAnswer(
  answer: LeaseAnswer,
  nonce: string,
  makings: AnswerMakings,
): LeaseAnswer {
  const { server, signedText, license, nowSeconds, claims } = makings;
  const grant = makeGrant(license);
  const { lease, term } = answer;
  const all: TokenClaims = {
    iss: server.id,
    ledger: server.id,
    term,
    lease: lease.id,
    license: grant.id,
    licenseHash: createHash('sha256').update(signedText).digest('base64url'),
    product: grant.product,
    version: grant.version,
    feature: grant.feature,
    units: lease.units,
    nonce,
    holder: 'instance-1',
    user: 'ann',
    host: 'ws-1',
    iat: nowSeconds,
    exp: nowSeconds + lease.ttlSeconds,
    ttl: lease.ttlSeconds,
    ...claims,
  };
  return {
    ...answer,
    lease: { ...lease, license: grant.id, feature: grant.feature },
    token: signToken(all, server.privateKey),
    licenseFile: signedText,
    serverKey: formatPublicKey(server.publicKey),
    servedBy: { ...answer.servedBy, id: server.id },
  };
}
