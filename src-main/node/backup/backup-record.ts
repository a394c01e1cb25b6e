import { z } from 'zod';
import { parseJson } from '../../../src-shared/model/json.ts';
import { epochMsSchema } from '../../../src-shared/model/scalars.ts';
import { readTextIfPresent, writeWholeFile } from '../../files/whole-file.ts';
import { emptyIfNotText } from '../../files/text-file.ts';

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

/** Undefined: it is missing or damaged. One that begins anew makes the next backup in time all the same. */
export async function readBackupRecord(file: string): Promise<BackupRecord | undefined> {
  const text = await readTextIfPresent(file).catch(emptyIfNotText);
  const stored = recordSchema.safeParse(parseJson(text ?? '')).data;
  if (!stored) return undefined;
  const { format: _, ...record } = stored;
  return record;
}

export async function writeBackupRecord(file: string, record: BackupRecord): Promise<void> {
  const content: z.infer<typeof recordSchema> = { format: 'understudy-backups/1', ...record };
  await writeWholeFile(file, `${JSON.stringify(content, null, 2)}\n`);
}
