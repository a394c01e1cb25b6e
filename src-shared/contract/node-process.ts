import { z } from 'zod';

/** Why a node could not start; only the admin can change it. */
export const nodeStartFailureCodeSchema = z.enum([
  'DATA_DIRECTORY_BUSY',
  'DATA_DIRECTORY_UNUSABLE',
  'STORE_DAMAGED',
  'STORE_NEWER',
  'IDENTITY_DAMAGED',
  'SETTINGS_DAMAGED',
  'PAIRING_DAMAGED',
]);
export type NodeStartFailureCode = z.infer<typeof nodeStartFailureCodeSchema>;

/**
 * What the shell gives the embedded node: its first own argument (`process.argv[2]`), as JSON. A
 * node that could not start says so in a `failed` message and ends by itself.
 */
export const nodeProcessOptionsSchema = z.object({
  dataDirectory: z.string().min(1),
  packaged: z.boolean(),
  startAnew: z.boolean().optional(),
});
export type NodeProcessOptions = z.infer<typeof nodeProcessOptionsSchema>;

/** What the embedded node tells the shell that started it, over `process.parentPort`. */
export const nodeProcessMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('started'), adminAddress: z.string() }),
  /** An admin wants it stopped; the shell does that, since it would start it again. */
  z.object({ type: z.literal('stopAsked') }),
  z.object({
    type: z.literal('failed'),
    code: z.enum([...nodeStartFailureCodeSchema.options, 'INTERNAL']),
    message: z.string(),
  }),
]);
export type NodeProcessMessage = z.infer<typeof nodeProcessMessageSchema>;

/** What the shell tells the embedded node. */
export const shellMessageSchema = z.object({ type: z.literal('stop') });
export type ShellMessage = z.infer<typeof shellMessageSchema>;
