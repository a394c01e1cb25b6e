import { z } from 'zod';
import type { TokenClaims } from '../contract/client-api.ts';
import {
  compareVersions,
  coversRelease,
  licenseAlgorithms,
  licenseFormat,
  licenseGrantSchema,
  licenseJwsType,
} from '../model/license.ts';
import { parseJson } from '../model/json.ts';
import { splitCompact } from '../model/signed-text.ts';
import {
  endorsementSchema,
  thumbprintText,
  type VendorPublicKey,
  vendorPublicKeySchema,
} from '../model/vendor.ts';
import { formerKeyIds } from '../model/vendor-succession.ts';
import type { Signatures } from './client-ports.ts';
import { judgeClaims, readToken, type TokenQuestion } from './token-proof.ts';

/** Most keys of a vendor that a client accepts: the one in use and those before and after it. */
export const vendorKeysMax = 8;

/** Whose licences count for an application. */
export interface VendorTrust {
  /** What `issue keygen` wrote to K.pub, as the application carries it. One of them must have signed. */
  keys: readonly VendorPublicKey[];
  /** What the vendor took back, as licence files (`issue revoke`) that the application carries. */
  revoked?: readonly string[] | undefined;
}

/** What an answer is to prove. */
export interface ProofQuestion extends TokenQuestion {
  vendor: VendorTrust;
}

/**
 * What a client has to know of a licence. A newer vendor's tool may have added fields, which are for
 * servers to keep; the server that serves it does not know them either, or refuses the file.
 */
const { id, serial, vendor, product, feature, version, notBefore, expires, servers, revoked } =
  licenseGrantSchema.shape;
const { maintenanceUntil } = licenseGrantSchema.shape;
const grantSchema = z.object({
  format: z.literal(licenseFormat),
  id,
  serial,
  vendor,
  product,
  feature,
  version,
  notBefore,
  expires,
  servers,
  revoked,
  maintenanceUntil,
});
type SignedGrant = z.infer<typeof grantSchema>;

const licenseFileSchema = z.strictObject({
  payload: z.string(),
  protected: z.string(),
  signature: z.string(),
});

const licenseHeaderSchema = z.object({
  alg: z.enum(licenseAlgorithms),
  kid: z.string(),
  typ: z.literal(licenseJwsType),
  endorsements: vendorPublicKeySchema.shape.endorsements,
  crit: z.undefined().optional(),
});

/**
 * Whether an answer is backed by the application's vendor: the vendor's key signed the licence, the
 * licence names the server, and that server's key signed the token, for this licence, this holder and
 * this request (docs/write-a-client.md, "The proof"). Null: it is. Else what is wrong, as a part of a
 * sentence.
 *
 * Dates are judged by the time in the token: it is the server's, signed, and as new as the nonce. The
 * clock of this computer does not matter.
 */
export function findDoubt(question: ProofQuestion): string | null {
  const license = readLicense(question);
  if (typeof license === 'string') return license;
  const opened = readToken(question.answer, question.signatures);
  if (!opened.ok) return opened.doubt;
  const { claims } = opened;
  return (
    judgeGrant(license, claims, question) ??
    judgeServer(license, claims) ??
    judgeToken(license, claims, question)
  );
}

function readLicense({ answer, vendor, signatures }: ProofQuestion): SignedGrant | string {
  if (answer.licenseFile === undefined) return 'it came without the licence that its vendor signed';
  return openLicense(parseJson(answer.licenseFile), vendor, signatures);
}

function openLicense(
  text: unknown,
  vendor: VendorTrust,
  signatures: Signatures,
): SignedGrant | string {
  const jws = licenseFileSchema.safeParse(text);
  if (!jws.success) return 'what came as its licence is not a signed licence';
  for (const key of [...vendor.keys, ...followingKeys(jws.data.protected, vendor, signatures)]) {
    const opened = signatures.open(jws.data, { type: 'vendor', x: key.publicKey.x });
    if (opened === null) continue;
    const header = licenseHeaderSchema.safeParse(opened.header);
    if (!header.success || header.data.kid !== keyIdOf(key.publicKey, signatures)) continue;
    const grant = grantSchema.safeParse(opened.payload);
    if (!grant.success) return 'its licence is of a format that this version does not know';
    if (grant.data.vendor === key.vendor) return grant.data;
  }
  return "its licence is not signed with the vendor's key";
}

