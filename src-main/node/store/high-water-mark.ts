import { createHash } from 'node:crypto';
import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { replaceFileSync } from '../../files/replace-file.ts';
import { privateFileMode } from '../base/own-files.ts';
import { syncDirectory } from './sync-directory.ts';

/** How far a ledger file is. */
export interface Progress {
  /** Of this file and its copies alone, 32 hexadecimal digits. */
  database: string;
  /** Of the newest write that is durable in it. */
  number: number;
}

/** Two places, far enough apart for a write that is cut short to damage one of them only. */
const slotOffsets = [0, 4_096] as const;
const slotBytes = 128;

/** How long the disk may keep a mark back, in milliseconds; a crash of the process loses none. */
const syncEveryMs = 1_000;

/** Where the mark of a ledger file is. It is none of the names that stand for the file itself. */
export function markFileOf(ledgerFile: string): string {
  return join(dirname(ledgerFile), 'high-water-mark');
}

/** Null: there is none, or none that can be read. */
export function readMark(file: string): Progress | null {
  const bytes = readIfPresent(file);
  if (!bytes) return null;
  const slots = slotOffsets.flatMap((at) => {
    const progress = parseSlot(bytes.toString('latin1', at, at + slotBytes));
    return progress ? [progress] : [];
  });
  return slots.sort((a, b) => b.number - a.number)[0] ?? null;
}

/**
 * How far the ledger file was, written down outside of it. It proves that a file which has less is not
 * what it was. Each write is noted after it is durable, so that the mark is never ahead of the file: a crash
 * of the process leaves it exact, a power cut behind by a second at most.
 */
export class HighWaterMark {
  readonly #descriptor: number;
  readonly #database: string;
  #slot = 0;
  #syncedMs = performance.now();
  #syncing = false;

  /** Takes the place of a former mark; durable when it returns. */
  constructor(file: string, { database, number }: Progress) {
    this.#database = database;
    const fresh = `${file}.new`;
    rmSync(fresh, { force: true });
    const descriptor = openSync(fresh, 'wx', privateFileMode);
    try {
      for (const at of slotOffsets) writeSync(descriptor, slotOf({ database, number }), at);
      fdatasyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    replaceFileSync(fresh, file);
    syncDirectory(dirname(file));
    this.#descriptor = openSync(file, 'r+');
  }

  /** A write is durable in the ledger file. A mark that cannot be written is behind, no more. */
  note(number: number): void {
    this.#slot = 1 - this.#slot;
    const at = slotOffsets[this.#slot] ?? 0;
    try {
      writeSync(this.#descriptor, slotOf({ database: this.#database, number }), at);
    } catch {
      return;
    }
    if (this.#syncing || performance.now() - this.#syncedMs < syncEveryMs) return;
    this.#syncing = true;
    fdatasync(this.#descriptor, () => {
      this.#syncing = false;
      this.#syncedMs = performance.now();
    });
  }

  close(): void {
    try {
      fdatasyncSync(this.#descriptor);
    } catch {
      // The mark may be behind the ledger then, which is no loss.
    }
    closeSync(this.#descriptor);
  }
}

function slotOf({ database, number }: Progress): string {
  const text = `understudy-mark/1 ${database} ${number}`;
  return `${text} ${sumOf(text)}`.padEnd(slotBytes - 1) + '\n';
}

function parseSlot(slot: string): Progress | null {
  const match = /^(understudy-mark\/1 ([0-9a-f]{32}) (\d{1,15})) ([0-9a-f]{16}) *\n$/.exec(slot);
  if (!match) return null;
  const [, text = '', database = '', number = '', sum] = match;
  return sum === sumOf(text) ? { database, number: Number(number) } : null;
}

function sumOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function readIfPresent(file: string): Buffer | null {
  try {
    return readFileSync(file);
  } catch {
    return null;
  }
}
