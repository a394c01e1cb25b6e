import { Worker } from 'node:worker_threads';
import type { BackupSummary } from '../../../src-shared/model/backup.ts';
import { BackupFailure, type BackupFailureCode } from './backup-format.ts';
import type { WriteBackupOptions } from './write-backup.ts';

/** What one thread does. */
export type BackupTask =
  | { type: 'write'; options: WriteBackupOptions }
  /** Reads all of a backup; its ledger is at `unpackTo` meanwhile. */
  | { type: 'verify'; file: string; unpackTo: string };

export type BackupAnswer =
  | { ok: true; summary: BackupSummary }
  /** Without a code it is a bug. */
  | { ok: false; code: BackupFailureCode | null; message: string };

/**
 * Makes or reads a backup in a thread of its own, until it is done or `signal` ends it: what it has written
 * until then is left.
 *
 * @throws {BackupFailure} why it was not done
 */
export async function performBackupTask(
  task: BackupTask,
  signal: AbortSignal,
): Promise<BackupSummary> {
  if (signal.aborted) throw stopped();
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const worker = new Worker(new URL(`./backup-worker.${extension}`, import.meta.url), {
    workerData: task,
    execArgv: ['--disable-warning=ExperimentalWarning'],
    name: `backup-${task.type}`,
  });
  const stop = () => void worker.terminate();
  signal.addEventListener('abort', stop);
  try {
    const answer = await answerOf(worker, signal);
    if (answer.ok) return answer.summary;
    if (answer.code !== null) throw new BackupFailure(answer.code, answer.message);
    throw new Error(answer.message);
  } finally {
    signal.removeEventListener('abort', stop);
    await worker.terminate();
  }
}

function answerOf(worker: Worker, signal: AbortSignal): Promise<BackupAnswer> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => {
      reject(signal.aborted ? stopped() : new Error(`the backup's thread ended with code ${code}`));
    });
  });
}

function stopped(): BackupFailure {
  return new BackupFailure('BACKUP_NOT_WRITTEN', 'The backup was not made: the server stopped.');
}
