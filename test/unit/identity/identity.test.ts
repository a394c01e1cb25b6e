import { createHash, createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { serverIdSchema } from '../../../src-shared/model/scalars.ts';
import { serverIdOf } from '../../../src-main/node/identity/server-id.ts';
import { loadIdentity, type Identity } from '../../../src-main/node/identity/identity.ts';
import { expectMode } from '../../support/file-mode.ts';
import { noFileModes, skipFor } from '../../support/skip.ts';

const dayMs = 86_400_000;
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'us-id-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const pathOf = (name: string) => join(directory, name);
const contents = () =>
  Object.fromEntries(
    readdirSync(directory).map((name) => [name, readFileSync(pathOf(name), 'utf8')]),
  );

describe('a first start', () => {
  test('makes a key and a certificate, and the next start finds the same', async () => {
    const made = await loadIdentity(directory);
    expect(Object.keys(contents()).sort()).toEqual(['server-cert.pem', 'server-key.pem']);
    expect(serverIdSchema.safeParse(made.id).success).toBe(true);
    const again = await loadIdentity(directory);
    expect([again.id, again.keyPem, again.certPem]).toEqual([made.id, made.keyPem, made.certPem]);
    expect(again.publicKeyPem).toBe(made.publicKeyPem);
  });

  test('lets nobody else read the key', skipFor(noFileModes), async () => {
    await loadIdentity(directory);
    expect(statSync(pathOf('server-key.pem')).mode & 0o777).toBe(0o600);
  });

  test('makes another server each time', async () => {
    const made = await loadIdentity(join(directory, 'a'));
    expect((await loadIdentity(join(directory, 'b'))).id).not.toBe(made.id);
  });

  test('goes on after a crash between key and certificate, or while writing', async () => {
    const made = await loadIdentity(directory);
    rmSync(pathOf('server-cert.pem'));
    writeFileSync(pathOf('server-cert.pem.new'), '-----BEGIN CERT');
    const again = await loadIdentity(directory);
    expect(again.id).toBe(made.id);
    expect(new X509Certificate(again.certPem).checkPrivateKey(again.privateKey)).toBe(true);
    expect(Object.keys(contents()).sort()).toEqual(['server-cert.pem', 'server-key.pem']);

    rmSync(pathOf('server-cert.pem'));
    rmSync(pathOf('server-key.pem'));
    writeFileSync(pathOf('server-key.pem.new'), '-----BEGIN PRIV', { mode: 0o644 });
    expect((await loadIdentity(directory)).id).not.toBe(made.id);
    expectMode(pathOf('server-key.pem'), 0o600);
  });
});

test('the id is the SHA-256 of the public key that TLS shows', async () => {
  const identity = await loadIdentity(directory);
  const certificate = new X509Certificate(identity.certPem);
  const spki = createPublicKey(certificate.publicKey.export({ type: 'spki', format: 'pem' }));
  const der = spki.export({ type: 'spki', format: 'der' });
  expect(createHash('sha256').update(der).digest('hex')).toBe(identity.id);
  expect(serverIdOf(identity.publicKey)).toBe(identity.id);
  expect(certificate.checkIssued(certificate)).toBe(true);
});

describe('the certificate', () => {
  test('serves TLS 1.3 for localhost, its address and the names of the host', async () => {
    const hostNames = ['lic1.example', 'LIC_2', 'bücher.example', 'not a name', '', '10.1.2.3'];
    const identity = await loadIdentity(directory, { hostNames });
    const certificate = new X509Certificate(identity.certPem);
    for (const name of ['localhost', 'lic1.example', 'xn--bcher-kva.example']) {
      expect(certificate.checkHost(name)).toBe(name);
    }
    expect(certificate.subjectAltName).toContain('DNS:lic_2');
    for (const address of ['127.0.0.1', '::1', '10.1.2.3']) {
      expect(certificate.checkIP(address)).toBe(address);
    }
    expect(await shakeHands(identity)).toEqual({ authorized: true, protocol: 'TLSv1.3' });
  });

  test('is kept from start to start', async () => {
    const hostNames = ['LIC_2', 'bücher.example', 'fe80::1', 'a.b.c.example'];
    const made = await loadIdentity(directory, { hostNames });
    expect((await loadIdentity(directory, { hostNames })).certPem).toBe(made.certPem);
  });

  test('is made anew with the same key when the name of the host changes', async () => {
    const made = await loadIdentity(directory, { hostNames: ['old.example'] });
    const again = await loadIdentity(directory, { hostNames: ['new.example'] });
    expect(again.id).toBe(made.id);
    expect(new X509Certificate(again.certPem).checkHost('new.example')).toBe('new.example');
  });

  test('is made anew with the same key before it ends, and when the clock was wrong', async () => {
    const nowMs = Date.parse('2026-05-01T00:00:00Z');
    const made = await loadIdentity(directory, { nowMs });
    const later = await loadIdentity(directory, { nowMs: nowMs + 2_900 * dayMs });
    expect(later.certPem).toBe(made.certPem);
    const nearEnd = await loadIdentity(directory, { nowMs: nowMs + 3_000 * dayMs });
    expect(nearEnd.certPem).not.toBe(made.certPem);
    const setBack = await loadIdentity(directory, { nowMs });
    expect(Date.parse(new X509Certificate(setBack.certPem).validFrom)).toBeLessThanOrEqual(nowMs);
    expect(new Set([made.id, later.id, nearEnd.id, setBack.id]).size).toBe(1);
  });

  test('is made anew when it is damaged or of another key', async () => {
    const made = await loadIdentity(directory);
    const foreign = await loadIdentity(join(directory, 'other'));
    for (const text of ['', made.certPem.slice(0, 200), foreign.certPem]) {
      writeFileSync(pathOf('server-cert.pem'), text);
      const again = await loadIdentity(directory);
      expect(again.id).toBe(made.id);
      expect(new X509Certificate(again.certPem).checkPrivateKey(again.privateKey)).toBe(true);
    }
  });
});

describe('a damaged identity is told and left alone', () => {
  const otherKeys = {
    'of another curve': () => generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey,
    'of another kind': () => generateKeyPairSync('ed25519').privateKey,
  };

  async function expectDamaged() {
    const before = contents();
    await expect(loadIdentity(directory)).rejects.toMatchObject({
      name: 'NodeStartFailure',
      code: 'IDENTITY_DAMAGED',
      message: expect.stringMatching(/server-key\.pem .*Restore/) as unknown,
    });
    expect(contents()).toEqual(before);
  }

  test('a key that is cut off anywhere', async () => {
    const { keyPem } = await loadIdentity(directory);
    for (let end = 0; end < keyPem.trimEnd().length; end += 7) {
      writeFileSync(pathOf('server-key.pem'), keyPem.slice(0, end));
      await expectDamaged();
    }
  });

  test('a key that is not one', async () => {
    await loadIdentity(directory);
    for (const text of [
      '\0'.repeat(241),
      'hello',
      readFileSync(pathOf('server-cert.pem'), 'utf8'),
    ]) {
      writeFileSync(pathOf('server-key.pem'), text);
      await expectDamaged();
    }
  });

  test.each(Object.entries(otherKeys))('a key %s', async (_name, makeKey) => {
    writeFileSync(pathOf('server-key.pem'), makeKey().export({ type: 'pkcs8', format: 'pem' }));
    await expectDamaged();
  });

  test('a key that is gone while its certificate is there', async () => {
    await loadIdentity(directory);
    rmSync(pathOf('server-key.pem'));
    await expectDamaged();
  });
});

test('a directory that cannot be used is told', skipFor(noFileModes), async () => {
  const file = pathOf('file');
  writeFileSync(file, '');
  await expect(loadIdentity(join(file, 'data'))).rejects.toMatchObject({
    code: 'DATA_DIRECTORY_UNUSABLE',
    message: expect.stringContaining(file) as unknown,
  });
});

const noReadOnly = noFileModes ?? (process.getuid?.() === 0 ? 'root may write anywhere' : null);

test('a directory that is read-only is told', skipFor(noReadOnly), async () => {
  chmodSync(directory, 0o500);
  await expect(loadIdentity(directory)).rejects.toMatchObject({ code: 'DATA_DIRECTORY_UNUSABLE' });
  chmodSync(directory, 0o700);
});

async function shakeHands(identity: Identity) {
  const server = createServer({ key: identity.keyPem, cert: identity.certPem });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  try {
    const socket = await new Promise<TLSSocket>((resolve, reject) => {
      const opened = connect({ host: '127.0.0.1', port, ca: identity.certPem }, () => {
        resolve(opened);
      });
      opened.on('error', reject);
    });
    const seen = { authorized: socket.authorized, protocol: socket.getProtocol() };
    socket.destroy();
    return seen;
  } finally {
    server.close();
  }
}
