import type { Command } from 'commander';
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { importedFileBytesMax } from '../../../src-shared/contract/admin.ts';
import type { LicenseGrant } from '../../../src-shared/model/license.ts';
import { countOf } from '../../../src-shared/view/count-of.ts';
import { parseJsonText } from '../../node/licensing/json-text.ts';
import { applyRow, type ListRow, parseLicenseList } from '../../node/licensing/license-list.ts';
import { grantsOfSpec } from '../../node/licensing/license-spec.ts';
import { addCommand, perform } from '../frame/command-frame.ts';
import { describeSystemError } from '../../files/system-error.ts';
import { CliFailure } from '../frame/failure.ts';
import { readInputFile } from '../frame/input-file.ts';
import { writeNewFile } from '../frame/new-file.ts';
import type { Terminal } from '../frame/terminal.ts';
import { printable } from '../text/table.ts';
import { readRequest } from './issue-request.ts';
import {
  addSignerOptions,
  outOptionsSchema,
  readSigner,
  refuseTwoOfStdin,
  signedText,
} from './issue-signer.ts';
import { describeWarnings } from './issue-warnings.ts';

interface Planned {
  file: string;
  grants: LicenseGrant[];
}

export function addBatch(group: Command, terminal: Terminal): void {
  const command = addSignerOptions(
    addCommand(group, 'batch <template> <list>', {
      summary: 'sign a licence file for each row of a CSV list, from one description',
      example: 'understudy issue batch spec.json customers.csv --key acme-key --out licences',
    }),
  ).requiredOption('--out <folder>', 'where to write them; an existing file is never overwritten');
  perform(command, terminal, outOptionsSchema, async (_context, options, args) => {
    const [template = '', list = ''] = args;
    refuseTwoOfStdin(template, list, options.key, options.passphraseFile);
    const signer = await readSigner(terminal, options);
    const folder = resolve(terminal.workingDirectory, options.out);
    const planned = await plan(terminal, { template, list, folder, vendor: signer.vendor });
    const there = planned.find(({ file }) => existsSync(file));
    if (there) {
      const message = `${there.file} exists already. Nothing was written.`;
      throw new CliFailure('FILE_NOT_WRITTEN', message);
    }
    const signed: { file: string; text: string }[] = [];
    for (const { file, grants } of planned) {
      signed.push({ file, text: await signedText(grants, signer) });
    }
    await writeAll(folder, signed);
    const warnings = planned.flatMap(({ file, grants }) =>
      describeWarnings(grants).map((warning) => `${file}: ${warning}`),
    );
    const files = planned.map(({ file, grants }) => ({
      file,
      licenses: grants.map(({ id, serial, units, expires }) => ({ id, serial, units, expires })),
    }));
    const done = `${countOf(files.length, 'file')} signed by ${signer.vendor} in ${folder}.`;
    return {
      document: { files, warnings },
      text: [done, ...warnings].map(printable).join('\n'),
    };
  });
}

/** What is to be written. Every row is looked at before anything is signed. */
async function plan(
  terminal: Terminal,
  asked: { template: string; list: string; folder: string; vendor: string },
): Promise<Planned[]> {
  const { template, list, folder, vendor } = asked;
  const what = 'a description of licences';
  const templateFile = await readInputFile(terminal, template, what, importedFileBytesMax);
  const listFile = await readInputFile(terminal, list, 'a list', importedFileBytesMax);
  const parsed = parseJsonText(templateFile.text, 'LICENSE_MALFORMED', what);
  if (!parsed.ok) throw new CliFailure(parsed.code, `${template}: ${parsed.message}`);
  const rows = parseLicenseList(listFile.text);
  if (!rows.ok) throw new CliFailure(rows.code, `${list}: ${rows.message}`);
  const planned: Planned[] = [];
  for (const row of rows.rows) {
    const servers = await serversOf(terminal, list, row);
    const described = grantsOfSpec(applyRow(parsed.value, row), vendor, { servers });
    if (!described.ok) {
      const message = `${list}, row ${row.number}: ${described.message} Nothing was written.`;
      throw new CliFailure(described.code, message);
    }
    planned.push({ file: join(folder, row.file), grants: described.grants });
  }
  return planned;
}

/** Of the request file of a row, whose path is from the folder of the list and never standard input. */
async function serversOf(
  terminal: Terminal,
  list: string,
  { request }: ListRow,
): Promise<string[]> {
  if (request === undefined) return [];
  const folder = list === '-' ? '.' : dirname(list);
  const servers = await readRequest(terminal, resolve(terminal.workingDirectory, folder, request));
  return servers.map(({ id }) => id);
}

/** All or none. */
async function writeAll(folder: string, files: { file: string; text: string }[]): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    const reason = describeSystemError(error);
    throw new CliFailure('FILE_NOT_WRITTEN', `${folder} was not made: ${reason}.`);
  });
  const written: string[] = [];
  try {
    for (const { file, text } of files) {
      await writeNewFile(file, text, 0o644);
      written.push(file);
    }
  } catch (error) {
    await Promise.all(written.map((file) => rm(file, { force: true })));
    throw error;
  }
}
