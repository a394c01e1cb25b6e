import type { Command } from 'commander';
import { open, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { importedFileBytesMax } from '../../../src-shared/contract/admin.ts';
import { vendorPublicKeySchema } from '../../../src-shared/model/vendor.ts';
import { countOf } from '../../../src-shared/view/count-of.ts';
import { parseLicenseSpec } from '../../node/licensing/license-spec.ts';
import { signLicenses } from '../../node/licensing/sign-licenses.ts';
import { createVendorKey, parseVendorKey } from '../../node/licensing/vendor-key.ts';
import { addCommand, addGroup, commonOptionsSchema, perform } from '../frame/command-frame.ts';
import { CliFailure, describeSystemError, UsageFailure } from '../frame/failure.ts';
import { readInputFile } from '../frame/input-file.ts';
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
}

const keygenOptionsSchema = commonOptionsSchema.extend({
  vendor: vendorPublicKeySchema.shape.vendor,
  out: z.string().min(1),
});

function addKeygen(group: Command, terminal: Terminal): void {
  const command = addCommand(group, 'keygen', {
    summary: 'make a signing key: FILE is secret, FILE.pub goes to the admins',
    example: 'understudy issue keygen --vendor "Acme Corp" --out acme-key',
  })
    .requiredOption('--vendor <name>', 'whose key it is, as the admins know the vendor')
    .requiredOption(
      '--out <file>',
      'where to write the key; an existing file is never overwritten',
    );
  perform(command, terminal, keygenOptionsSchema, async (_context, { vendor, out }) => {
    const keyFile = resolve(terminal.workingDirectory, out);
    const publicKeyFile = `${keyFile}.pub`;
    const { privateFile, publicFile } = await createVendorKey(vendor);
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

const licenseOptionsSchema = commonOptionsSchema.extend({
  key: z.string().min(1),
  out: z.string().min(1),
});

function addLicense(group: Command, terminal: Terminal): void {
  const command = addCommand(group, 'license <spec>', {
    summary: 'sign the licences that a JSON file describes; - reads standard input',
    example: 'understudy issue license spec.json --key acme-key --out acme.lic',
  })
    .requiredOption('--key <file>', 'signing key made by issue keygen')
    .requiredOption(
      '--out <file>',
      'where to write the licence file; an existing file is never overwritten',
    );
  perform(command, terminal, licenseOptionsSchema, async (_context, options, [spec = '']) => {
    if (spec === '-' && options.key === '-') {
      throw new UsageFailure('only one of SPEC and --key can be standard input');
    }
    const keyFile = await readInputFile(terminal, options.key, 'a signing key', keyFileBytesMax);
    const key = parseVendorKey(keyFile.text);
    if (!key.ok) throw new CliFailure(key.code, `${options.key}: ${key.message}`);
    const what = 'a description of licences';
    const specFile = await readInputFile(terminal, spec, what, importedFileBytesMax);
    const parsed = parseLicenseSpec(specFile.text, key.key.vendor);
    if (!parsed.ok) throw new CliFailure(parsed.code, `${spec}: ${parsed.message}`);
    const file = resolve(terminal.workingDirectory, options.out);
    await writeNewFile(file, await signLicenses(parsed.grants, key.key), 0o644);
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
    const text = [`${file} is signed by ${key.key.vendor}.`, ...lines].map(printable).join('\n');
    return { document: { file, licenses }, text };
  });
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