/** The key that a licence says it is signed with, when the vendor's keys vouch for it. */
function followingKeys(
  protectedText: string,
  { keys }: VendorTrust,
  signatures: Signatures,
): Pick<VendorPublicKey, 'vendor' | 'publicKey'>[] {
  const header = licenseHeaderSchema.safeParse(signatures.decode(protectedText));
  const endorsements = header.data?.endorsements ?? [];
  const last = splitCompact(endorsements.at(-1) ?? '');
  const claimed = endorsementSchema.safeParse(last && signatures.decode(last.payload));
  if (!claimed.success) return [];
  const former = formerKeyIds({ ...claimed.data, endorsements }, keys, {
    keyIdOf: (publicKey) => keyIdOf(publicKey, signatures),
    open: (jws, x) => signatures.open(jws, { type: 'vendor', x }),
  });
  return former.length === 0 ? [] : [claimed.data];
}

function keyIdOf(publicKey: VendorPublicKey['publicKey'], signatures: Signatures): string {
  return signatures.hash(thumbprintText(publicKey));
}

function judgeGrant(
  grant: SignedGrant,
  claims: TokenClaims,
  question: ProofQuestion,
): string | null {
  const { request } = question;
  if (request.product !== undefined && grant.product !== request.product) {
    return `its licence is for the product ${grant.product}`;
  }
  if (grant.feature !== request.feature) return `its licence is for the feature ${grant.feature}`;
  if (request.version !== undefined && compareVersions(grant.version, request.version) < 0) {
    return `its licence is for version ${grant.version}`;
  }
  if (!coversRelease(grant, request.released)) {
    return `its licence covers versions released before ${grant.maintenanceUntil}`;
  }
  if (isRevoked(grant, question)) return 'its licence was revoked';
  return judgeDates(grant, claims);
}

/** A revocation is a licence of the same id, of the same or a later serial, that says so. */
function isRevoked(grant: SignedGrant, { vendor, signatures }: ProofQuestion): boolean {
  if (grant.revoked !== undefined) return true;
  return (vendor.revoked ?? []).some((file) => {
    const content = parseJson(file);
    const items: unknown[] = Array.isArray(content) ? content : [content];
    return items.some((item) => {
      const taken = openLicense(item, vendor, signatures);
      if (typeof taken === 'string' || taken.revoked === undefined) return false;
      return taken.id === grant.id && taken.serial >= grant.serial;
    });
  });
}

/**
 * A clock in doubt lets licences begin and does not let them end (docs/protocol.md, "Time"): such a
 * server signs by its clock and counts the end of a lease by its ledger's time.
 */
function judgeDates(grant: SignedGrant, { iat, exp, ttl = 0 }: TokenClaims): string | null {
  // A token gives whole seconds, rounded down.
  if (grant.notBefore !== null && Date.parse(grant.notBefore) >= (iat + 1) * 1000) {
    return `its licence is valid from ${grant.notBefore} on`;
  }
  if (grant.expires !== null && Date.parse(grant.expires) <= Math.min(iat, exp - ttl) * 1000) {
    return `its licence ended at ${grant.expires}`;
  }
  return null;
}

function judgeServer({ servers }: SignedGrant, { iss }: TokenClaims): string | null {
  if (servers.length === 0) return 'its licence names no servers, so that any may claim to have it';
  return servers.includes(iss) ? null : `its licence does not name the server ${iss}`;
}

function judgeToken(
  grant: SignedGrant,
  claims: TokenClaims,
  question: ProofQuestion,
): string | null {
  const { answer, signatures } = question;
  const licenseHash = signatures.hash(answer.licenseFile ?? '');
  const isOfLicense =
    claims.licenseHash === licenseHash &&
    claims.license === grant.id &&
    claims.product === grant.product &&
    claims.version === grant.version &&
    claims.feature === grant.feature;
  return isOfLicense ? judgeClaims(claims, question) : 'its token is for another licence';
}
