import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { bootSchema } from '../../../src-shared/model/scalars.ts';
import { NodeStartFailure } from '../base/start-failure.ts';
import { readTextIfPresent, writeWholeFile } from '../../files/whole-file.ts';

/** Starts of itself that a server remembers and names to others. */
export const bootsRememberedMax = 16;

const fileSchema = z.strictObject({
  format: z.literal('understudy-boots/1'),
  /** The newest last. */
  boots: z.array(bootSchema).max(bootsRememberedMax),
});

/**
 * The starts of this server (protocol section 3b). Each has a random name; a directory that is put
 * back from a copy, or copied, does not know the later ones.
 */
export class Boots {
  readonly #file: string;
  #stored: readonly string[];
  readonly #ofThisProcess: Set<string>;
  #current: string;
  #turn: Promise<unknown> = Promise.resolve();
  /** The newest name is stored, so that others may be told. */
  onStored: () => void = () => undefined;

  constructor(file: string, stored: readonly string[], current: string) {
    this.#file = file;
    this.#stored = stored;
    this.#current = current;
    this.#ofThisProcess = new Set([current]);
  }

  /** Of this start, or since this server last stood still for long. */
  get current(): string {
    return this.#current;
  }

  /** All names that are stored, the newest last, which is what others are told; 1 to 16. */
  get chain(): readonly string[] {
    return this.#stored;
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
    const turn = this.#turn.then(() => this.store(boot));
    // One that is not stored is told to nobody, and the next start knows nothing of it.
    this.#turn = turn.then(
      () => this.onStored(),
      () => undefined,
    );
    return boot;
  }

  /** Durable when it resolves. */
  async store(boot: string): Promise<void> {
    const boots = [...this.#stored, boot].slice(-bootsRememberedMax);
    const content: z.infer<typeof fileSchema> = { format: 'understudy-boots/1', boots };
    await writeWholeFile(this.#file, `${JSON.stringify(content, null, 2)}\n`, 0o600);
    this.#stored = boots;
  }

  async settled(): Promise<void> {
    await this.#turn;
  }
}

/**
 * Begins a start: it is on the disk when this resolves. A file that is damaged counts as none: then
 * others take the directory for one that was put back, which does no harm.
 *
 * @throws {NodeStartFailure} DATA_DIRECTORY_UNUSABLE
 */
export async function beginBoot(file: string): Promise<Boots> {
  try {
    const boots = new Boots(file, parseBoots(await readTextIfPresent(file)), makeBoot());
    await boots.store(boots.current);
    return boots;
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new NodeStartFailure(
      'DATA_DIRECTORY_UNUSABLE',
      `The list of starts ${file} cannot be read or written: ${cause}. Give the account that runs ` +
        'Understudy the right to read and write it, and see that the disk is not full.',
    );
  }
}

function parseBoots(text: string | undefined): readonly string[] {
  if (text === undefined) return [];
  try {
    const parsed = fileSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data.boots : [];
  } catch {
    return [];
  }
}

// Not by a function that keeps random numbers in store: a copy of this process has the same ones.
function makeBoot(): string {
  return randomBytes(8).toString('hex');
}
