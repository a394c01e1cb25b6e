import { z } from 'zod';
import { instantSchema } from './scalars.ts';

/** Files of the licence folder that a server looks at, in the order of their names. */
export const folderFilesMax = 256;

/** The folder from which a server takes licence files by itself, and what came of each of them. */
export const licenseFolderSchema = z.object({
  folder: z.string(),
  files: z.array(
    z.object({
      name: z.string(),
      /** `waiting`: tried again by itself, for the reason in `message`. */
      state: z.enum(['taken', 'refused', 'waiting']),
      at: instantSchema,
      message: z.string(),
    }),
  ),
  /** Why the folder, or more of its files, cannot be read. */
  problem: z.string().nullable(),
});
export type LicenseFolderStatus = z.infer<typeof licenseFolderSchema>;
