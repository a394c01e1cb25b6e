import type { z } from 'zod';
import { parseJson } from '../../../src-shared/model/json.ts';

/**
 * What a JSON file of this server holds.
 *
 * @throws what `damaged` makes of the reason why it is not of that shape
 */
export function parseKept<T>(
  schema: z.ZodType<T>,
  text: string,
  damaged: (cause: string) => Error,
): T {
  const value = parseJson(text);
  if (value === undefined) throw damaged('it is not JSON');
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw damaged(`${issue?.path.join('.') || 'it'}: ${issue?.message ?? 'is not valid'}`);
}
