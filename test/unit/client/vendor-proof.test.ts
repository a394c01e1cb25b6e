import { beforeAll, describe, expect, it } from 'vitest';
import { nodeSignatures } from '../../../src-main/client-transport/node-signatures.ts';
import { findDoubt, type VendorTrust } from '../../../src-shared/client/vendor-proof.ts';
import {
  type CheckoutRequest,
  checkoutRequestSchema,
  type LeaseAnswer,
  type TokenClaims,
} from '../../../src-shared/contract/client-api.ts';
import {
  type LicenseOverride,
  makeLicenseFile,
  makeVendor,
  type TestVendor,
} from '../../support/licenses.ts';
import {
  makeServerKey,
  makeSignedText,
  sealAnswer,
  type TestServerKey,
} from '../../support/proved-answer.ts';
import { ClientHost } from './client-host.ts';

const nowSeconds = Date.parse('2026-03-01T08:00:00Z') / 1000;
const nonce = nodeSignatures.nonce();
const main = makeServerKey();
const backup = makeServerKey();
const stranger = makeServerKey();
let acme: TestVendor;
/** Somebody who calls himself Acme and has another key. */
let impostor: TestVendor;

beforeAll(async () => {
  acme = await makeVendor('Acme');
  impostor = await makeVendor('Acme');
});

const license: LicenseOverride = {
  id: 'acme.drafting',
  feature: 'drafting',
  product: 'Acme CAD',
  version: '2.1',
  servers: [main.id, backup.id],
};

const plainAnswer: LeaseAnswer = {
  lease: {
    id: '00000000-0000-4000-8000-000000000001',
    license: 'acme.drafting',
    feature: 'drafting',
    units: 1,
    grantedAt: '2026-03-01T08:00:00Z',
    ttlSeconds: 30,
  },
  token: '',
  term: 3,
  servedBy: { id: main.id, name: 'main', role: 'primary' },
  servers: [],
};

interface Case {
  vendor?: TestVendor;
  server?: TestServerKey;
  license?: LicenseOverride;
  request?: Partial<CheckoutRequest>;
  claims?: Partial<TokenClaims>;
  plain?: Partial<LeaseAnswer['lease']>;
  change?: (answer: LeaseAnswer) => LeaseAnswer;
}

async function doubtOf(made: Case): Promise<string | null> {
  const granted = { ...license, ...made.license };
  const sealed = sealAnswer(
    { ...plainAnswer, lease: { ...plainAnswer.lease, ...made.plain } },
    nonce,
    {
      server: made.server ?? main,
      signedText: await makeSignedText(made.vendor ?? acme, granted),
      license: granted,
      nowSeconds,
      ...(made.claims && { claims: made.claims }),
    },
  );
  return findDoubt({
    answer: made.change?.(sealed) ?? sealed,
    request: requestOf(made.request),
    nonce,
    vendor: trust(acme),
    signatures: nodeSignatures,
  });
}

function requestOf(request: Partial<CheckoutRequest> = {}): CheckoutRequest {
  return checkoutRequestSchema.parse({
    feature: 'drafting',
    product: 'Acme CAD',
    client: { instance: 'instance-1', user: 'ann', host: 'ws-1' },
    ...request,
  });
}

function trust(...vendors: TestVendor[]): VendorTrust {
  return { keys: vendors.map((vendor) => ({ ...publicKeyOf(vendor), vendor: vendor.key.vendor })) };
}

function publicKeyOf({ key }: TestVendor) {
  return { format: 'understudy-vendor/1' as const, publicKey: key.publicKey };
}

function withoutProof(answer: LeaseAnswer): LeaseAnswer {
  const { licenseFile: _, serverKey: __, ...rest } = answer;
  return rest;
}

const withPart =
  (part: 'payload' | 'signature' | 'protected', change: (text: string) => string) =>
  (answer: LeaseAnswer): LeaseAnswer => {
    const jws = JSON.parse(answer.licenseFile ?? '') as Record<string, string>;
    const licenseFile = JSON.stringify({ ...jws, [part]: change(jws[part] ?? '') });
    return { ...answer, licenseFile };
  };

