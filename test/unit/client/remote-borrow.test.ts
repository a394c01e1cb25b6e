import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerOfBorrowed, readBorrowed } from '../../../src-shared/client/borrowed-seat.ts';
import {
  readTokenFile,
  takeTokenFile,
  type TokenFileOptions,
} from '../../../src-shared/client/remote-borrow.ts';
import type { LeaseAnswer, TokenClaims } from '../../../src-shared/contract/client-api.ts';
import {
  borrowFileBytesMax,
  formatBorrowRequest,
  formatBorrowToken,
  parseBorrowFile,
  readBorrowRequest,
  readBorrowReturn,
} from '../../../src-shared/contract/remote-borrow.ts';
import { formatInstant } from '../../../src-shared/model/scalars.ts';
import { dayMs, hourMs } from '../../../src-shared/model/time-units.ts';
import { nodeSignatures } from '../../../src-main/client-transport/node-signatures.ts';
import { fileSignatures } from '../../../src-main/node/identity/file-signatures.ts';
import { OfflineMachine } from '../../support/borrow-files.ts';
import { makeVendor } from '../../support/licenses.ts';
import { makeServerKey, makeSignedText, sealAnswer } from '../../support/proved-answer.ts';
import { leaseIdOf } from '../../support/records.ts';

const wallMs = Date.parse('2026-03-01T12:00:00Z');
const machine = new OfflineMachine({}, wallMs);
const other = new OfflineMachine({}, wallMs);
const server = makeServerKey();
const until = machine.asked.request.borrowUntil ?? '';

const read = (text: string) => readBorrowRequest(parseBorrowFile(text), fileSignatures);

/** The answer of a server to the request file of the machine, but for what is said. */
async function makeAnswer(
  claims: Partial<TokenClaims> = {},
  lease: Partial<LeaseAnswer['lease']> = {},
): Promise<LeaseAnswer> {
  const vendor = await makeVendor();
  const license = { servers: [server.id] };
  const answer: LeaseAnswer = {
    lease: {
      id: leaseIdOf(1),
      license: 'acme-cad',
      feature: 'cad',
      units: 1,
      grantedAt: formatInstant(wallMs),
      ttlSeconds: 60,
      borrowUntil: until,
      ...lease,
    },
    token: '',
    term: 3,
    servedBy: { id: server.id, name: 'Main', role: 'primary' },
    servers: [{ id: server.id, name: 'Main', url: 'https://main:7470', active: true }],
  };
  const { instance } = machine.asked.request.client;
  return sealAnswer(answer, machine.asked.nonce, {
    server,
    signedText: await makeSignedText(vendor, license),
    license,
    nowSeconds: wallMs / 1000,
    claims: {
      holder: instance,
      user: 'ann',
      host: 'laptop-7',
      borrow: Math.floor(Date.parse(until) / 1000),
      ...claims,
    },
  });
}

const options: TokenFileOptions = { signatures: nodeSignatures, wallMs, fingerprints: [] };

describe('a request file', () => {
  it('says what the machine that signed it asks for', () => {
    expect(read(machine.requestFile)).toEqual({
      ok: true,
      value: { ...machine.asked, requestedAt: formatInstant(wallMs) },
    });
  });

  it('is refused when a single character of it is another one', () => {
    const text = machine.requestFile;
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.constantFrom('A', 'b', '7', '_'), (at, letter) => {
        const changed = `${text.slice(0, at)}${letter}${text.slice(at + 1)}`;
        const parsed = parseBorrowFile(changed);
        fc.pre(JSON.stringify(parsed) !== JSON.stringify(JSON.parse(text)));
        expect(readBorrowRequest(parsed, fileSignatures).ok).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it('is refused with a sentence, whatever it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const answer = readBorrowRequest(value, fileSignatures);
        expect(answer).toMatchObject({ ok: false, message: expect.stringMatching(/\.$/) });
      }),
    );
    const long = `${machine.requestFile}${' '.repeat(borrowFileBytesMax)}`;
    expect(read(long).ok).toBe(false);
  });

  it('does not ask in the name of another machine, nor twice, nor without an end', () => {
    const { request, nonce } = machine.asked;
    const requestedAt = formatInstant(wallMs);
    const forged = (changed: object) =>
      read(
        formatBorrowRequest(
          { request: { ...request, borrowUntil: until, ...changed }, nonce, requestedAt },
          machine.signer,
        ),
      );
    expect(forged({})).toMatchObject({ ok: true });
    const message = 'The request file does not ask for the machine that signed it.';
    const refused = { ok: false, message };
    expect(forged({ client: other.asked.request.client })).toEqual(refused);
    expect(forged({ request: 1 })).toEqual(refused);
    expect(forged({ borrowUntil: undefined })).toEqual(refused);
    expect(forged({ admin: true })).toMatchObject({ ok: false });
  });

  it('is told from a return file', async () => {
    const returned = machine.returnFile(await makeAnswer());
    expect(read(returned)).toEqual({
      ok: false,
      message: 'This is a return file, not a request file.',
    });
    const parsed = parseBorrowFile(machine.requestFile);
    expect(readBorrowReturn(parsed, fileSignatures)).toEqual({
      ok: false,
      message: 'This is a request file, not a return file.',
    });
    expect(readBorrowReturn(parseBorrowFile(returned), fileSignatures)).toMatchObject({
      ok: true,
      value: { lease: leaseIdOf(1), instance: machine.asked.request.client.instance },
    });
  });
});

