import { statSync } from 'node:fs';

interface Seen {
  device: bigint;
  inode: bigint;
  size: bigint;
}

/** What became of a file that is in use; the text goes on after "the file …". */
export interface FileFault {
  /** `deleted`: what has it open still has all of it. */
  kind: 'deleted' | 'replaced' | 'cut';
  text: string;
}

/**
 * For how long a check stands while one write follows the other, in milliseconds. What was written since the
 * file was deleted is in what is open, so that `rewrite` has it too.
 */
const checkEveryMs = 20;

/**
 * Notices when a ledger file or its journal is no longer the one that is open: SQLite goes on with what it
 * has, and all that it is told is lost with the process. The server never makes either of the two shorter;
 * whoever has another program do so, such as a checkpoint or VACUUM of SQLite's own tool, leaves it whole.
 */
export class FileWatch {
  readonly #seen = new Map<string, Seen>();
  #checkedMs = -Infinity;

  /** @throws {Error} one of the files is not there */
  constructor(paths: readonly string[]) {
    for (const path of paths) this.#seen.set(path, see(path));
  }

  /** From here on what there is counts, where both are there. */
  accept(): void {
    for (const path of this.#seen.keys()) {
      const now = seeIfPresent(path);
      if (now) this.#seen.set(path, now);
    }
  }

  /** As `check`, but a check of the last 20 ms stands: two looks at a disk cost as much as a write. */
  checkNowAndThen(): FileFault | null {
    return performance.now() - this.#checkedMs < checkEveryMs ? null : this.check();
  }

  /** Null: they are as they were, or longer. */
  check(): FileFault | null {
    const fault = this.#look();
    this.#checkedMs = fault ? -Infinity : performance.now();
    return fault;
  }

  #look(): FileFault | null {
    for (const [path, before] of this.#seen) {
      const now = seeIfPresent(path);
      if (!now) return { kind: 'deleted', text: `${path} was deleted while the server ran` };
      if (now.device !== before.device || now.inode !== before.inode) {
        return { kind: 'replaced', text: `${path} was replaced while the server ran` };
      }
      if (now.size < before.size) {
        return { kind: 'cut', text: `${path} was cut short while the server ran` };
      }
      this.#seen.set(path, now);
    }
    return null;
  }
}

function see(path: string): Seen {
  const { dev: device, ino: inode, size } = statSync(path, { bigint: true });
  return { device, inode, size };
}

function seeIfPresent(path: string): Seen | null {
  try {
    return see(path);
  } catch {
    return null;
  }
}