describe('a seat is backed by the vendor', () => {
  it.each<[string, Case]>([
    ['from the server that the licence names', {}],
    ['from any of these', { server: backup }],
    ['for an older version', { request: { version: '2.0' } }],
    [
      'for a version that was released within its maintenance',
      {
        license: { maintenanceUntil: '2026-01-01T00:00:00Z' },
        request: { released: '2025-12-31T23:59:59Z' },
      },
    ],
    ['for any version, when none was asked for', { license: { version: '1' } }],
    ['for any product, when none was asked for', { request: { product: undefined } }],
    [
      'with dates around the time of the server',
      { license: { notBefore: '2026-03-01T08:00:00Z', expires: '2026-03-01T08:00:01Z' } },
    ],
    [
      'while the clock of its server is in doubt',
      {
        license: { expires: '2026-03-02T00:00:00Z' },
        claims: { iat: nowSeconds + 400 * 86_400 },
      },
    ],
    [
      'borrowed',
      {
        plain: { borrowUntil: '2026-03-05T00:00:00.500Z' },
        claims: { borrow: Date.parse('2026-03-05T00:00:00Z') / 1000 },
      },
    ],
  ])('%s', async (_, made) => {
    expect(await doubtOf(made)).toBeNull();
  });

  it('also with the second of two keys', async () => {
    const answer = sealAnswer(plainAnswer, nonce, {
      server: main,
      signedText: await makeSignedText(acme, license),
      license,
      nowSeconds,
    });
    const asked = { answer, request: requestOf(), nonce, signatures: nodeSignatures };
    expect(findDoubt({ ...asked, vendor: trust(impostor, acme) })).toBeNull();
    expect(findDoubt({ ...asked, vendor: trust(impostor) })).toContain("vendor's key");
    expect(findDoubt({ ...asked, vendor: trust() })).toContain("vendor's key");
    expect(
      findDoubt({ ...asked, vendor: { keys: [{ ...publicKeyOf(acme), vendor: 'Bolt' }] } }),
    ).toContain("vendor's key");
  });
});

describe('a seat is not backed by the vendor', () => {
  it.each<[string, Case, string]>([
    [
      'for a version that was released after its maintenance',
      {
        license: { maintenanceUntil: '2026-01-01T00:00:00Z' },
        request: { released: '2026-01-01T00:00:00Z' },
      },
      'versions released before 2026-01-01',
    ],
    ['of a server without a proof', { change: withoutProof }, 'without the licence'],
    ['with a stripped signature', { change: withPart('signature', () => '') }, "vendor's key"],
    [
      'with a signature in another spelling',
      { change: withPart('signature', (text) => `${text}=`) },
      "vendor's key",
    ],
    [
      "with a vendor of one's own of the same name",
      {
        get vendor() {
          return impostor;
        },
      },
      "vendor's key",
    ],
    [
      'with more units than were signed',
      {
        change: withPart('payload', (text) => {
          const grant = JSON.parse(Buffer.from(text, 'base64url').toString()) as object;
          return Buffer.from(JSON.stringify({ ...grant, units: 99 })).toString('base64url');
        }),
      },
      "vendor's key",
    ],
    [
      'with a header that says "none"',
      {
        change: withPart('protected', () =>
          Buffer.from('{"alg":"none","kid":"x","typ":"understudy-license+jws"}').toString(
            'base64url',
          ),
        ),
      },
      "vendor's key",
    ],
    [
      'with what is no licence',
      { change: (answer) => ({ ...answer, licenseFile: '{' }) },
      'not a signed',
    ],
    [
      'of a server that the licence does not name',
      { server: stranger },
      'does not name the server',
    ],
    ['of a licence that names no servers', { license: { servers: [] } }, 'names no servers'],
    ['for another product', { license: { product: 'Acme PDM' } }, 'for the product Acme PDM'],
    ['for another feature', { license: { feature: 'rendering' } }, 'for the feature rendering'],
    ['for an older version', { request: { version: '2.1.1' } }, 'for version 2.1'],
    ['that ended', { license: { expires: '2026-03-01T08:00:00Z' } }, 'ended at'],
    ['that has not begun', { license: { notBefore: '2026-03-01T08:00:01Z' } }, 'valid from'],
    ['with a token of another holder', { claims: { holder: 'instance-2' } }, 'another holder'],
    ['with a token of another user', { claims: { user: 'bob' } }, 'another holder'],
    ['with a token of another host', { claims: { host: 'ws-2' } }, 'another holder'],
    ['with a token of another feature', { claims: { feature: 'rendering' } }, 'another licence'],
    ['with a token of another product', { claims: { product: 'Acme PDM' } }, 'another licence'],
    ['with a token of another version', { claims: { version: '9' } }, 'another licence'],
    ['with a token of another licence', { claims: { license: 'acme.x' } }, 'another licence'],
    [
      'with a token of a licence changed since',
      { claims: { licenseHash: 'x' } },
      'another licence',
    ],
    ['with a token of no licence', { claims: { licenseHash: undefined } }, 'another licence'],
    [
      'with a token of an earlier request',
      { claims: { nonce: 'A'.repeat(22) } },
      'another request',
    ],
    ['with a token for no request', { claims: { nonce: undefined } }, 'another request'],
    ['with a token of another term', { claims: { term: 2 } }, 'another lease'],
    [
      'with a token of another lease',
      { claims: { lease: '00000000-0000-4000-8000-000000000002' } },
      'another lease',
    ],
    ['with fewer units than were asked for', { request: { units: 2 } }, 'another lease'],
    ['with a token of fewer units', { claims: { units: 2 } }, 'another lease'],
    ['with a longer life than its token has', { claims: { ttl: 5 } }, 'time-to-live'],
    [
      'borrowed for longer than its token says',
      {
        plain: { borrowUntil: '2027-03-05T00:00:00Z' },
        claims: { borrow: Date.parse('2026-03-05T00:00:00Z') / 1000 },
      },
      'time-to-live',
    ],
    [
      'borrowed by the answer alone',
      { plain: { borrowUntil: '2027-03-05T00:00:00Z' } },
      'time-to-live',
    ],
    ['with a token that names another signer', { claims: { iss: backup.id } }, 'another server'],
    [
      'with the key of another server',
      {
        change: (answer) => ({
          ...answer,
          serverKey: backup.publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
        }),
      },
      'not signed with the key',
    ],
    ['with no key', { change: (answer) => ({ ...answer, serverKey: 'AAAA' }) }, 'is none'],
    [
      'with a token without a signature',
      { change: (answer) => ({ ...answer, token: answer.token.replace(/[^.]*$/, '') }) },
      'not signed',
    ],
    [
      'with half a token',
      { change: (answer) => ({ ...answer, token: answer.token.split('.')[1] ?? '' }) },
      'not signed',
    ],
  ])('%s', async (_, made, why) => {
    expect(await doubtOf(made)).toContain(why);
  });
});

