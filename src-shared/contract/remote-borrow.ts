import { z } from 'zod';
import type { OpenedText, SignedText } from '../model/signed-text.ts';
import { instantSchema, leaseIdSchema } from '../model/scalars.ts';
import { parseJson } from '../model/json.ts';
import {
  checkoutRequestSchema,
  type LeaseAnswer,
  leaseAnswerSchema,
  nonceSchema,
} from './client-api.ts';

// A seat for a machine that reaches no server: what it asks and what it gives back stand in files that the
// machine signs, and somebody carries (docs/borrowing.md, docs/adr/0023-a-machine-is-a-key.md).

/** Longest request and return file in bytes; it is also the longest body of a request of a client. */
export const borrowFileBytesMax = 16 * 1024;

const requestType = 'understudy-borrow-request+jws';
const returnType = 'understudy-borrow-return+jws';

/** The public key of the machine: P-256, SubjectPublicKeyInfo (DER), base64. */
const keySchema = z.string().max(256);

const memberSchema = z.string().regex(/^[A-Za-z0-9_-]+$/, 'must be base64url');

/** A request or return file, which is also the body of the requests that carry them. */
export const borrowFileSchema = z
  .strictObject({
    payload: memberSchema.describe('What the machine says, base64url.'),
    protected: memberSchema.describe('The header: `alg` ES256 and `typ`, base64url.'),
    signature: memberSchema.describe('Of the key in the payload, base64url.'),
  })
  .describe('A flattened JWS: the file, as the machine made it.');

const headerSchema = z.object({
  alg: z.literal('ES256'),
  typ: z.string(),
  crit: z.undefined().optional(),
});

const requestPayloadSchema = z.strictObject({
  format: z.literal('understudy-borrow-request/1'),
  key: keySchema,
  nonce: nonceSchema,
  request: checkoutRequestSchema,
  requestedAt: instantSchema,
});
type RequestPayload = z.infer<typeof requestPayloadSchema>;

const returnPayloadSchema = z.strictObject({
  format: z.literal('understudy-borrow-return/1'),
  key: keySchema,
  lease: leaseIdSchema,
  /** Proof of the lease, as the machine got it. */
  token: z.string().max(8_192),
  returnedAt: instantSchema,
});
type ReturnPayload = z.infer<typeof returnPayloadSchema>;

/** What a machine asks for. */
export interface BorrowRequest {
  request: RequestPayload['request'] & { borrowUntil: string };
  /** What the token is to repeat. */
  nonce: string;
  requestedAt: string;
}

/** What a machine gives back. */
export interface BorrowReturn {
  lease: string;
  token: string;
  /** `client.instance` of the holder: the machine that signed. */
  instance: string;
  returnedAt: string;
}

/** None of these throws. */
export interface FileSignatures {
  /** JSON behind a base64url member of a JWS; undefined when there is none. */
  decode(member: string): unknown;
  /** SHA-256 of a P-256 key (SubjectPublicKeyInfo, DER, base64), 64 hex digits; null: it is none. */
  keyIdOf(spki: string): string | null;
  /** What was signed with this key; null when it was not. */
  open(jws: SignedText, spki: string): OpenedText | null;
}

const machinePrefix = 'machine:';
const machinePattern = /^machine:[0-9a-f]{64}$/;

/** `client.instance` of a machine: nobody else can sign for it. */
export function machineInstanceOf(keyId: string): string {
  return `${machinePrefix}${keyId}`;
}

/** Whether a holder is a machine with a key, for which its files alone speak. */
export function isMachine(instance: string): boolean {
  return machinePattern.test(instance);
}

/** How many times a machine asks with one key: once, so that a file used twice gives no second seat. */
export const machineRequestNumber = 0;

type Read<T> = { ok: true; value: T } | { ok: false; message: string };

/** A request file, signed by the machine that it is for. */
export function readBorrowRequest(file: unknown, signatures: FileSignatures): Read<BorrowRequest> {
  const opened = openFile(file, requestType, signatures);
  if (!opened.ok) return opened;
  const payload = requestPayloadSchema.safeParse(opened.value.payload);
  if (!payload.success) return refuse(describeUnknown('request file', payload.error));
  const { request, nonce, requestedAt } = payload.data;
  const { borrowUntil } = request;
  const isWhole =
    borrowUntil !== undefined &&
    request.request === machineRequestNumber &&
    request.client.instance === machineInstanceOf(opened.value.keyId);
  if (!isWhole) return refuse('The request file does not ask for the machine that signed it.');
  return { ok: true, value: { request: { ...request, borrowUntil }, nonce, requestedAt } };
}

