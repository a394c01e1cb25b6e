import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { refuse, type Refusal } from '../../../src-shared/contract/admin-error.ts';
import {
  serverRequestJwsType,
  serverRequestSchema,
  type ServerRequest,
} from '../../../src-shared/model/server-request.ts';
import { parseJsonText } from './json-text.ts';
import { decodeMember, isSignedWithP256, parseJws } from './license-jws.ts';

const headerSchema = z.object({
  alg: z.literal('ES256'),
  kid: z.string(),
  typ: z.literal(serverRequestJwsType),
  jwk: z.object({ kty: z.literal('EC'), crv: z.literal('P-256'), x: z.string(), y: z.string() }),
  crit: z.undefined().optional(),
});

/**
 * The servers that an admin asks a licence for (`understudy servers request-file`). One of them signed
 * the file, so that it came over whole; who that is, is for the vendor to know. Code on refusal:
 * REQUEST_MALFORMED.
 */
export function readServerRequest(text: string): { ok: true; request: ServerRequest } | Refusal {
  const json = parseJsonText(text, 'REQUEST_MALFORMED', 'a request file');
  if (!json.ok) return json;
  const jws = parseJws(json.value);
  const header = headerSchema.safeParse(jws && decodeMember(jws.protected));
  if (!jws || !header.success) {
    return malformed(
      'This is no request file. The admin makes one with `understudy servers request-file FILE`.',
    );
  }
  const request = serverRequestSchema.safeParse(decodeMember(jws.payload));
  const key = keyOf(header.data.jwk);
  if (!request.success || !key || !isSignedWithP256(jws, key)) {
    return malformed(
      'The request file was changed or damaged on its way. Ask the admin for it again.',
    );
  }
  const id = createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex');
  if (id !== header.data.kid || !request.data.servers.some((server) => server.id === id)) {
    return malformed('The request file is not signed by one of the servers that it names.');
  }
  return { ok: true, request: request.data };
}

function keyOf(jwk: z.infer<typeof headerSchema>['jwk']): KeyObject | undefined {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' });
  } catch {
    return undefined;
  }
}

function malformed(message: string): Refusal {
  return refuse('REQUEST_MALFORMED', message);
}
