import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { parseJson } from '../../../src-shared/model/json.ts';
import { epochMsSchema } from '../../../src-shared/model/scalars.ts';
import { unusableFile } from '../base/unusable-file.ts';
import { emptyIfNotText } from '../../files/text-file.ts';
import { readTextIfPresent, syncDirectory, writeWholeFile } from '../../files/whole-file.ts';

const fileSchema = z.strictObject({
  format: z.literal('understudy-data-loss/1'),
  /** Wall clock when it was noticed. */
  noticedMs: epochMsSchema,
  /**
   * `missing`: what this server wrote is not there. `restored`: a backup was put in its place, so that what
   * other members have is newer; ledgers of this server alone are as its admin wants them. `putBack`: the
   * directory is a copy of an earlier time, which matters where votes decide.
   */
  kind: z.enum(['missing', 'restored', 'putBack']),
  /** The beginning of a sentence, without its full stop. */
  cause: z.string().max(1_000),
});
/** What a server has lost, kept until it is given back or given up. */
export type DataLoss = Omit<z.infer<typeof fileSchema>, 'format'>;

/**
 * What is missing now: what was found at this start, written down durably, or what an earlier start found.
 * A file that cannot be read counts as a loss.
 *
 * @throws {NodeStartFailure} DATA_DIRECTORY_UNUSABLE
 */
export async function keepLoss(
  file: string,
  cause: string | null,
  nowMs: number,
): Promise<DataLoss | null> {
  try {
    const kept = await readLoss(file, nowMs);
    if (cause === null) return kept;
    const loss: DataLoss = { noticedMs: nowMs, kind: 'missing', cause };
    await writeLoss(file, loss);
    return loss;
  } catch (error) {
    throw unusableFile(`The file ${file}`, error);
  }
}

/** Durable when it resolves. */
export async function writeLoss(file: string, loss: DataLoss): Promise<void> {
  const content: z.infer<typeof fileSchema> = { format: 'understudy-data-loss/1', ...loss };
  await writeWholeFile(file, `${JSON.stringify(content, null, 2)}\n`);
}

/** Nothing is missing any longer, durably when it resolves. */
export async function forgetLoss(file: string): Promise<void> {
  await rm(file, { force: true });
  await syncDirectory(dirname(file));
}

async function readLoss(file: string, nowMs: number): Promise<DataLoss | null> {
  const text = await readTextIfPresent(file).catch(emptyIfNotText);
  if (text === undefined) return null;
  const { format: _, ...loss } = fileSchema.safeParse(parseJson(text)).data ?? {
    format: null,
    noticedMs: nowMs,
    kind: 'missing' as const,
    cause: `What ${file} said of missing data cannot be read`,
  };
  return loss;
}
