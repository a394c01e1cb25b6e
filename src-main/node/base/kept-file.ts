import type { z } from 'zod';
import { parseJson } from '../../../src-shared/model/json.ts';
import { NotText } from '../../files/text-file.ts';
import { readTextIfPresent } from '../../files/whole-file.ts';
import type { NodeStartFailure } from './start-failure.ts';
import { unusableFile } from './unusable-file.ts';

/** Makes the failure of a file that is damaged out of the reason, which ends no sentence. */
export type Damaged = (cause: string) => NodeStartFailure;

/**
 * What a JSON file of this server holds; undefined: there is none. `what`: what it is, at the begin of
 * a sentence.
 *
 * @throws {NodeStartFailure} DATA_DIRECTORY_UNUSABLE, or what `damaged` makes
 */
export async function readKept<T>(
  schema: z.ZodType<T>,
  file: string,
  { what, damaged }: { what: string; damaged: Damaged },
): Promise<T | undefined> {
  const text = await readTextIfPresent(file).catch((error: unknown) => {
    if (error instanceof NotText) throw damaged(error.message);
    throw unusableFile(`${what} ${file}`, error);
  });
  return text === undefined ? undefined : parseKept(schema, text, damaged);
}

/**
 * What the text of a JSON file of this server holds.
 *
 * @throws {NodeStartFailure} what `damaged` makes
 */
export function parseKept<T>(schema: z.ZodType<T>, text: string, damaged: Damaged): T {
  const value = parseJson(text);
  if (value === undefined) throw damaged('it is not JSON');
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw damaged(`${issue?.path.join('.') || 'it'}: ${issue?.message ?? 'is not valid'}`);
}
