import { createHash, sign } from 'node:crypto';
import { type IdentityKey, formatPublicKey } from '../../src-main/node/identity/key-file.ts';
import type { ApiServer, LeaseAnswer, TokenClaims } from '../../src-shared/contract/client-api.ts';
import { formatInstant } from '../../src-shared/model/scalars.ts';
import { type Forgery, readLicense, readServerKey, type ServerName } from './vectors.ts';

/** A lease as a scripted server keeps it. */
export interface KeptLease {
  id: string;
  holder: { instance: string; user: string; host: string };
  units: number;
  borrowUntil: string | undefined;
  /** By `Date.now()`, whatever the server calls that instant. */
  endsAtMs: number;
}

export interface AnswerFacts {
  lease: KeptLease;
  /** The server that answers. */
  name: ServerName;
  key: IdentityKey;
  term: number;
  role: 'primary' | 'failover';
  servers: ApiServer[];
  ttlSeconds: number;
  /** Name of the file with the licence. */
  license: string;
  nonce: string | undefined;
  /** Milliseconds since 1970, by the server's clock. */
  nowMs: number;
  /** What is wrong with it on purpose. */
  forgery?: Forgery | undefined;
  /** Fields that no client knows stand everywhere. */
  unknownFields: boolean;
}

const unknown = { 'x-later': { than: ['this', 'version'] } };

/** The document of a 200 or 201, with a token that is signed now. */
export function makeAnswer(facts: AnswerFacts): { document: object; token: string } {
  const { lease, term, role, servers, ttlSeconds, forgery, unknownFields } = facts;
  const { signedText, terms } = readLicense(forgery?.license ?? facts.license);
  const name = forgery?.server ?? facts.name;
  const key = forgery ? readServerKey(name) : facts.key;
  const token = makeToken(facts, key, terms, signedText);
  const more = unknownFields ? unknown : {};
  const answer: LeaseAnswer = {
    lease: {
      id: lease.id,
      license: terms.id,
      feature: terms.feature,
      units: lease.units,
      grantedAt: formatInstant(facts.nowMs),
      ttlSeconds,
      ...(lease.borrowUntil === undefined ? {} : { borrowUntil: lease.borrowUntil }),
      ...more,
    },
    token,
    licenseFile: signedText,
    serverKey: formatPublicKey(key.publicKey),
    term,
    servedBy: { id: key.id, name, role, ...more },
    servers: servers.map((server) => ({ ...server, ...more })),
    ...more,
  };
  const lie = { ...answer.lease, ...withIds(forgery?.lease) };
  return { document: changed({ ...answer, lease: lie }, forgery?.answer), token };
}

function makeToken(
  { lease, term, ttlSeconds, nonce, nowMs, forgery, unknownFields }: AnswerFacts,
  key: IdentityKey,
  terms: ReturnType<typeof readLicense>['terms'],
  signedText: string,
): string {
  const iat = Math.floor(nowMs / 1000);
  const borrow = lease.borrowUntil && Math.floor(Date.parse(lease.borrowUntil) / 1000);
  const claims: TokenClaims = {
    iss: key.id,
    ledger: key.id,
    term,
    lease: lease.id,
    license: terms.id,
    licenseHash: createHash('sha256').update(signedText).digest('base64url'),
    product: terms.product,
    version: terms.version,
    feature: terms.feature,
    units: lease.units,
    ...(nonce === undefined ? {} : { nonce }),
    holder: lease.holder.instance,
    user: lease.holder.user,
    host: lease.holder.host,
    ...(borrow ? { borrow } : {}),
    iat,
    exp: borrow || iat + ttlSeconds,
    ttl: ttlSeconds,
    ...(unknownFields ? { 'x-later': true } : {}),
  };
  const header = { alg: 'ES256', kid: key.id, typ: 'JWT', ...(unknownFields ? { x: 1 } : {}) };
  const head = encode(changed(header, forgery?.header));
  const signed = `${head}.${encode(changed(claims, forgery?.claims))}`;
  return `${signed}.${signatureOf(signed, key, forgery?.signature ?? 'good')}`;
}

function signatureOf(text: string, key: IdentityKey, kind: Forgery['signature']): string {
  if (kind === 'none') return '';
  if (kind === 'zero') return Buffer.alloc(64).toString('base64url');
  const { privateKey } = kind === 'foreign' ? readServerKey('x') : key;
  const options = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const;
  return sign('sha256', Buffer.from(text), options).toString('base64url');
}

/** The same with other members; null takes one away. */
function changed(document: object, change: Record<string, unknown> = {}): object {
  const merged = { ...document, ...withIds(change) };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null));
}

/** `$id:a` in a vector stands for the id of server `a`. */
function withIds(change: Record<string, unknown> = {}): Record<string, unknown> {
  const text = JSON.stringify(change).replaceAll(
    /\$id:([a-ex])/g,
    (_, name: string) => readServerKey(name as ServerName).id,
  );
  return JSON.parse(text) as Record<string, unknown>;
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
