import { spawn } from 'node:child_process';
import { verify } from 'node:crypto';
import { refuse, type Refusal } from '../../../src-shared/contract/admin-error.ts';
import { importVendorKey } from './license-jws.ts';
import { parseVendorPublicKey } from './vendor-key.ts';
import type { VendorSigner } from './vendor-signer.ts';

/** Longest text that a signing program may print, in bytes. */
const outputBytesMax = 64 * 1024;

/** A signature could not be had, as a sentence for the vendor. */
export class SigningFailure extends Error {
  override name = 'SigningFailure';
}

/**
 * A signer whose secret is elsewhere: `program` gets the bytes to sign on standard input and prints the
 * 64 bytes of the Ed25519 signature, as they are or in base64. The signature is verified before it is
 * used. Code on refusal: VENDOR_MALFORMED, for a public key that is none.
 *
 * `sign` throws SigningFailure.
 */
export function externalSigner(
  publicKeyFile: string,
  program: string,
): { ok: true; signer: VendorSigner } | Refusal {
  const parsed = parseVendorPublicKey(publicKeyFile);
  if (!parsed.ok) return refuse(parsed.code, `${parsed.message} With --sign-with, --key is K.pub.`);
  const { vendor, publicKey, endorsements } = parsed.key;
  const sign = async (signed: Buffer): Promise<Buffer> => {
    const signature = readSignature(await run(program, signed));
    if (signature && verify(null, signed, importVendorKey(publicKey), signature)) return signature;
    throw new SigningFailure(
      signature
        ? `${program} signed with another key than that of --key.`
        : `${program} printed no Ed25519 signature: 64 bytes, as they are or in base64.`,
    );
  };
  return { ok: true, signer: { vendor, keyId: parsed.keyId, publicKey, endorsements, sign } };
}

function readSignature(output: Buffer): Buffer | undefined {
  if (output.length === 64) return output;
  const text = output.toString('latin1').trim();
  if (!/^[A-Za-z0-9+/_-]{86}(==)?$/.test(text)) return undefined;
  return Buffer.from(text, 'base64');
}

function run(program: string, input: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new SigningFailure(`${program} ${why}`));
    // What it has to say, such as that a card is to be touched, is for the person at the terminal.
    const child = spawn(program, [], { stdio: ['pipe', 'pipe', 'inherit'] });
    const chunks: Buffer[] = [];
    let bytes = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= outputBytesMax) chunks.push(chunk);
    });
    child.on('error', (error) => fail(`could not be run: ${error.message}.`));
    child.on('close', (status, signal) => {
      if (status === 0) resolve(Buffer.concat(chunks));
      else fail(`ended with ${status ?? signal ?? 'no status'} and did not sign.`);
    });
    // A program that ends without reading says why by its status.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}
