import { z } from 'zod';
import { parseJson } from '../../../src-shared/model/json.ts';
import { epochMsSchema, ledgerIdSchema, textSchema } from '../../../src-shared/model/scalars.ts';
import { emptyIfNotText } from '../../files/text-file.ts';
import { readTextIfPresent, writeWholeFile } from '../../files/whole-file.ts';
import type { Log } from '../base/log.ts';

/** Relationships that are remembered; of more the latest. */
const rememberedMax = 64;

/** Ledgers of one relationship are two at most. */
const ledgersMax = 8;

const dissolvedSchema = z.strictObject({
  /** Its id. */
  relationship: z.string().max(64),
  /** Those of it that were kept here. */
  ledgers: z.array(ledgerIdSchema).max(ledgersMax),
  atMs: epochMsSchema,
  /** The admin who ordered it, as the timeline names him. */
  by: textSchema(300),
});
export type DissolvedRelationship = z.infer<typeof dissolvedSchema>;

const fileSchema = z.strictObject({
  format: z.literal('understudy-dissolved/1'),
  relationships: z.array(dissolvedSchema).max(rememberedMax),
});

/** What a server says of a ledger that it does not keep any more, since its admin dissolved the relationship. */
export type Dissolved = Omit<DissolvedRelationship, 'ledgers'>;

/**
 * The relationships that an admin dissolved here, in a file of the data directory: whoever was away then asks
 * for the ledger when it is back, and is told why it is not kept here (protocol section 1). Nothing but words
 * rests on it, so that a file which is damaged counts as none.
 */
export class DissolvedLedgers {
  readonly #file: string;
  readonly #log: Pick<Log, 'warn'>;
  #all: readonly DissolvedRelationship[];
  #turn: Promise<unknown> = Promise.resolve();

  constructor(file: string, all: readonly DissolvedRelationship[], log: Pick<Log, 'warn'>) {
    this.#file = file;
    this.#all = all;
    this.#log = log;
  }

  /** The relationship of a ledger that was dissolved here; undefined: none was. */
  of(ledger: string): Dissolved | undefined {
    const found = this.#all.find(({ ledgers }) => ledgers.includes(ledger));
    return found && { relationship: found.relationship, atMs: found.atMs, by: found.by };
  }

  /** Resolves when it is on the disk, or cannot be. */
  note(dissolved: DissolvedRelationship): Promise<void> {
    const others = this.#all.filter(({ relationship }) => relationship !== dissolved.relationship);
    return this.#keep([...others, dissolved].slice(-rememberedMax));
  }

  /** This server takes part in the ledger anew. */
  forget(ledger: string): void {
    if (this.of(ledger) === undefined) return;
    void this.#keep(this.#all.filter(({ ledgers }) => !ledgers.includes(ledger)));
  }

  /** Resolves when everything so far is written, or could not be. */
  async settled(): Promise<void> {
    await this.#turn;
  }

  #keep(all: readonly DissolvedRelationship[]): Promise<void> {
    this.#all = all;
    const turn = this.#turn.then(() => this.#write(all));
    this.#turn = turn;
    return turn;
  }

  async #write(all: readonly DissolvedRelationship[]): Promise<void> {
    const content: z.infer<typeof fileSchema> = {
      format: 'understudy-dissolved/1',
      relationships: [...all],
    };
    try {
      await writeWholeFile(this.#file, `${JSON.stringify(content, null, 2)}\n`);
    } catch (error) {
      this.#log.warn('Which relationships were dissolved here cannot be written down', error);
    }
  }
}

/** Reads the file; none, or a damaged one, is a server that has dissolved nothing. */
export async function loadDissolved(
  file: string,
  log: Pick<Log, 'warn'>,
): Promise<DissolvedLedgers> {
  const text = await readTextIfPresent(file).catch(emptyIfNotText);
  const { success, data } = fileSchema.safeParse(parseJson(text ?? ''));
  return new DissolvedLedgers(file, success ? data.relationships : [], log);
}
