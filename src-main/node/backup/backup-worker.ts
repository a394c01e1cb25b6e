// Entry of the thread that makes or reads one backup, so that the thread that answers clients never waits for
// the disk (docs/adr/0005-threads.md).
import { rmSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { BackupSummary } from '../../../src-shared/model/backup.ts';
import { BackupFailure, summarize } from './backup-format.ts';
import type { BackupAnswer, BackupTask } from './backup-task.ts';
import { readBackup } from './read-backup.ts';
import { writeBackup } from './write-backup.ts';

parentPort?.postMessage(await answer(workerData as BackupTask));

async function answer(task: BackupTask): Promise<BackupAnswer> {
  try {
    const summary = task.type === 'write' ? await writeBackup(task.options) : await verify(task);
    return { ok: true, summary };
  } catch (error) {
    if (error instanceof BackupFailure) {
      return { ok: false, code: error.code, message: error.message };
    }
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { ok: false, code: null, message };
  }
}

async function verify({
  file,
  unpackTo,
}: Extract<BackupTask, { type: 'verify' }>): Promise<BackupSummary> {
  rmSync(unpackTo, { force: true });
  const { manifest, bytes } = await readBackup(file, unpackTo, null);
  rmSync(unpackTo, { force: true });
  return summarize(manifest, bytes);
}
