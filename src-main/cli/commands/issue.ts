import type { Command } from 'commander';
import { open, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { importedFileBytesMax } from '../../../src-shared/contract/admin.ts';
import type { LicenseGrant } from '../../../src-shared/model/license.ts';
import { formatInstant } from '../../../src-shared/model/scalars.ts';
import { vendorPublicKeySchema } from '../../../src-shared/model/vendor.ts';
import { countOf } from '../../../src-shared/view/count-of.ts';
import { externalSigner, SigningFailure } from '../../node/licensing/external-signer.ts';
import { parseLicenseSpec } from '../../node/licensing/license-spec.ts';
import { revokeLicenses } from '../../node/licensing/revoke-licenses.ts';
import { signLicenses } from '../../node/licensing/sign-licenses.ts';
import { createVendorKey, parseVendorKey } from '../../node/licensing/vendor-key.ts';
import type { VendorSigner } from '../../node/licensing/vendor-signer.ts';
import { addCommand, addGroup, commonOptionsSchema, perform } from '../frame/command-frame.ts';
import { CliFailure, describeSystemError, UsageFailure } from '../frame/failure.ts';
import { readInputFile } from '../frame/input-file.ts';
import { readPassphrase } from '../frame/passphrase.ts';
import { printable } from '../text/table.ts';
import type { Terminal } from '../frame/terminal.ts';

const keyFileBytesMax = 64 * 1024;

export function addIssueCommands(program: Command, terminal: Terminal): void {
  const group = addGroup(
    program,
    'issue',
    "the vendor's side: make signing keys and licence files",
  );
  addKeygen(group, terminal);
  addLicense(group, terminal);
  addRevoke(group, terminal);
}

const keygenOptionsSchema = commonOptionsSchema.extend({
  vendor: vendorPublicKeySchema.shape.vendor.optional(),
  follows: z.string().min(1).optional(),
  followsPassphraseFile: z.string().min(1).optional(),
  passphraseFile: z.string().min(1).optional(),
  out: z.string().min(1),
});

function addKeygen(group: Command, terminal: Terminal): void {
  const command = addCommand(group, 'keygen', {
    summary: 'make a signing key: FILE is secret, FILE.pub goes to the admins',
    example: 'understudy issue keygen --vendor "Acme Corp" --out acme-key',
  })
    .option('--vendor <name>', 'whose key it is, as the admins know the vendor')
    .option('--follows <file>', 'the signing key before it, which vouches for the new one')
    .option('--follows-passphrase-file <file>', 'what the key before it is kept under')
    .option('--passphrase-file <file>', 'keep the new key under the first line of this file')
    .requiredOption(
      '--out <file>',
      'where to write the key; an existing file is never overwritten',
    );
  perform(command, terminal, keygenOptionsSchema, async (_context, options) => {
    const { vendor, follows, followsPassphraseFile, out } = options;
    const former =
      follows === undefined
        ? undefined
        : await readSigner(terminal, { key: follows, passphraseFile: followsPassphraseFile });
    const name = nameOf(vendor, former);
    const passphrase = await readPassphrase(terminal, options.passphraseFile);
    const keyFile = resolve(terminal.workingDirectory, out);
    const publicKeyFile = `${keyFile}.pub`;
    const { privateFile, publicFile } = await createVendorKey(name, { former, passphrase });
    await writeNewFile(keyFile, privateFile, 0o600);
    try {
      await writeNewFile(publicKeyFile, publicFile, 0o644);
    } catch (error) {
      await rm(keyFile, { force: true });
      throw error;
    }
    const text = `${keyFile} signs licences: keep it secret and safe.\n${publicKeyFile} goes to the admins of your customers.`;
    return { document: { keyFile, publicKeyFile }, text };
  });
}

/** Options that say what signs. */
const signerOptionsSchema = commonOptionsSchema.extend({
  key: z.string().min(1),
  passphraseFile: z.string().min(1).optional(),
  signWith: z.string().min(1).optional(),
});
type SignerOptions = Pick<
  z.output<typeof signerOptionsSchema>,
  'key' | 'passphraseFile' | 'signWith'
>;

function addSignerOptions(command: Command): Command {
  return command
    .requiredOption('--key <file>', 'signing key made by issue keygen; with --sign-with its K.pub')
    .option('--passphrase-file <file>', 'what the key is kept under: the first line of this file')
    .option('--sign-with <program>', 'signs what it reads: for a key in an HSM or a CI');
}

async function readSigner(terminal: Terminal, options: SignerOptions): Promise<VendorSigner> {
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
async function signedText(grants: LicenseGrant[], signer: VendorSigner): Promise<string> {
  try {
    return await signLicenses(grants, signer);
  } catch (error) {
    if (error instanceof SigningFailure) throw new CliFailure('SIGNING_FAILED', error.message);
    throw error;
  }
}

/** A key that follows another one is the same vendor's. */
function nameOf(vendor: string | undefined, former: VendorSigner | undefined): string {
  const name = vendor ?? former?.vendor;
  if (name === undefined) throw new UsageFailure('--vendor is needed: whose key is it?');
  if (former && former.vendor !== name) {
    throw new UsageFailure(`--follows is a key of ${former.vendor}, not of ${name}`);
  }
  return name;
}

const licenseOptionsSchema = signerOptionsSchema.extend({ out: z.string().min(1) });

function addLicense(group: Command, terminal: Terminal): void {
  const command = addSignerOptions(
    addCommand(group, 'license <spec>', {
      summary: 'sign the licences that a JSON file describes; - reads standard input',
      example: 'understudy issue license spec.json --key acme-key --out acme.lic',
    }),
  ).requiredOption(
    '--out <file>',
    'where to write the licence file; an existing file is never overwritten',
  );
  perform(command, terminal, licenseOptionsSchema, async (_context, options, [spec = '']) => {
    const inputs = [spec, options.key, options.passphraseFile];
    if (inputs.filter((input) => input === '-').length > 1) {
      throw new UsageFailure('only one of SPEC, --key and --passphrase-file can be standard input');
    }
    const signer = await readSigner(terminal, options);
    const what = 'a description of licences';
    const specFile = await readInputFile(terminal, spec, what, importedFileBytesMax);
    const parsed = parseLicenseSpec(specFile.text, signer.vendor);
    if (!parsed.ok) throw new CliFailure(parsed.code, `${spec}: ${parsed.message}`);
    const file = resolve(terminal.workingDirectory, options.out);
    await writeNewFile(file, await signedText(parsed.grants, signer), 0o644);
    const licenses = parsed.grants.map(({ id, serial, units, expires }) => ({
      id,
      serial,
      units,
      expires,
    }));
    const lines = licenses.map(({ id, serial, units, expires }) => {
      const end = expires === null ? 'permanent' : `until ${expires}`;
      return `${id}, serial ${serial}: ${countOf(units, 'unit')}, ${end}`;
    });
    const warnings = describeWarnings(parsed.grants);
    const text = [`${file} is signed by ${signer.vendor}.`, ...lines, ...warnings];
    return { document: { file, licenses, warnings }, text: text.map(printable).join('\n') };
  });
}

function addRevoke(group: Command, terminal: Terminal): void {
  const command = addSignerOptions(
    addCommand(group, 'revoke <licence>', {
      summary: 'take the licences of a file back: servers import what it writes like a licence',
      example: 'understudy issue revoke acme.lic --key acme-key --out revoked.lic',
    }),
  ).requiredOption('--out <file>', 'where to write it; an existing file is never overwritten');
  perform(command, terminal, licenseOptionsSchema, async (_context, options, [licence = '']) => {
    const signer = await readSigner(terminal, options);
    const what = 'a licence file';
    const { text: content } = await readInputFile(terminal, licence, what, importedFileBytesMax);
    const revoked = revokeLicenses(content, signer.vendor, formatInstant(Date.now()));
    if (!revoked.ok) throw new CliFailure(revoked.code, `${licence}: ${revoked.message}`);
    const file = resolve(terminal.workingDirectory, options.out);
    await writeNewFile(file, await signedText(revoked.grants, signer), 0o644);
    const licenses = revoked.grants.map(({ id, serial }) => ({ id, serial }));
    const lines = licenses.map(({ id, serial }) => `${id} is revoked by serial ${serial}.`);
    const text = [...lines, `Send ${file} to whoever has them, to be imported like a licence.`];
    return { document: { file, licenses }, text: text.map(printable).join('\n') };
  });
}

/** What the vendor may not have meant. */
function describeWarnings(grants: LicenseGrant[]): string[] {
  const nowMs = Date.now();
  const ended = grants.flatMap(({ id, expires }) =>
    expires !== null && Date.parse(expires) <= nowMs
      ? [`Warning: ${id} ended on ${expires}, in the past: every server refuses it.`]
      : [],
  );
  const unbound = grants
    .filter(({ servers }) => servers.length === 0)
    .map(
      ({ id }) =>
        `Warning: ${id} names no servers, so it protects nothing: any server can serve a copy of ` +
        'it, and an application that asks for a proof refuses its seats. Name the ids of the ' +
        'customer\'s servers in "servers".',
    );
  return [...ended, ...unbound];
}

/** Writes a file that must not exist yet; a half-written one does not stay. */
async function writeNewFile(path: string, text: string, mode: number): Promise<void> {
  const file = await open(path, 'wx', mode).catch((error: unknown) => {
    const reason = describeSystemError(error);
    const remedy = reason.includes('exists') ? ' Choose another file name.' : '';
    throw new CliFailure('FILE_NOT_WRITTEN', `${path} was not written: ${reason}.${remedy}`);
  });
  try {
    await file.writeFile(text);
    await file.sync();
  } catch (error) {
    await rm(path, { force: true });
    throw new CliFailure('FILE_NOT_WRITTEN', `${path}: ${describeSystemError(error)}.`);
  } finally {
    await file.close();
  }
}
