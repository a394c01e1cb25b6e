import { mkdir, readdir, rm } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { type AdminAnswer, refuse } from '../../../src-shared/contract/admin-error.ts';
import type { BackupStatus, BackupSummary } from '../../../src-shared/model/backup.ts';
import type { NodeSettings } from '../../../src-shared/model/node-settings.ts';
import { formatInstant } from '../../../src-shared/model/scalars.ts';
import { hourMs } from '../../../src-shared/model/time-units.ts';
import type { DataDirectory } from '../base/data-directory.ts';
import type { Log } from '../base/log.ts';
import { privateFolderMode } from '../base/own-files.ts';
import type { TimelineNote } from '../base/timeline-note.ts';
import { BackupFailure } from './backup-format.ts';
import { type BackupRecord, readBackupRecord, writeBackupRecord } from './backup-record.ts';
import { performBackupTask } from './backup-task.ts';
import { nextTimeOfDay } from './backup-time.ts';
import { passingFilesOf, type WriteBackupOptions } from './write-backup.ts';

export interface BackupsOptions {
  serverId: string;
  version: string;
  directory: Pick<DataDirectory, 'path' | 'ledgerFile' | 'backupsFile'>;
  settings: () => Pick<NodeSettings, 'name' | 'backupsKept' | 'backupTime' | 'backupFolder'>;
  nowMs: () => number;
  note: (note: TimelineNote) => void;
  log: Pick<Log, 'info' | 'warn'>;
  /** The state that admins see is another one than before. */
  onChange: () => void;
}

const lookEveryMs = 30_000;

/** How long after a failure it is tried again. */
const retryAfterMs = hourMs;

/**
 * Backups of this server: those that an admin orders, and one each day by itself, of which the newest are kept.
 * Each of those is read back as a whole before it counts. One is made at a time.
 */
export class Backups {
  readonly #options: BackupsOptions;
  #record: BackupRecord | undefined;
  #count = 0;
  #problem: { atMs: number; message: string } | null = null;
  #turn: Promise<unknown> = Promise.resolve();
  #busy = false;
  #timer: NodeJS.Timeout | undefined;
  readonly #end = new AbortController();

