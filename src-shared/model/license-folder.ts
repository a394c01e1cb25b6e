import { z } from 'zod';
import { instantSchema } from './scalars.ts';

/** Files of the licence folder that a server looks at, in the order of their names. */
export const folderFilesMax = 256;

const folderFileSchema = z.object({
  name: z.string(),
  /** `waiting`: tried again by itself, for the reason in `message`. */
  state: z.enum(['taken', 'refused', 'waiting']),
  at: instantSchema,
  message: z.string(),
});
export type FolderFile = z.infer<typeof folderFileSchema>;

/** The folder from which a server takes licence files by itself, and what came of each of them. */
export const licenseFolderSchema = z.object({
  folder: z.string(),
  files: z.array(folderFileSchema),
  /** Why the folder, or more of its files, cannot be read. */
  problem: z.string().nullable(),
});
export type LicenseFolderStatus = z.infer<typeof licenseFolderSchema>;

/** The same in short, as it is shown all the time. */
export const licenseFolderSummarySchema = licenseFolderSchema.omit({ files: true }).extend({
  taken: z.int(),
  refused: z.int(),
  waiting: z.int(),
  /** The one that something came of last; null: there is none. */
  last: folderFileSchema.nullable(),
});
export type LicenseFolderSummary = z.infer<typeof licenseFolderSummarySchema>;

export function summarizeFolder({
  folder,
  files,
  problem,
}: LicenseFolderStatus): LicenseFolderSummary {
  const count = (state: FolderFile['state']) => files.filter((file) => file.state === state).length;
  const [last = null] = files.toSorted((a, b) => (a.at < b.at ? 1 : -1));
  const counts = { taken: count('taken'), refused: count('refused'), waiting: count('waiting') };
  return { folder, problem, ...counts, last };
}
