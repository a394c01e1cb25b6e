import type { Command } from 'commander';
import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { importedFileBytesMax } from '../../../src-shared/contract/admin.ts';
import { formatInstant } from '../../../src-shared/model/scalars.ts';
import type { ServerRequest } from '../../../src-shared/model/server-request.ts';
import { vendorPublicKeySchema } from '../../../src-shared/model/vendor.ts';
import { countOf } from '../../../src-shared/view/count-of.ts';
import { parseLicenseSpec } from '../../node/licensing/license-spec.ts';
import { revokeLicenses } from '../../node/licensing/revoke-licenses.ts';
import { createVendorKey } from '../../node/licensing/vendor-key.ts';
import type { VendorSigner } from '../../node/licensing/vendor-signer.ts';
import { addCommand, addGroup, commonOptionsSchema, perform } from '../frame/command-frame.ts';
import { CliFailure, UsageFailure } from '../frame/failure.ts';
import { readInputFile } from '../frame/input-file.ts';
import { writeNewFile } from '../frame/new-file.ts';
import { readPassphrase } from '../frame/passphrase.ts';
import { printable } from '../text/table.ts';
import { addBatch } from './issue-batch.ts';
import {
  addSignerOptions,
  outOptionsSchema,
  readSigner,
  refuseTwoOfStdin,
  signedText,
} from './issue-signer.ts';
import { readRequest } from './issue-request.ts';
import { describeWarnings } from './issue-warnings.ts';
import type { Terminal } from '../frame/terminal.ts';

export function addIssueCommands(program: Command, terminal: Terminal): void {
  const group = addGroup(
    program,
    'issue',
    "the vendor's side: make signing keys and licence files",
  );
  addKeygen(group, terminal);
  addLicense(group, terminal);
  addBatch(group, terminal);
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

/** A key that follows another one is the same vendor's. */
function nameOf(vendor: string | undefined, former: VendorSigner | undefined): string {
  const name = vendor ?? former?.vendor;
  if (name === undefined) throw new UsageFailure('--vendor is needed: whose key is it?');
  if (former && former.vendor !== name) {
    throw new UsageFailure(`--follows is a key of ${former.vendor}, not of ${name}`);
  }
  return name;
}

const licenseOptionsSchema = outOptionsSchema.extend({ request: z.string().min(1).optional() });

function addLicense(group: Command, terminal: Terminal): void {
  const command = addSignerOptions(
    addCommand(group, 'license <spec>', {
      summary: 'sign the licences that a JSON file describes; - reads standard input',
      example: 'understudy issue license spec.json --key acme-key --out acme.lic',
    }),
  )
    .option('--request <file>', 'the servers of this request file (servers request-file)')
    .requiredOption(
      '--out <file>',
      'where to write the licence file; an existing file is never overwritten',
    );
  perform(command, terminal, licenseOptionsSchema, async (_context, options, [spec = '']) => {
    refuseTwoOfStdin(spec, options.key, options.passphraseFile, options.request);
    const signer = await readSigner(terminal, options);
    const what = 'a description of licences';
    const specFile = await readInputFile(terminal, spec, what, importedFileBytesMax);
    const servers =
      options.request === undefined ? [] : await readRequest(terminal, options.request);
    const parsed = parseLicenseSpec(specFile.text, signer.vendor, { servers: idsOf(servers) });
    if (!parsed.ok) throw new CliFailure(parsed.code, `${spec}: ${parsed.message}`);
    const file = resolve(terminal.workingDirectory, options.out);
    await writeNewFile(file, await signedText(parsed.grants, signer), 0o644);
    const licenses = parsed.grants.map(({ id, serial, units, expires }) => ({
      id,
      serial,
      units,
      expires,
    }));
    const lines = parsed.grants.map(({ id, serial, units, expires, trialDays }) => {
      const unlimited = trialDays === undefined ? 'permanent' : `${trialDays} days from first use`;
      const end = expires === null ? unlimited : `until ${expires}`;
      return `${id}, serial ${serial}: ${countOf(units, 'unit')}, ${end}`;
    });
    const warnings = describeWarnings(parsed.grants);
    const named = servers.map(({ id, name }) => `It names the server ${name}, ${id}.`);
    const text = [`${file} is signed by ${signer.vendor}.`, ...lines, ...named, ...warnings];
    return { document: { file, licenses, warnings }, text: text.map(printable).join('\n') };
  });
}

const idsOf = (servers: ServerRequest['servers']): string[] => servers.map(({ id }) => id);

function addRevoke(group: Command, terminal: Terminal): void {
  const command = addSignerOptions(
    addCommand(group, 'revoke <licence>', {
      summary: 'take the licences of a file back: servers import what it writes like a licence',
      example: 'understudy issue revoke acme.lic --key acme-key --out revoked.lic',
    }),
  ).requiredOption('--out <file>', 'where to write it; an existing file is never overwritten');
  perform(command, terminal, outOptionsSchema, async (_context, options, [licence = '']) => {
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
