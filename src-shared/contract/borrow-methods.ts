import { z } from 'zod';
import { instantSchema, leaseIdSchema } from '../model/scalars.ts';
import { checkoutRequestSchema, leaseAnswerSchema } from './client-api.ts';
import { borrowFileBytesMax } from './remote-borrow.ts';

const contentSchema = z.string().max(borrowFileBytesMax);

const takenBackSchema = z.object({
  lease: leaseIdSchema,
  /** It had ended before: nothing was changed. */
  hadEnded: z.boolean(),
});

/** Seats for machines that reach no server, by the files that they sign (`remote-borrow.ts`). */
export const borrowMethods = {
  /** What a request file asks for; borrows nothing. */
  'borrow.read': {
    params: z.strictObject({ content: contentSchema }),
    result: z.object({ request: checkoutRequestSchema, requestedAt: instantSchema }),
  },
  /** Borrows what a request file asks for; the same file again gives the same seat. */
  'borrow.grant': {
    params: z.strictObject({ content: contentSchema }),
    result: z.object({
      lease: leaseAnswerSchema.shape.lease,
      /** False: the machine had it already. */
      created: z.boolean(),
      /** Text of the token file, for the machine. */
      tokenFile: z.string(),
    }),
    order: {
      params: z.strictObject({ type: z.literal('borrow'), content: contentSchema }),
      result: z.object({ created: z.boolean(), answer: leaseAnswerSchema }),
    },
  },
  /** Takes a borrowed seat back, by the return file of its machine. */
  'borrow.takeBack': {
    params: z.strictObject({ content: contentSchema }),
    result: takenBackSchema,
    order: {
      params: z.strictObject({ type: z.literal('takeBack'), content: contentSchema }),
      result: takenBackSchema,
    },
  },
} as const;