  constructor(options: BackupsOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { directory, nowMs, log } = this.#options;
    this.#record = await readBackupRecord(directory.backupsFile);
    if (!this.#record) {
      await this.#keepRecord({ sinceMs: nowMs(), last: null }).catch((error: unknown) => {
        log.warn('It cannot be written down since when backups are made', error);
      });
    }
    this.#count = (await this.#list()).length;
    this.look();
    this.#timer = setInterval(() => this.look(), lookEveryMs);
  }

  /** One that is being made is given up, with nothing left of it. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#end.abort();
    await this.#turn;
  }

  /** Makes the daily backup when it is time for it. */
  look(): void {
    const nextMs = this.#nextMs();
    if (nextMs !== null && !this.#busy && this.#options.nowMs() >= nextMs) void this.makeNow();
  }

  status(): BackupStatus {
    const last = this.#record?.last ?? null;
    const nextMs = this.#nextMs();
    return {
      folder: this.#folder(),
      count: this.#count,
      last: last && {
        file: last.file,
        at: formatInstant(last.atMs),
        bytes: last.bytes,
        verifiedAt: formatInstant(last.verifiedMs),
      },
      nextAt: nextMs === null ? null : formatInstant(nextMs),
      busy: this.#busy,
      problem: this.#problem && {
        at: formatInstant(this.#problem.atMs),
        message: this.#problem.message,
      },
    };
  }

  /** Writes a backup where an admin wants it; with a passphrase the server's key comes along. */
  create(
    file: string,
    passphrase: string | null,
  ): Promise<AdminAnswer<{ file: string; backup: BackupSummary }>> {
    if (!isAbsolute(file)) {
      return Promise.resolve(refuse('BAD_REQUEST', 'The path of the backup must be absolute.'));
    }
    return this.#inTurn(async () => {
      const backup = await this.#write(file, passphrase);
      return { file, backup };
    });
  }

  /** Makes one like those that are made by themselves; of these the newest are kept. */
  makeNow(): Promise<AdminAnswer<BackupStatus>> {
    return this.#inTurn(async () => {
      try {
        await this.#makeKept();
        this.#problem = null;
      } catch (error) {
        if (!this.#end.signal.aborted) this.#noteProblem(error);
        throw error;
      }
      return this.status();
    });
  }

  async #makeKept(): Promise<void> {
    const { nowMs, log } = this.#options;
    const folder = this.#folder();
    await mkdir(folder, { recursive: true, mode: privateFolderMode });
    const atMs = nowMs();
    const file = join(folder, this.#fileName(atMs));
    const { bytes } = await this.#write(file, null);
    try {
      await this.#verify(file);
    } catch (error) {
      // Not even by its name is it one of those that are kept.
      await rm(file, { force: true });
      throw error;
    }
    const last = { file, atMs, bytes, verifiedMs: nowMs() };
    await this.#keepRecord({ sinceMs: this.#record?.sinceMs ?? atMs, last });
    await this.#dropOld();
    log.info(`The backup ${file} was made and verified.`);
  }

  async #write(target: string, passphrase: string | null): Promise<BackupSummary> {
    const { serverId: id, version, directory, settings, nowMs } = this.#options;
    const { ledgerFile } = directory;
    const options: WriteBackupOptions = {
      dataDirectory: directory.path,
      ledgerFile,
      target,
      version,
      passphrase,
      server: { id, name: settings().name },
      createdAt: formatInstant(nowMs()),
    };
    try {
      return await performBackupTask({ type: 'write', options }, this.#end.signal);
    } finally {
      for (const path of passingFilesOf(options)) await rm(path, { force: true });
    }
  }

  async #verify(file: string): Promise<void> {
    const unpackTo = `${this.#options.directory.ledgerFile}.verified`;
    try {
      await performBackupTask({ type: 'verify', file, unpackTo }, this.#end.signal);
    } finally {
      await rm(unpackTo, { force: true });
    }
  }

  #nextMs(): number | null {
    const { backupsKept, backupTime } = this.#options.settings();
    if (backupsKept === 0 || !this.#record) return null;
    const { last, sinceMs } = this.#record;
    const nowMs = this.#options.nowMs();
    const fromMs = last?.atMs ?? sinceMs;
    // A clock that was ahead by then says nothing of when it was.
    const nextMs = fromMs > nowMs ? nowMs : nextTimeOfDay(backupTime, fromMs);
    return this.#problem ? Math.max(nextMs, this.#problem.atMs + retryAfterMs) : nextMs;
  }

  #folder(): string {
    const { settings, directory } = this.#options;
    const { backupFolder } = settings();
    return backupFolder === '' ? join(directory.path, 'backups') : backupFolder;
  }

  /** Several servers may have theirs in one folder. */
  get #namePrefix(): string {
    return `understudy-${this.#options.serverId.slice(0, 8)}-`;
  }

  #fileName(atMs: number): string {
    const time = new Date(atMs).toISOString().replaceAll(/[:.]/g, '-');
    return `${this.#namePrefix}${time}.backup`;
  }

  /** Names of those that were made by themselves, the oldest first. */
  async #list(): Promise<string[]> {
    const names = await readdir(this.#folder()).catch(() => []);
    const own = names.filter(
      (name) => name.startsWith(this.#namePrefix) && name.endsWith('.backup'),
    );
    return own.sort();
  }

  async #dropOld(): Promise<void> {
    const names = await this.#list();
    const kept = Math.max(1, this.#options.settings().backupsKept);
    const old = names.slice(0, Math.max(0, names.length - kept));
    for (const name of old) await rm(join(this.#folder(), name), { force: true });
    this.#count = names.length - old.length;
  }

  async #keepRecord(record: BackupRecord): Promise<void> {
    this.#record = record;
    await writeBackupRecord(this.#options.directory.backupsFile, record);
  }

  /** On the timeline once, until one is made again. */
  #noteProblem(error: unknown): void {
    const { note, log, nowMs } = this.#options;
    const message = error instanceof Error ? error.message : String(error);
    const isNew = this.#problem === null;
    this.#problem = { atMs: nowMs(), message };
    log.warn('A backup was not made', error);
    if (isNew) note({ kind: 'backupFailed', severity: 'warning', message });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<AdminAnswer<T>> {
    const { log, onChange } = this.#options;
    const turn = this.#turn.then(async (): Promise<AdminAnswer<T>> => {
      this.#busy = true;
      onChange();
      try {
        return { ok: true, value: await work() };
      } catch (error) {
        if (error instanceof BackupFailure) return refuse('BACKUP_FAILED', error.message);
        log.warn('A backup failed', error);
        const message = error instanceof Error ? error.message : String(error);
        return refuse('BACKUP_FAILED', `The backup was not made: ${message}.`);
      } finally {
        this.#busy = false;
        onChange();
      }
    });
    this.#turn = turn;
    return turn;
  }
}
