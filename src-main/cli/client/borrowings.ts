import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { checkoutRequestSchema, nonceSchema } from '../../../src-shared/contract/client-api.ts';
import { parseJson } from '../../../src-shared/model/json.ts';
import { epochMsSchema } from '../../../src-shared/model/scalars.ts';
import { describeSystemError } from '../../files/system-error.ts';
import { emptyIfNotText } from '../../files/text-file.ts';
import { readTextIfPresent, writeWholeFile } from '../../files/whole-file.ts';
import type { CommandContext } from '../frame/command-frame.ts';
import { CliFailure } from '../frame/failure.ts';

const borrowingSchema = z.strictObject({
  format: z.literal('understudy-borrowing/1'),
  /** The machine's key for this seat, in PEM; null: it was borrowed over the network. */
  key: z.string().max(4_096).nullable(),
  request: checkoutRequestSchema,
  askedAtMs: epochMsSchema,
  held: z.discriminatedUnion('state', [
    /** `nonce`: what the token is to repeat. */
    z.strictObject({ state: z.literal('asked'), nonce: nonceSchema }),
    /** `borrowed`: for `LicenseClient.resume`. */
    z.strictObject({ state: z.literal('held'), borrowed: z.string() }),
    /** `file`: the text of the return file. */
    z.strictObject({ state: z.literal('returned'), file: z.string() }),
  ]),
});

/** A seat that this user has borrowed on this machine, or asked for. */
export type Borrowing = Omit<z.infer<typeof borrowingSchema>, 'format'>;

const idLength = 8;

/** By which a person names it: hexadecimal digits that no two seats of a user are likely to share. */
export function borrowingIdOf({ request }: Pick<Borrowing, 'request'>): string {
  const { feature, client } = request;
  const text = JSON.stringify([feature, client.instance, client.user, client.host]);
  return createHash('sha256').update(text).digest('hex').slice(0, idLength);
}

export function borrowedUntilMs({ request }: Pick<Borrowing, 'request'>): number {
  return Date.parse(request.borrowUntil ?? '');
}

/** The borrowed seats of this user, each in a file that only this user reads. */
export class Borrowings {
  readonly #folder: string;

  constructor({ ownDirectory }: Pick<CommandContext, 'ownDirectory'>) {
    this.#folder = join(ownDirectory, 'borrowings');
  }

  /** The one that ends first comes first; what is damaged is left out. */
  async all(): Promise<Borrowing[]> {
    const names = await readdir(this.#folder).catch(() => []);
    const found: Borrowing[] = [];
    for (const name of names) {
      if (!/^[0-9a-f]+\.json$/.test(name)) continue;
      const text = await readTextIfPresent(join(this.#folder, name)).catch(emptyIfNotText);
      const kept = borrowingSchema.safeParse(parseJson(text ?? ''));
      if (kept.success) {
        const { format: _, ...borrowing } = kept.data;
        found.push(borrowing);
      }
    }
    return found.sort((a, b) => borrowedUntilMs(a) - borrowedUntilMs(b));
  }

  /** @throws {CliFailure} NO_SUCH_BORROWING */
  async get(id: string): Promise<Borrowing> {
    const borrowing = (await this.all()).find((one) => borrowingIdOf(one) === id);
    if (borrowing) return borrowing;
    const remedy = '`understudy client borrow list` shows what is borrowed.';
    throw new CliFailure('NO_SUCH_BORROWING', `This user has borrowed nothing as ${id}. ${remedy}`);
  }

  /** @throws {CliFailure} FILE_NOT_WRITTEN */
  async keep(borrowing: Borrowing): Promise<void> {
    const content: z.infer<typeof borrowingSchema> = {
      format: 'understudy-borrowing/1',
      ...borrowing,
    };
    const path = this.#pathOf(borrowing);
    try {
      await mkdir(this.#folder, { recursive: true });
      await chmod(this.#folder, 0o700);
      await writeWholeFile(path, `${JSON.stringify(content, null, 2)}\n`);
    } catch (error) {
      const reason = describeSystemError(error);
      throw new CliFailure('FILE_NOT_WRITTEN', `${path} was not written: ${reason}.`);
    }
  }

  async forget(borrowing: Borrowing): Promise<void> {
    const path = this.#pathOf(borrowing);
    await rm(path, { force: true });
    await rm(lockOf(path), { force: true });
  }

  /**
   * Takes a seat for this process, so that no two use it at a time; null: another one has it. The system
   * lets go of it when the process ends in whatever way.
   */
  take(borrowing: Borrowing): { release: () => void } | null {
    const lock = new DatabaseSync(lockOf(this.#pathOf(borrowing)), { timeout: 0 });
    try {
      lock.exec('PRAGMA journal_mode = MEMORY');
      lock.exec('BEGIN EXCLUSIVE');
      return { release: () => lock.close() };
    } catch {
      lock.close();
      return null;
    }
  }

  #pathOf(borrowing: Borrowing): string {
    return join(this.#folder, `${borrowingIdOf(borrowing)}.json`);
  }
}

function lockOf(path: string): string {
  return `${path}.lock`;
}