describe('a licence that the vendor took back', () => {
  const doubtWith = async (granted: LicenseOverride, ...revoked: string[]) => {
    const answer = sealAnswer(plainAnswer, nonce, {
      server: main,
      signedText: await makeSignedText(acme, granted),
      license: granted,
      nowSeconds,
    });
    const vendor = { ...trust(acme), revoked };
    return findDoubt({ answer, request: requestOf(), nonce, vendor, signatures: nodeSignatures });
  };
  const takenBack = { ...license, serial: 4, revoked: '2026-02-01T00:00:00Z' };

  it('counts no longer, nor does one of an earlier serial', async () => {
    const list = await makeLicenseFile(acme, { ...takenBack, id: 'acme.other' }, takenBack);
    expect(await doubtWith({ ...license, serial: 3 }, list)).toContain('was revoked');
    expect(await doubtWith({ ...license, serial: 4 }, 'no JSON', list)).toContain('was revoked');
    expect(await doubtWith(takenBack)).toContain('was revoked');
  });

  it('counts when it was issued anew, or when it is another one', async () => {
    const list = await makeLicenseFile(acme, takenBack);
    expect(await doubtWith({ ...license, serial: 5 }, list)).toBeNull();
    expect(await doubtWith({ ...license, id: 'acme.other' }, list)).toBeNull();
  });

  it('is not one that somebody else says was taken back', async () => {
    expect(await doubtWith(license, await makeLicenseFile(impostor, takenBack))).toBeNull();
    expect(
      await doubtWith(license, await makeLicenseFile(acme, { ...license, serial: 9 })),
    ).toBeNull();
  });
});

describe('a client that asks for a proof', () => {
  const seal = (server: TestServerKey, signedText: string) => (answer: LeaseAnswer, sent: string) =>
    sealAnswer(answer, sent, { server, signedText, license, nowSeconds });

  it('passes by an impostor and takes the seat of the genuine server', async () => {
    const host = new ClientHost();
    const fake = host.network.add('fake:7470');
    fake.seal = seal(
      stranger,
      await makeSignedText(impostor, { ...license, servers: [stranger.id] }),
    );
    const genuine = host.network.add('main:7470');
    genuine.seal = seal(main, await makeSignedText(acme, license));
    const primary = ['fake:7470', 'main:7470'];
    const client = host.start({ primary }, { vendor: trust(acme) });
    const outcome = await host.time.until(client.checkout(), 1_000);
    expect(outcome).toMatchObject({ ok: true, seat: { server: 'main:7470' } });
    await host.time.advance(60_000);
    expect(client.state).toMatchObject({ state: 'held', cause: 'renewal' });
  });

  it('is refused by impostors alone, in words', async () => {
    const host = new ClientHost();
    const fake = host.network.add('fake:7470');
    fake.seal = seal(stranger, await makeSignedText(acme, license));
    const client = host.start({ primary: ['fake:7470'] }, { vendor: trust(acme) });
    const outcome = await host.time.until(client.checkout(), 1_000);
    expect(outcome).toMatchObject({ ok: false, refusal: { code: 'LICENSE_NOT_PROVED' } });
    expect(client.state).toMatchObject({
      state: 'refused',
      refusal: { message: expect.stringContaining('does not name the server') as unknown },
    });
  });

  it('is not kept going by one that renews in the place of its server', async () => {
    const host = new ClientHost();
    const server = host.network.add('main:7470');
    server.seal = seal(main, await makeSignedText(acme, license));
    const client = host.start(
      { primary: ['main:7470'], graceSeconds: 10 },
      { vendor: trust(acme) },
    );
    await host.time.until(client.checkout(), 1_000);
    let first: LeaseAnswer | undefined;
    const genuine = server.seal;
    // Whoever listened plays back what he heard.
    server.seal = (answer, sent) => (first ??= genuine(answer, sent));
    await host.time.advance(11_000);
    expect(client.state.state).toBe('held');
    await host.time.advance(19_000);
    expect(client.state.state).toBe('retrying');
    await host.time.advance(11_000);
    expect(client.state).toMatchObject({ state: 'grace' });
    await host.time.advance(10_000);
    expect(client.state).toMatchObject({ state: 'lost', refusal: { code: 'LICENSE_NOT_PROVED' } });
  });
});
