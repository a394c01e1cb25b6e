import type { Command } from 'commander';
import { resolve } from 'node:path';
import { z } from 'zod';
import type { LicenseGrant } from '../../../src-shared/model/license.ts';
import { externalSigner, SigningFailure } from '../../node/licensing/external-signer.ts';
import { signLicenses } from '../../node/licensing/sign-licenses.ts';
import { parseVendorKey } from '../../node/licensing/vendor-key.ts';
import type { VendorSigner } from '../../node/licensing/vendor-signer.ts';
import { commonOptionsSchema } from '../frame/command-frame.ts';
import { CliFailure, UsageFailure } from '../frame/failure.ts';
import { readInputFile } from '../frame/input-file.ts';
import { readPassphrase } from '../frame/passphrase.ts';
import type { Terminal } from '../frame/terminal.ts';

// What signs licences.

const keyFileBytesMax = 64 * 1024;

/** Options that say what signs. */
const signerOptionsSchema = commonOptionsSchema.extend({
  key: z.string().min(1),
  passphraseFile: z.string().min(1).optional(),
  signWith: z.string().min(1).optional(),
});
/** With where to write what is signed. */
export const outOptionsSchema = signerOptionsSchema.extend({ out: z.string().min(1) });
type SignerOptions = Pick<
  z.output<typeof signerOptionsSchema>,
  'key' | 'passphraseFile' | 'signWith'
>;

export function addSignerOptions(command: Command): Command {
  return command
    .requiredOption('--key <file>', 'signing key made by issue keygen; with --sign-with its K.pub')
    .option('--passphrase-file <file>', 'what the key is kept under: the first line of this file')
    .option('--sign-with <program>', 'signs what it reads: for a key in an HSM or a CI');
}

/** @throws {UsageFailure} more than one of these paths is `-` */
export function refuseTwoOfStdin(...paths: (string | undefined)[]): void {
  if (paths.filter((path) => path === '-').length > 1) {
    throw new UsageFailure('only one of the files can be standard input');
  }
}

export async function readSigner(
  terminal: Terminal,
  options: SignerOptions,
): Promise<VendorSigner> {
  const { key: path, passphraseFile, signWith } = options;
  const { text } = await readInputFile(terminal, path, 'a signing key', keyFileBytesMax);
  if (signWith !== undefined) {
    if (passphraseFile !== undefined) {
      throw new UsageFailure('--sign-with has the key itself: it needs no --passphrase-file');
    }
    const external = externalSigner(text, resolve(terminal.workingDirectory, signWith));
    if (!external.ok) throw new CliFailure(external.code, `${path}: ${external.message}`);
    return external.signer;
  }
  const parsed = await parseVendorKey(text, await readPassphrase(terminal, passphraseFile));
  if (!parsed.ok) throw new CliFailure(parsed.code, `${path}: ${parsed.message}`);
  return parsed.key;
}

/** Makes what is signed; a signature that cannot be had is no fault of this program. */
export async function signedText(grants: LicenseGrant[], signer: VendorSigner): Promise<string> {
  try {
    return await signLicenses(grants, signer);
  } catch (error) {
    if (error instanceof SigningFailure) throw new CliFailure('SIGNING_FAILED', error.message);
    throw error;
  }
}
