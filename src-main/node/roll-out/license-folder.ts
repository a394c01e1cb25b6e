import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { AdminAnswer, AdminErrorCode } from '../../../src-shared/contract/admin-error.ts';
import {
  type AdminResult,
  importedFileBytesMax,
  type LicenseChange,
} from '../../../src-shared/contract/admin.ts';
import {
  folderFilesMax,
  type LicenseFolderStatus,
} from '../../../src-shared/model/license-folder.ts';
import { readSaid } from '../../../src-shared/model/said-text.ts';
import { formatInstant } from '../../../src-shared/model/scalars.ts';
import { countOf } from '../../../src-shared/view/count-of.ts';
import { readBoundedFile, TooLong } from '../../files/bounded-file.ts';
import { describeSystemError } from '../../files/system-error.ts';
import { decodeText, NotText } from '../../files/text-file.ts';
import type { Log } from '../base/log.ts';
import { privateFolderMode } from '../base/own-files.ts';
import type { TimelineNote } from '../base/timeline-note.ts';
import { describeRefusedFile } from '../core/ledger/licenses.ts';
import type { SeenFile, SeenFiles } from './seen-files.ts';

export interface LicenseFolderOptions {
  folder: string;
  seen: SeenFiles;
  /** Imports a file at the server that serves its licences; notes on the timeline what comes of it. */
  importFile: (file: {
    content: string;
    fileName: string;
  }) => Promise<AdminAnswer<AdminResult<'license.import'>>>;
  /** Ids of the keys of the vendors that are trusted now. */
  keyIds: () => readonly string[];
  nowMs: () => number;
  note: (note: TimelineNote) => void;
  log: Pick<Log, 'info' | 'warn'>;
  /** What `status` says is another thing than before. */
  onChange: () => void;
  lookEveryMs?: number;
  retryAfterMs?: number;
}

const lookEveryMsDefault = 2_000;
const retryAfterMsDefault = 10_000;

/** Write permission for everybody. */
const writableByAll = 0o002;

/** What editors and downloads leave while they write, and what a system hides. */
const passing = /^[.~]|~$|\.(tmp|part|partial|crdownload|new|swp)$/i;

/**
 * Refusals that say nothing of the file, but that it cannot be judged or installed now.
 *
 * An order that was under way when its server stopped may have been carried out: a second time the file
 * is found to be the same, and changes nothing.
 */
const passingCodes: ReadonlySet<AdminErrorCode> = new Set([
  'NOT_SERVING',
  'SERVER_UNREACHABLE',
  'STORE_UNAVAILABLE',
  'RELATIONSHIP_BUSY',
  'NODE_AWAY',
  'BAD_REQUEST',
  'INTERNAL',
]);

/**
 * Takes the licence files of a folder by itself: what is there at the start of the server, and what is put
 * there or changed while it runs. Each goes the way of any import, so that all servers get what is newer
 * and an older serial is refused; what came of it is on the timeline. A file is taken when it was the same
 * at two looks, so that none is read while it is written. Files that go change nothing.
 */
export class LicenseFolder {
  readonly #options: LicenseFolderOptions;
  /** What each file looked like when it was last looked at. */
  #looks = new Map<string, string>();
  /** Looks of files that were decided about. */
  readonly #decided = new Map<string, string>();
  /** `retryAtMs`: of the monotonic clock. */
  readonly #waiting = new Map<string, { atMs: number; message: string; retryAtMs: number }>();
  #present: ReadonlySet<string> = new Set();
  #problem: string | null = null;
  /** What `onChange` was called for last. */
  #told = '';
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> | undefined;
  #stopped = false;

  constructor(options: LicenseFolderOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { folder, seen, log, lookEveryMs = lookEveryMsDefault } = this.#options;
    await seen.load().catch((error: unknown) => {
      log.warn('What came of the files in the licence folder cannot be read', error);
    });
    await mkdir(folder, { mode: privateFolderMode, recursive: true }).catch(() => undefined);
    this.look();
    this.#timer = setInterval(() => this.look(), lookEveryMs);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#round;
  }

