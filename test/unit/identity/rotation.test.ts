import { X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { addFormerKey } from '../../../src-main/node/identity/former-keys.ts';
import { makeIdentityKey } from '../../../src-main/node/identity/key-file.ts';
import { storeNextKey } from '../../../src-main/node/identity/next-key.ts';
import { type Identity, loadIdentity } from '../../../src-main/node/identity/identity.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';
import { noFileModes, skipFor } from '../../support/skip.ts';

let directory: string;
let first: Identity;
beforeEach(async () => {
  directory = makeTemporaryDirectory();
  first = await loadIdentity(directory);
});

const pathOf = (name: string) => join(directory, name);
const names = () => readdirSync(directory).sort();
const contents = () =>
  Object.fromEntries(names().map((name) => [name, readFileSync(pathOf(name), 'utf8')]));

/** All that makes an identity fits together. */
function expectWhole(identity: Identity): void {
  expect(new X509Certificate(identity.certPem).checkPrivateKey(identity.privateKey)).toBe(true);
  expect(contents()).toMatchObject({
    'server-key.pem': identity.keyPem,
    'server-cert.pem': identity.certPem,
  });
  expect(identity.formerKeys.has(identity.id)).toBe(false);
}

describe('a next key', () => {
  it('is taken into use at the next start, and the one before is remembered', async () => {
    const next = await makeIdentityKey();
    await storeNextKey(directory, next);
    const identity = await loadIdentity(directory);
    expect(identity).toMatchObject({ id: next.id, nextKey: null });
    expectWhole(identity);
    expect([...identity.formerKeys.keys()]).toEqual([first.id]);
    expect(identity.formerKeys.get(first.id)?.equals(first.publicKey)).toBe(true);
    expect(names()).toEqual(['former-keys.json', 'server-cert.pem', 'server-key.pem']);
    expect(JSON.stringify(contents())).not.toContain(JSON.stringify(first.keyPem));

    const again = await loadIdentity(directory);
    expect([again.id, again.certPem]).toEqual([identity.id, identity.certPem]);
    expect([...again.formerKeys.keys()]).toEqual([first.id]);
  });

  it('can follow one that followed another', async () => {
    const ids = [first.id];
    for (let n = 0; n < 3; n++) {
      const next = await makeIdentityKey();
      await storeNextKey(directory, next);
      const identity = await loadIdentity(directory);
      expect([...identity.formerKeys.keys()]).toEqual(ids);
      ids.push(identity.id);
    }
    expect(new Set(ids).size).toBe(4);
  });

  it('waits while it may not be taken', async () => {
    const next = await makeIdentityKey();
    await storeNextKey(directory, next);
    const before = contents();
    const waiting = await loadIdentity(directory, { mayTakeNextKey: () => false });
    expect(waiting.id).toBe(first.id);
    expect(waiting.nextKey?.id).toBe(next.id);
    expect(contents()).toEqual(before);
    expect((await loadIdentity(directory)).id).toBe(next.id);
  });

  it('is for nobody else to read', skipFor(noFileModes), async () => {
    await storeNextKey(directory, await makeIdentityKey());
    expect(statSync(pathOf('next-server-key.pem')).mode & 0o777).toBe(0o600);
    await loadIdentity(directory);
    expect(statSync(pathOf('server-key.pem')).mode & 0o777).toBe(0o600);
  });
});

describe('after a crash there is one whole identity', () => {
  it('while the next key was being written: the present one', async () => {
    const { keyPem } = await makeIdentityKey();
    writeFileSync(pathOf('next-server-key.pem.new'), keyPem.slice(0, 100));
    const identity = await loadIdentity(directory);
    expect(identity).toMatchObject({ id: first.id, nextKey: null });
    expectWhole(identity);
  });

  it('before the key was replaced: the next start replaces it', async () => {
    const next = await makeIdentityKey();
    await storeNextKey(directory, next);
    await addFormerKey(directory, first.publicKey);
    // Meanwhile the server may have to stay what it is.
    const waiting = await loadIdentity(directory, { mayTakeNextKey: () => false });
    expect(waiting.id).toBe(first.id);
    expectWhole(waiting);
    const identity = await loadIdentity(directory);
    expect(identity.id).toBe(next.id);
    expectWhole(identity);
    expect([...identity.formerKeys.keys()]).toEqual([first.id]);
  });

  it('after the key was replaced, with the certificate of the one before', async () => {
    const next = await makeIdentityKey();
    await storeNextKey(directory, next);
    await addFormerKey(directory, first.publicKey);
    renameSync(pathOf('next-server-key.pem'), pathOf('server-key.pem'));
    const identity = await loadIdentity(directory);
    expect(identity.id).toBe(next.id);
    expectWhole(identity);
    expect([...identity.formerKeys.keys()]).toEqual([first.id]);
  });
});

describe('what is damaged is told and left alone', () => {
  it.each(['next-server-key.pem', 'former-keys.json'])('%s', async (name) => {
    await storeNextKey(directory, await makeIdentityKey());
    await addFormerKey(directory, (await makeIdentityKey()).publicKey);
    const whole = readFileSync(pathOf(name), 'utf8');
    for (const text of ['', whole.slice(0, 60), '{}', first.certPem]) {
      writeFileSync(pathOf(name), text);
      const before = contents();
      await expect(loadIdentity(directory)).rejects.toMatchObject({
        name: 'NodeStartFailure',
        code: 'IDENTITY_DAMAGED',
        message: expect.stringMatching(`${name} .*Restore .*move it away`) as unknown,
      });
      expect(contents()).toEqual(before);
    }
  });
});
