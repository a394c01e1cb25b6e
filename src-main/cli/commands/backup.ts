import type { Command } from 'commander';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import type { BackupSummary } from '../../../src-shared/model/backup.ts';
import { countOf } from '../../../src-shared/view/count-of.ts';
import { addCommand, commonOptionsSchema, perform } from '../frame/command-frame.ts';
import { CliFailure, UsageFailure } from '../frame/failure.ts';
import { callNode } from '../frame/open-node.ts';
import { readPassphrase } from '../frame/passphrase.ts';
import type { Terminal } from '../frame/terminal.ts';
import { formatPairs } from '../text/table.ts';
import { formatLocalTime } from '../text/time-text.ts';

const passphraseOptions = { passphraseFile: z.string().min(1).optional() };
const backupOptionsSchema = commonOptionsSchema.extend({
  ...passphraseOptions,
  withIdentity: z.boolean().default(false),
});
const verifyOptionsSchema = commonOptionsSchema.extend(passphraseOptions);
const restoreOptionsSchema = verifyOptionsSchema.extend({ replace: z.boolean().default(false) });

export function addBackupCommands(program: Command, terminal: Terminal): void {
  const command = addCommand(program, 'backup <file>', {
    summary: 'write a backup of this server to a new file, while it serves',
    example: 'understudy backup /mnt/backups/licences-1.backup',
  })
    .option('--with-identity', "also the server's key, under a passphrase: for another host")
    .option('--passphrase-file <file>', 'the passphrase: the first line of this file');
  perform(command, terminal, backupOptionsSchema, async (context, options, [file = '']) => {
    const { withIdentity, passphraseFile } = options;
    if (withIdentity !== (passphraseFile !== undefined)) {
      throw new UsageFailure(
        "--with-identity and --passphrase-file belong together: the server's key is never written in the clear",
      );
    }
    const passphrase = await readPassphrase(terminal, passphraseFile);
    const path = resolve(terminal.workingDirectory, file);
    const document = await callNode(context, 'backup.create', {
      path,
      ...(passphrase === undefined ? {} : { passphrase }),
    });
    const text = [`${document.file} was written.`, ...describeBackup(document.backup)];
    return { document, text: text.join('\n') };
  });
  addVerify(command, terminal);
}

function addVerify(group: Command, terminal: Terminal): void {
  const command = addCommand(group, 'verify <file>', {
    summary: 'read a backup as a whole and say whether it is what was written',
    example: 'understudy backup verify /mnt/backups/licences-1.backup',
  }).option('--passphrase-file <file>', "try the passphrase of the server's key as well");
  perform(command, terminal, verifyOptionsSchema, async (_context, options, [file = '']) => {
    const passphrase = await readPassphrase(terminal, options.passphraseFile);
    const { readBackup, summarize } = await openBackupRoom();
    const folder = await mkdtemp(join(tmpdir(), 'understudy-verify-'));
    try {
      const path = resolve(terminal.workingDirectory, file);
      const read = readBackup(path, join(folder, 'ledger.db'), passphrase ?? null);
      const { manifest, bytes } = await asCliFailure(read);
      const backup = summarize(manifest, bytes);
      const text = [`${path} is what was written.`, ...describeBackup(backup)];
      return { document: { file: path, backup }, text: text.join('\n') };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
}

export function addRestoreCommand(program: Command, terminal: Terminal): void {
  const command = addCommand(program, 'restore <file>', {
    summary: 'put a backup into the data directory of a server that is stopped',
    example: 'understudy restore /mnt/backups/licences-1.backup --data-dir /var/lib/understudy',
  })
    .option('--replace', 'in the place of the server that is there: its files are put aside')
    .option(
      '--passphrase-file <file>',
      "what the server's key is under, where it is not there yet",
    );
  perform(command, terminal, restoreOptionsSchema, async (context, options, [file = '']) => {
    const passphrase = await readPassphrase(terminal, options.passphraseFile);
    const { restoreBackup } = await openBackupRoom();
    const restored = await asCliFailure(
      restoreBackup({
        file: resolve(terminal.workingDirectory, file),
        dataDirectory: context.dataDirectory,
        passphrase: passphrase ?? null,
        replace: options.replace,
        nowMs: Date.now(),
      }),
    );
    const { backup, dataDirectory, setAside } = restored;
    const text = [
      `The backup was restored in ${dataDirectory}. Start the server there.`,
      ...describeBackup(backup),
      ...setAside.map((name) => `What was there is kept as ${name}.`),
      backup.sharedLedgers > 0
        ? 'Other servers have newer data: this one serves when they have given it back, or after\n' +
          '"understudy ledger accept-loss".'
        : 'Seats that were taken after the backup are not known: their holders take new ones.',
    ];
    return { document: restored, text: text.join('\n') };
  });
}

/** Loaded when it is needed: no other command wants a database. */
async function openBackupRoom() {
  const [{ readBackup }, { restoreBackup }, { summarize }] = await Promise.all([
    import('../../node/backup/read-backup.ts'),
    import('../../node/backup/restore-backup.ts'),
    import('../../node/backup/backup-format.ts'),
  ]);
  return { readBackup, restoreBackup, summarize };
}

/** What is expected to fail says so by a code and a sentence. */
async function asCliFailure<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
    const isExpected =
      error instanceof Error && ['BackupFailure', 'NodeStartFailure'].includes(error.name);
    if (isExpected && typeof code === 'string') throw new CliFailure(code, error.message);
    throw error;
  }
}

function describeBackup(backup: BackupSummary): string[] {
  const { server, version, createdAt, licenses, leases, identity, bytes } = backup;
  const pairs: [string, string][] = [
    ['Server', `${server.name}, ${server.id}`],
    ['Written', `${formatLocalTime(createdAt)}, by Understudy ${version}`],
    ['Has', `${countOf(licenses, 'licence')}, ${countOf(leases, 'lease')}`],
    ['Key', identity ? 'in it, under a passphrase' : 'not in it'],
    ['Size', `${Math.ceil(bytes / 1024)} KiB`],
  ];
  return [formatPairs(pairs)];
}