  look(): void {
    this.#round ??= this.#lookAtAll()
      .catch((error: unknown) => this.#tellProblem(describeSystemError(error)))
      .finally(() => {
        this.#round = undefined;
        this.#tellChange();
      });
  }

  #tellChange(): void {
    const status = JSON.stringify(this.status());
    if (status === this.#told) return;
    this.#told = status;
    this.#options.onChange();
  }

  status(): LicenseFolderStatus {
    const { folder, seen } = this.#options;
    const files = [...this.#present].flatMap((name): LicenseFolderStatus['files'] => {
      const waiting = this.#waiting.get(name);
      if (waiting) {
        const { atMs, message } = waiting;
        return [{ name, state: 'waiting', at: formatInstant(atMs), message }];
      }
      const known = seen.get(name);
      if (!known) return [];
      const { state, atMs, message } = known;
      return [{ name, state, at: formatInstant(atMs), message }];
    });
    return { folder, files, problem: this.#problem };
  }

  async #lookAtAll(): Promise<void> {
    const { folder } = this.#options;
    if (process.platform !== 'win32' && ((await stat(folder)).mode & writableByAll) !== 0) {
      return this.#tellProblem('every account can write to it, so that nothing is taken from it');
    }
    const found = (await readdir(folder)).filter((name) => !passing.test(name)).sort();
    const names = found.slice(0, folderFilesMax);
    this.#present = new Set(names);
    const before = this.#looks;
    this.#looks = new Map();
    for (const name of names) {
      if (this.#stopped) return;
      const look = await lookAt(join(folder, name));
      if (look === null) continue;
      this.#looks.set(name, look);
      if (before.get(name) === look && this.#isUndecided(name, look)) await this.#take(name, look);
    }
    for (const name of this.#waiting.keys()) {
      if (!this.#present.has(name)) this.#waiting.delete(name);
    }
    this.#tellProblem(
      found.length > folderFilesMax
        ? `it has ${found.length} files; only the first ${folderFilesMax} by name are looked at`
        : null,
    );
  }

  /** One that was refused for want of its vendor's key is looked at again when keys came or went. */
  #isUndecided(name: string, look: string): boolean {
    if (this.#decided.get(name) !== look) return true;
    const { keyIds } = this.#options.seen.get(name) ?? {};
    return keyIds !== undefined && !isSameSet(keyIds, this.#options.keyIds());
  }

  async #take(name: string, look: string): Promise<void> {
    const { seen } = this.#options;
    if ((this.#waiting.get(name)?.retryAtMs ?? 0) > performance.now()) return;
    const read = await this.#read(name);
    if (read === null) return;
    const digest = createHash('sha256').update(read.bytes).digest('base64url');
    const known = seen.get(name);
    if (known?.digest === digest) {
      this.#decided.set(name, look);
      if (!this.#isUndecided(name, look)) return;
    }
    const outcome =
      'content' in read ? await this.#import(name, read.content) : this.#refuse(name, read);
    if (outcome === null) return;
    this.#waiting.delete(name);
    this.#decided.set(name, look);
    await seen.note(name, { digest, ...outcome }, this.#present);
  }

  /** Null: it is gone, or cannot be read now. */
  async #read(
    name: string,
  ): Promise<{ bytes: Buffer; content: string } | { bytes: Buffer; message: string } | null> {
    try {
      const bytes = await readBoundedFile(join(this.#options.folder, name), importedFileBytesMax);
      try {
        return { bytes, content: decodeText(bytes) };
      } catch (error) {
        if (!(error instanceof NotText)) throw error;
        return { bytes, message: `It is not a licence file: ${error.message}.` };
      }
    } catch (error) {
      if (error instanceof TooLong) {
        const limit = `${importedFileBytesMax / 1024 / 1024} MiB`;
        const message = `It is longer than ${limit}.`;
        return { bytes: Buffer.from(message), message };
      }
      this.#wait(name, `It cannot be read: ${describeSystemError(error)}.`);
      return null;
    }
  }

  async #import(name: string, content: string): Promise<Omit<SeenFile, 'digest'> | null> {
    const { importFile, keyIds, nowMs, log } = this.#options;
    const trusted = [...keyIds()];
    const answer = await importFile({ content, fileName: fileNameOf(name) });
    if (answer.ok) {
      const message = describeTaken(answer.value.changes);
      log.info(`${fileNameOf(name)}: ${message}`);
      return { state: 'taken', atMs: nowMs(), message };
    }
    const { code, message } = answer;
    if (passingCodes.has(code)) {
      this.#wait(name, message);
      return null;
    }
    const awaitsKey = code === 'LICENSE_VENDOR_UNTRUSTED' && { keyIds: trusted };
    return { state: 'refused', atMs: nowMs(), message, ...awaitsKey };
  }

  #refuse(name: string, { message }: { message: string }): Omit<SeenFile, 'digest'> {
    const { note, nowMs } = this.#options;
    const told = describeRefusedFile(fileNameOf(name), message);
    note({ kind: 'licenseRefused', severity: 'warning', message: told });
    return { state: 'refused', atMs: nowMs(), message };
  }

  #wait(name: string, message: string): void {
    const { nowMs, retryAfterMs = retryAfterMsDefault } = this.#options;
    const { atMs = nowMs() } = this.#waiting.get(name) ?? {};
    this.#waiting.set(name, { atMs, message, retryAtMs: performance.now() + retryAfterMs });
  }

  #tellProblem(problem: string | null): void {
    if (problem !== null && problem !== this.#problem) {
      this.#options.log.warn(`The licence folder ${this.#options.folder}: ${problem}`);
    }
    this.#problem = problem;
  }
}

/** What tells one state of a file from another; null: it is gone, or no file. */
async function lookAt(path: string): Promise<string | null> {
  const found = await stat(path, { bigint: true }).catch((): BigIntStats | null => null);
  if (!found?.isFile()) return null;
  return [found.ino, found.size, found.mtimeNs, found.ctimeNs].join();
}

/** As the timeline names it. */
function fileNameOf(name: string): string {
  return `${readSaid(name, 200)} of the licence folder`;
}

function describeTaken(changes: readonly LicenseChange[]): string {
  const count = (kind: LicenseChange['kind']) => changes.filter((one) => one.kind === kind).length;
  const parts = [
    `${countOf(count('new'), 'licence')} installed`,
    `${count('replace')} replaced`,
    `${count('same')} unchanged`,
  ];
  return `${parts.join(', ')}.`;
}

function isSameSet(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((id) => other.includes(id));
}
