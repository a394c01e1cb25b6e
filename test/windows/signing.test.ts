import { spawnSync } from 'node:child_process';
import { cpSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { must } from '../bare/base-root.ts';
import { flipBitOfFile } from '../support/flip-bit.ts';
import { skipFor } from '../support/skip.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';
import { loadScript } from '../unit/scripts/load-script.ts';
import { buildFakeInstallation } from './host-programs.ts';
import { whyNoWindows } from './windows-root.ts';

interface Signing {
  pfx: string;
  passwordFile: string;
}

interface SignScript {
  signingFrom(env: Record<string, string>): Signing | null;
  signForWindows(file: string, signing: Signing): Promise<void>;
}

interface MsiScript {
  makeMsi(tree: string, output: string): Promise<void>;
}

/** A certificate for signing code that signs itself. */
function makeCertificate(folder: string) {
  const [key, certificate, pfx, passwordFile] = ['key', 'pem', 'pfx', 'txt'].map((ending) =>
    join(folder, `signer.${ending}`),
  ) as [string, string, string, string];
  const subject = ['-subj', '/CN=Understudy tests', '-addext', 'extendedKeyUsage=codeSigning'];
  const made = ['-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', certificate];
  must('openssl', ['req', '-x509', ...made, ...subject]);
  writeFileSync(passwordFile, 'secret');
  const out = ['-out', pfx, '-passout', `file:${passwordFile}`];
  must('openssl', ['pkcs12', '-export', '-inkey', key, '-in', certificate, ...out]);
  return { certificate, pfx, passwordFile };
}

it('signs the programs and the installer', skipFor(whyNoWindows()), async () => {
  const folder = makeTemporaryDirectory();
  const { certificate, ...signing } = makeCertificate(folder);
  const { signForWindows, signingFrom } = await loadScript<SignScript>('sign-for-windows');
  const { makeMsi } = await loadScript<MsiScript>('msi');
  const tree = makeTemporaryDirectory();
  await buildFakeInstallation(tree);
  cpSync('assets/icon.ico', join(tree, 'resources', 'assets', 'icon.ico'));
  const program = join(tree, 'bin', 'understudy.exe');
  const msi = join(folder, 'understudy.msi');
  const verify = (file: string) =>
    spawnSync('osslsigncode', ['verify', '-CAfile', certificate, '-in', file]).status;

  await makeMsi(tree, msi);
  for (const file of [program, msi]) {
    expect(verify(file)).not.toBe(0);
    await signForWindows(file, signing);
    expect(verify(file)).toBe(0);
  }
  flipBitOfFile(program, 8 * 5_000);
  expect(verify(program)).not.toBe(0);

  const { size } = statSync(msi);
  writeFileSync(signing.passwordFile, 'wrong');
  await expect(signForWindows(msi, signing)).rejects.toThrow('could not be signed');
  expect(statSync(msi).size).toBe(size);
  expect(verify(msi)).toBe(0);

  expect(signingFrom({})).toBeNull();
  expect(() => signingFrom({ UNDERSTUDY_SIGN_PFX: 'x' })).toThrow('UNDERSTUDY_SIGN_PASSWORD_FILE');
});