/** A return file, signed by the machine that holds the seat. */
export function readBorrowReturn(file: unknown, signatures: FileSignatures): Read<BorrowReturn> {
  const opened = openFile(file, returnType, signatures);
  if (!opened.ok) return opened;
  const payload = returnPayloadSchema.safeParse(opened.value.payload);
  if (!payload.success) return refuse(describeUnknown('return file', payload.error));
  const { lease, token, returnedAt } = payload.data;
  const instance = machineInstanceOf(opened.value.keyId);
  return { ok: true, value: { lease, token, instance, returnedAt } };
}

const names: Readonly<Record<string, string>> = {
  [requestType]: 'request file',
  [returnType]: 'return file',
};

/** What the file says, proved to be signed with the key that it names, whose id is `keyId`. */
function openFile(
  file: unknown,
  type: string,
  signatures: FileSignatures,
): Read<{ payload: unknown; keyId: string }> {
  const name = names[type] ?? '';
  const jws = borrowFileSchema.safeParse(file);
  const header = headerSchema.safeParse(jws.data && signatures.decode(jws.data.protected));
  if (!jws.success || !header.success) return refuse(`This is no ${name} of a machine.`);
  const { typ } = header.data;
  if (typ !== type) {
    return refuse(`This is ${names[typ] === undefined ? 'no' : `a ${names[typ]}, not a`} ${name}.`);
  }
  const claimed = z.looseObject({ key: keySchema }).safeParse(signatures.decode(jws.data.payload));
  const keyId = claimed.success ? signatures.keyIdOf(claimed.data.key) : null;
  const opened = claimed.success ? signatures.open(jws.data, claimed.data.key) : null;
  if (keyId === null || opened === null) {
    return refuse(
      `The ${name} was changed or damaged on its way. Copy it from the machine once more.`,
    );
  }
  return { ok: true, value: { payload: opened.payload, keyId } };
}

function describeUnknown(name: string, { issues }: z.ZodError): string {
  const [issue] = issues;
  const where = issue?.path.join('.') ?? '';
  return (
    `The ${name} says something that this version does not know ` +
    `(${where === '' ? 'format' : where}: ${issue?.message ?? 'is not valid'}). Use one version of ` +
    'Understudy on the machine and on the server.'
  );
}

function refuse(message: string): { ok: false; message: string } {
  return { ok: false, message };
}

/** Signs a file for the machine; each text in base64url. */
export interface FileSigner {
  /** The public key, as in `keySchema`. */
  spki: string;
  encode: (value: unknown) => string;
  /** ECDSA P-256 over SHA-256, as two numbers of 32 bytes (RFC 7518, section 3.4). */
  sign: (text: string) => string;
}

/** The text of a request file. */
export function formatBorrowRequest(
  { request, nonce, requestedAt }: BorrowRequest,
  signer: FileSigner,
): string {
  const { spki: key } = signer;
  const payload: RequestPayload = {
    format: 'understudy-borrow-request/1',
    ...{ key, nonce, request, requestedAt },
  };
  return formatSigned(payload, requestType, signer);
}

/** The text of a return file. */
export function formatBorrowReturn(
  { lease, token, returnedAt }: Omit<BorrowReturn, 'instance'>,
  signer: FileSigner,
): string {
  const { spki: key } = signer;
  const payload: ReturnPayload = {
    format: 'understudy-borrow-return/1',
    ...{ key, lease, token, returnedAt },
  };
  return formatSigned(payload, returnType, signer);
}

function formatSigned(payload: object, typ: string, { encode, sign }: FileSigner): string {
  const head = encode({ alg: 'ES256', typ });
  const body = encode(payload);
  const signature = sign(`${head}.${body}`);
  return `${JSON.stringify({ payload: body, protected: head, signature }, null, 2)}\n`;
}

/** JSON of a file that somebody carried, when it is no longer than such files are; else undefined. */
export function parseBorrowFile(text: string): unknown {
  return text.length > borrowFileBytesMax ? undefined : parseJson(text);
}

/** Longest token file in bytes. */
export const borrowTokenBytesMax = 512 * 1024;

/** What the machine gets back: the answer of the server, of which the token proves itself. */
export const borrowTokenSchema = z.strictObject({
  format: z.literal('understudy-borrow-token/1'),
  answer: leaseAnswerSchema,
});

/** The text of a token file. */
export function formatBorrowToken(answer: LeaseAnswer): string {
  const content: z.infer<typeof borrowTokenSchema> = {
    format: 'understudy-borrow-token/1',
    answer,
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}
