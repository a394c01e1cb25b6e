import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { parseJson } from '../../../src-shared/model/json.ts';
import { bootSchema, epochMsSchema, instantSchema } from '../../../src-shared/model/scalars.ts';
import { unusableFile } from '../base/unusable-file.ts';
import { emptyIfNotText } from '../../files/text-file.ts';
import { readTextIfPresent, writeWholeFile } from '../../files/whole-file.ts';

/** Starts of itself that a server remembers and names to others. */
export const bootsRememberedMax = 16;

const fileSchema = z.strictObject({
  format: z.literal('understudy-boots/1'),
  /** The newest last. */
  boots: z.array(bootSchema).max(bootsRememberedMax),
  /** What the ledger names as its last start: one, or either of two while a start is under way. */
  ledger: z.array(bootSchema).max(2).optional(),
  /** When this directory was last found to have been put back. */
  putBackAtMs: epochMsSchema.optional(),
  /** Starts that are lost here, and that this server knows of: others may name them again. */
  lost: z.array(bootSchema).max(bootsRememberedMax).optional(),
  /** The directory is that of a backup of this time, and has not been started since. */
  restoredFrom: instantSchema.optional(),
});
type Stored = Omit<z.infer<typeof fileSchema>, 'format'>;

interface BootsOptions {
  file: string;
  stored: Stored;
  current: string;
  arePartsOfTwoTimes: boolean;
  restoredFrom: string | null;
  /** A name that was taken since the start is stored, so that others may be told. */
  onStored: () => void;
}

/**
 * The starts of this server (protocol section 3b). Each has a random name; a directory that is put
 * back from a copy, or copied, does not know the later ones.
 */
export class Boots {
  readonly #file: string;
  #stored: Stored;
  readonly #ofThisProcess: Set<string>;
  #current: string;
  #lost: string[];
  #turn: Promise<unknown> = Promise.resolve();
  readonly #onStored: () => void;
  /** A part of the directory was put back alone, or a backup restored, as was found at this start. */
  readonly arePartsOfTwoTimes: boolean;
  /** The time of the backup that was restored before this start; null: none was. */
  readonly restoredFrom: string | null;

  constructor({ file, stored, current, arePartsOfTwoTimes, restoredFrom, onStored }: BootsOptions) {
    this.#file = file;
    this.#stored = stored;
    this.#current = current;
    this.#lost = stored.lost ?? [];
    this.#ofThisProcess = new Set([current]);
    this.arePartsOfTwoTimes = arePartsOfTwoTimes;
    this.restoredFrom = restoredFrom;
    this.#onStored = onStored;
  }

  /** The name of this start, or the last one that this server took since (`renew`). */
  get current(): string {
    return this.#current;
  }

  /** All names that are stored, the newest last, which is what others are told; 1 to 16. */
  get chain(): readonly string[] {
    return this.#stored.boots;
  }

  /** When this directory was last found to have been put back; null: never. */
  get putBackAtMs(): number | null {
    return this.#stored.putBackAtMs ?? null;
  }

  /** Whether this process has or had that name. A copy of the directory knows others as well. */
  isOfThisProcess(boot: string): boolean {
    return this.#ofThisProcess.has(boot);
  }

