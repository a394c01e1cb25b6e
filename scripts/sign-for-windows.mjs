import { rename, rm } from 'node:fs/promises';
import { lastLines } from './apt.mjs';
import { runStep } from './process.mjs';
import { Stop } from './say.mjs';

/**
 * How what is made for Windows is signed: `UNDERSTUDY_SIGN_PFX` names the certificate with its key
 * (PKCS #12), `UNDERSTUDY_SIGN_PASSWORD_FILE` a file with its password, and `UNDERSTUDY_SIGN_TIMESTAMP` the
 * address of a time stamp server (RFC 3161), without which a signature ends with its certificate. Null
 * when nothing is to be signed.
 */
export function signingFrom(env) {
  const { UNDERSTUDY_SIGN_PFX: pfx, UNDERSTUDY_SIGN_PASSWORD_FILE: passwordFile } = env;
  if (!pfx) return null;
  if (!passwordFile) {
    throw new Stop(
      'UNDERSTUDY_SIGN_PFX needs UNDERSTUDY_SIGN_PASSWORD_FILE: a file with its password.',
    );
  }
  return { pfx, passwordFile, timestampUrl: env.UNDERSTUDY_SIGN_TIMESTAMP };
}

/** Signs a program or an installer where it is; it is as it was when that fails. */
export async function signForWindows(file, { pfx, passwordFile, timestampUrl }) {
  const signed = `${file}.signed`;
  const certificate = ['-pkcs12', pfx, '-readpass', passwordFile, '-h', 'sha256'];
  const timestamp = timestampUrl ? ['-ts', timestampUrl] : [];
  const files = ['-n', 'Understudy', '-in', file, '-out', signed];
  await rm(signed, { force: true });
  const args = ['sign', ...certificate, ...timestamp, ...files];
  const { status, output } = await runStep('osslsigncode', args);
  if (status !== 0) {
    await rm(signed, { force: true });
    throw new Stop(`${file} could not be signed:\n${lastLines(output)}`);
  }
  await rename(signed, file);
}