describe('a token file', () => {
  it('is what the machine goes on with, until its end', async () => {
    const answer = await makeAnswer();
    expect(readTokenFile(formatBorrowToken(answer))).toEqual(answer);
    const taken = takeTokenFile(answer, machine.asked, options);
    if (!taken.ok) throw new Error(taken.message);
    expect(answerOfBorrowed(taken.borrowed)).toEqual(answer);
    const later = (ms: number) => ({ wallMs: wallMs + ms, monotonicMs: 0 });
    const { request } = machine.asked;
    expect(readBorrowed(taken.borrowed, request, later(hourMs))).toMatchObject({ ok: true });
    expect(readBorrowed(taken.borrowed, request, later(3 * hourMs))).toMatchObject({
      refusal: { code: 'BORROW_ENDED' },
    });
  });

  it.each<[string, Partial<TokenClaims>, Partial<LeaseAnswer['lease']>, RegExp]>([
    ['another machine', { holder: other.asked.request.client.instance }, {}, /another holder/],
    ['another user', { user: 'bob' }, {}, /another holder/],
    ['another request', { nonce: other.asked.nonce }, {}, /another request/],
    ['a longer time', {}, { borrowUntil: formatInstant(wallMs + dayMs) }, /another time-to-live/],
    ['an ordinary seat', { borrow: undefined }, {}, /another time-to-live/],
    ['more units', {}, { units: 2 }, /another lease/],
    ['another lease', {}, { id: leaseIdOf(2) }, /./],
  ])('for %s is refused', async (what, claims, lease, message) => {
    const answer = await makeAnswer(claims, lease);
    // The seal follows the lease: what is beside the token is changed afterwards.
    const changed =
      what === 'another lease'
        ? { ...answer, lease: { ...answer.lease, id: leaseIdOf(3) } }
        : answer;
    expect(takeTokenFile(changed, machine.asked, options)).toMatchObject({
      ok: false,
      code: 'BORROW_FILE_WRONG',
      message: expect.stringMatching(message),
    });
  });

  it('of a server that is not accepted, or of another key, is refused', async () => {
    const answer = await makeAnswer();
    const accepted = { ...options, fingerprints: [server.id] };
    expect(takeTokenFile(answer, machine.asked, accepted)).toMatchObject({ ok: true });
    const stranger = { ...options, fingerprints: ['0'.repeat(64)] };
    expect(takeTokenFile(answer, machine.asked, stranger)).toMatchObject({
      code: 'SERVER_NOT_TRUSTED',
    });
    const foreign = makeServerKey();
    const spki = foreign.publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
    const swapped = { ...answer, serverKey: spki };
    expect(takeTokenFile(swapped, machine.asked, options)).toMatchObject({
      code: 'BORROW_FILE_WRONG',
    });
    const { serverKey: _, ...keyless } = answer;
    expect(takeTokenFile(keyless, machine.asked, options)).toMatchObject({
      code: 'BORROW_FILE_WRONG',
    });
  });

  it('that the vendor does not vouch for is refused where that is asked', async () => {
    const stranger = await makeVendor('Acme');
    const { vendor, publicKey } = stranger.key;
    const key = { format: 'understudy-vendor/1', vendor, publicKey } as const;
    const asked = { ...options, vendor: { keys: [key] } };
    expect(takeTokenFile(await makeAnswer(), machine.asked, asked)).toMatchObject({
      code: 'LICENSE_NOT_PROVED',
    });
  });

  it('is refused after its end, and by a machine whose clock is behind', async () => {
    const answer = await makeAnswer();
    const at = (ms: number) => takeTokenFile(answer, machine.asked, { ...options, wallMs: ms });
    expect(at(Date.parse(until))).toMatchObject({ code: 'BORROW_ENDED' });
    expect(at(wallMs - 2 * hourMs)).toMatchObject({ code: 'CLOCK_WRONG' });
    expect(at(wallMs - hourMs / 2)).toMatchObject({ ok: true });
  });

  it.each(['', '{', 'null', '[]', '{"format":"understudy-borrow-token/2"}', 'x'.repeat(600_000)])(
    'is none: %.40s',
    (text) => expect(readTokenFile(text)).toBe(undefined),
  );
});
