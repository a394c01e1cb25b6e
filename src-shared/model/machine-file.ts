import { z } from 'zod';

/** What an installation notes for the other programs of its machine, where there is no registry. */
export const machineFileSchema = z.object({
  /** Of the server that starts with the machine. */
  dataDirectory: z.string().min(1),
});
