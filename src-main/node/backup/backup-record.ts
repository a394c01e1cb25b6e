import { z } from 'zod';
import { epochMsSchema } from '../../../src-shared/model/scalars.ts';
import { readTextIfPresent, writeWholeFile } from '../../files/whole-file.ts';
import { emptyIfNotText } from '../../files/text-file.ts';
import { privateFileMode } from '../base/own-files.ts';

const recordSchema = z.strictObject({
  format: z.literal('understudy-backups/1'),
  /** Since when this server makes backups by itself. */
  sinceMs: epochMsSchema,
  last: z
    .strictObject({
      file: z.string().max(4_096),
      atMs: epochMsSchema,
      bytes: z.int().min(0),
      verifiedMs: epochMsSchema,
    })
    .nullable(),
});

/** What a server remembers of the backups that it made by itself. */
export type BackupRecord = Omit<z.infer<typeof recordSchema>, 'format'>;

/** One that is missing or damaged begins anew: the next backup is made in time all the same. */
export async function readBackupRecord(file: string, nowMs: number): Promise<BackupRecord> {
  const text = await readTextIfPresent(file).catch(emptyIfNotText);
  const { format: _, ...record } = parse(text ?? '') ?? {
    format: null,
    sinceMs: nowMs,
    last: null,
  };
  return record;
}

export async function writeBackupRecord(file: string, record: BackupRecord): Promise<void> {
  const content: z.infer<typeof recordSchema> = { format: 'understudy-backups/1', ...record };
  await writeWholeFile(file, `${JSON.stringify(content, null, 2)}\n`, privateFileMode);
}

function parse(text: string): z.infer<typeof recordSchema> | undefined {
  try {
    return recordSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