  /** This server is another start of itself from here on. */
  renew(): string {
    const boot = makeBoot();
    this.#current = boot;
    this.#ofThisProcess.add(boot);
    // A name that is not stored is told to nobody, and the next start knows nothing of it.
    void this.#inTurn(() => this.#add(boot)).then(
      () => this.#onStored(),
      () => undefined,
    );
    return boot;
  }

  /**
   * Another server knows a start of this one. True: this one does not, and notes that its directory
   * was put back. A server that was away may name the same start later: nothing more is lost by that.
   */
  noteKnownElsewhere(boot: string, nowMs: number): boolean {
    if (this.#stored.boots.includes(boot) || this.isOfThisProcess(boot)) return false;
    if (this.#lost.includes(boot)) return false;
    this.#lost = withNewest(this.#lost, boot);
    const lost = this.#lost;
    // What cannot be stored is on the timeline all the same.
    void this.#inTurn(() => this.#store({ putBackAtMs: nowMs, lost })).catch(() => undefined);
    return true;
  }

  /**
   * Begins the present start, on the disk: names it in the ledger, and only then as a start, so that
   * a crash in between does not look like a ledger of another time.
   */
  async begin(inLedger: string | null, storeInLedger: (boot: string) => Promise<void>) {
    const boot = this.#current;
    await this.#store({ ledger: inLedger === null ? [boot] : [inLedger, boot] });
    await storeInLedger(boot);
    await this.#store({ ledger: [boot], boots: withNewest(this.#stored.boots, boot) });
  }

  async settled(): Promise<void> {
    await this.#turn;
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  #add(boot: string): Promise<void> {
    return this.#store({ boots: withNewest(this.#stored.boots, boot) });
  }

  async #store(change: Partial<Stored>): Promise<void> {
    const stored = { ...this.#stored, ...change };
    await writeBoots(this.#file, stored);
    this.#stored = stored;
  }
}

export interface LedgerBoot {
  /** The start that had the ledger last, as it says itself; null: it does not say. */
  boot: string | null;
  /** Nothing was in it before this start. */
  isNew: boolean;
  store: (boot: string) => Promise<void>;
}

/**
 * Begins a start: it is on the disk when this resolves. A file that is damaged counts as none: then
 * others take the directory for one that was put back, which does no harm. So they do when file and
 * ledger are not of one time: one of them was put back alone, or a backup was restored.
 *
 * @throws {NodeStartFailure} DATA_DIRECTORY_UNUSABLE
 */
export async function beginBoot(
  file: string,
  ledger: LedgerBoot,
  { nowMs, onStored }: { nowMs: number; onStored: () => void },
): Promise<Boots> {
  try {
    const stored = parseBoots(await readTextIfPresent(file).catch(emptyIfNotText));
    const arePartsOfTwoTimes = !ledger.isNew && areOfTwoTimes(stored, ledger.boot);
    const boots = new Boots({
      file,
      stored: arePartsOfTwoTimes
        ? asPutBack(stored, ledger.boot, nowMs)
        : (stored ?? { boots: [] }),
      current: makeBoot(),
      arePartsOfTwoTimes,
      restoredFrom: stored?.restoredFrom ?? null,
      onStored,
    });
    await boots.begin(ledger.boot, ledger.store);
    return boots;
  } catch (error) {
    throw unusableFile(`The list of starts ${file}`, error);
  }
}

/**
 * Of a restored backup the start is known in which it was made: that it went on is what was said at the
 * restore. Every other start that others know tells of something that nobody here knows.
 */
function asPutBack(stored: Stored | undefined, inLedger: string | null, nowMs: number): Stored {
  const isRestored = stored?.restoredFrom !== undefined && inLedger !== null;
  return { boots: [], putBackAtMs: nowMs, ...(isRestored ? { lost: [inLedger] } : {}) };
}

/**
 * Whether this file and the ledger are of two times, since the ledger names no start of those in the
 * file. A file that names none, as an earlier version wrote it, says nothing.
 */
function areOfTwoTimes(stored: Stored | undefined, inLedger: string | null): boolean {
  if (!stored) return inLedger !== null;
  if (stored.restoredFrom !== undefined) return true;
  if (!stored.ledger) return false;
  return inLedger === null || !stored.ledger.includes(inLedger);
}

/**
 * Writes the list of a directory into which a backup of this time, an instant, is restored: it names no
 * start, since others may know later ones.
 */
export async function noteRestored(file: string, restoredFrom: string): Promise<void> {
  await writeBoots(file, { boots: [], restoredFrom });
}

async function writeBoots(file: string, stored: Stored): Promise<void> {
  const content: z.infer<typeof fileSchema> = { format: 'understudy-boots/1', ...stored };
  await writeWholeFile(file, `${JSON.stringify(content, null, 2)}\n`);
}

function withNewest(boots: readonly string[], boot: string): string[] {
  return [...boots, boot].slice(-bootsRememberedMax);
}

function parseBoots(text: string | undefined): Stored | undefined {
  const parsed = fileSchema.safeParse(parseJson(text ?? ''));
  if (!parsed.success) return undefined;
  const { format: _, ...stored } = parsed.data;
  return stored;
}

// Not by a function that keeps random numbers in store: a copy of this process has the same ones.
function makeBoot(): string {
  return randomBytes(8).toString('hex');
}
