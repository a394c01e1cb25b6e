import { X509Certificate, type KeyObject } from 'node:crypto';
import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { dayMs } from '../../../src-shared/model/time-units.ts';

/** Life of a certificate; trust is in the key, so a short life would only make failures. */
const certificateLifeMs = 3_652 * dayMs;

/** A certificate with less than this left is made anew at a start. */
const certificateLeftMsMin = 731 * dayMs;

/** Begins in the past, for clients whose clock is behind. */
const certificateBackdatedMs = dayMs;

/** Names by which a client on the same host reaches the server, whatever the host is called. */
const ownNames = ['localhost', '127.0.0.1', '::1'];

/** The names in a certificate for these hosts; those that it cannot carry are left out. */
export function certificateNames(hostNames: readonly string[]): string[] {
  const hosts = hostNames
    .map((name) => (isIP(name) ? name : domainToASCII(name)))
    .filter(
      (name) => isIP(name) !== 0 || /^[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63}){0,7}$/i.test(name),
    );
  return [...new Set([...ownNames, ...hosts])];
}

/** A self-signed certificate (PEM) for the server's key. */
export async function makeCertificate(
  key: { privateKeyPem: string; publicKeyPem: string; id: string },
  names: readonly string[],
  nowMs: number,
): Promise<string> {
  // Needed at few starts, and it takes its time to load.
  const { generate } = await import('selfsigned');
  const made = await generate(
    [{ name: 'commonName', value: `Understudy ${key.id.slice(0, 16)}` }],
    {
      keyPair: { privateKey: key.privateKeyPem, publicKey: key.publicKeyPem },
      keyType: 'ec',
      curve: 'P-256',
      algorithm: 'sha256',
      notBeforeDate: new Date(nowMs - certificateBackdatedMs),
      notAfterDate: new Date(nowMs + certificateLifeMs),
      extensions: [
        { name: 'basicConstraints', cA: false, critical: true },
        // No key usage: one without certificate signing would keep TLS libraries from taking the
        // certificate as its own issuer, and one with it would make a certificate authority.
        // Servers connect to each other with the same certificate.
        { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
        {
          name: 'subjectAltName',
          altNames: names.map((name) =>
            isIP(name) ? { type: 7, ip: name } : { type: 2, value: name },
          ),
        },
      ],
    },
  );
  return made.cert.endsWith('\n') ? made.cert : `${made.cert}\n`;
}

/** Whether a stored certificate still does: of this key, for these names, valid for long enough. */
export function isCertificateUsable(
  pem: string,
  privateKey: KeyObject,
  names: readonly string[],
  nowMs: number,
): boolean {
  try {
    const certificate = new X509Certificate(pem);
    return (
      certificate.checkPrivateKey(privateKey) &&
      Date.parse(certificate.validFrom) <= nowMs &&
      Date.parse(certificate.validTo) - nowMs >= certificateLeftMsMin &&
      names.every((name) =>
        isIP(name) ? certificate.checkIP(name) !== undefined : certificate.checkHost(name),
      )
    );
  } catch {
    return false;
  }
}
