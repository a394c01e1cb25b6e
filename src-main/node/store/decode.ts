import { z } from 'zod';
import { changeSchema, metaSchema } from './record-schema.ts';

const { servingSinceMs, overdraft } = metaSchema.shape;

/** Figures of a ledger; those that the version which wrote them did not know have a default. */
export const storedMetaSchema = metaSchema.extend({
  servingSinceMs: servingSinceMs.default(0),
  overdraft: overdraft.default(null),
});

/** The changes of an entry of the log. */
export const changesSchema = z.array(changeSchema(storedMetaSchema));

export const syncSetSchema = z.array(z.string());

/** The value of a JSON text; undefined when it is none, or not of this shape. */
export function parseJson<T>(schema: z.ZodType<T>, text: string): T | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = schema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}
