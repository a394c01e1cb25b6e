import { renameSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { systemCodeOf } from './system-error.ts';

/** How long another program may have a file open before it is given up, in milliseconds. */
const patienceMs = 5_000;

const waitFirstMs = 10;
const waitMaxMs = 250;

/** What Windows says while a virus scanner, an indexer or a backup has one of the two files open. */
const inUseCodes = ['EPERM', 'EACCES', 'EBUSY'];

/** Another program has not let go of a file; the message names it and says what to do. */
export class FileInUse extends Error {
  override name = 'FileInUse';
  /** Of the operating system. */
  readonly code: string;
  constructor(path: string, code: string) {
    super(
      `${path} is in use by another program, or may not be changed (${code}). Close what has it open, ` +
        'such as an editor, or leave the folder out of virus scans, and try again',
    );
    this.code = code;
  }
}

/**
 * Renames a file, in the place of another one if that is there. Tries again for some seconds while
 * either is in use.
 *
 * @throws {FileInUse} It still was after that
 */
export async function replaceFile(from: string, to: string): Promise<void> {
  const patience = new Patience(to);
  for (;;) {
    try {
      return await rename(from, to);
    } catch (error) {
      const waitMs = patience.waitAfter(error);
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }
}

/** The same, for a thread that serves nobody: it stands still meanwhile. */
export function replaceFileSync(from: string, to: string): void {
  const patience = new Patience(to);
  for (;;) {
    try {
      return renameSync(from, to);
    } catch (error) {
      const waitMs = patience.waitAfter(error);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, waitMs);
    }
  }
}

class Patience {
  readonly #path: string;
  readonly #endMs = performance.now() + patienceMs;
  #waitMs = waitFirstMs;

  constructor(path: string) {
    this.#path = path;
  }

  /** How long to wait, or throws: waiting does not help, or no longer. */
  waitAfter(error: unknown): number {
    const code = systemCodeOf(error);
    if (!inUseCodes.includes(code)) throw error;
    if (performance.now() >= this.#endMs) throw new FileInUse(this.#path, code);
    const waitMs = this.#waitMs;
    this.#waitMs = Math.min(waitMaxMs, waitMs * 2);
    return waitMs;
  }
}
