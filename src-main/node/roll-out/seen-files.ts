import { z } from 'zod';
import { folderFilesMax } from '../../../src-shared/model/license-folder.ts';
import { parseJson } from '../../../src-shared/model/json.ts';
import { epochMsSchema } from '../../../src-shared/model/scalars.ts';
import { emptyIfNotText } from '../../files/text-file.ts';
import { readTextIfPresent, writeWholeFile } from '../../files/whole-file.ts';

const seenFileSchema = z.strictObject({
  /** SHA-256 of what is in it, base64url. */
  digest: z.string().max(64),
  state: z.enum(['taken', 'refused']),
  atMs: epochMsSchema,
  message: z.string().max(8_192),
  /** It was refused since none of these keys of vendors signed it: it is tried again with others. */
  keyIds: z.array(z.string().max(64)).max(256).optional(),
});
export type SeenFile = z.infer<typeof seenFileSchema>;

const recordSchema = z.strictObject({
  format: z.literal('understudy-license-folder/1'),
  files: z.record(z.string().max(1_024), seenFileSchema),
});

/**
 * What came of each file of the licence folder, by its name. What was decided once about a file stays
 * decided until the file is another one: else every start would bring back what an admin removed or
 * rolled back.
 */
export class SeenFiles {
  readonly #file: string;
  #files = new Map<string, SeenFile>();

  constructor(file: string) {
    this.#file = file;
  }

  /** One that is damaged begins anew: every file is judged again by its serial, as at its first sight. */
  async load(): Promise<void> {
    const text = await readTextIfPresent(this.#file).catch(emptyIfNotText);
    const stored = recordSchema.safeParse(parseJson(text ?? ''));
    this.#files = new Map(stored.success ? Object.entries(stored.data.files) : []);
  }

  get(name: string): SeenFile | undefined {
    return this.#files.get(name);
  }

  /**
   * `present`: the names that are in the folder; what is gone is forgotten. Rejects when it cannot be
   * written: then it holds until the server stops.
   */
  async note(name: string, seen: SeenFile, present: ReadonlySet<string>): Promise<void> {
    const kept = [...this.#files].filter(([other]) => other !== name && present.has(other));
    const files = new Map([...kept.slice(-folderFilesMax), [name, seen] as const]);
    this.#files = files;
    const content: z.infer<typeof recordSchema> = {
      format: 'understudy-license-folder/1',
      files: Object.fromEntries(files),
    };
    await writeWholeFile(this.#file, `${JSON.stringify(content, null, 2)}\n`);
  }
}
