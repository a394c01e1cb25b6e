import { spawnSync } from 'node:child_process';
import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { makeTemporaryDirectory } from './temporary-directory.ts';

/** Why file systems cannot be mounted here; null when they can. */
export const noMounts: string | null = findWhyNot();

function findWhyNot(): string | null {
  if (process.platform !== 'linux') return 'only Linux mounts a tmpfs for a test';
  if (process.getuid?.() !== 0) return 'only root may mount a tmpfs';
  return null;
}

/** A file system of its own, in memory, unmounted when the test is over. */
export function mountSmallDisk(options: string): string {
  const path = makeTemporaryDirectory();
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path], {
    encoding: 'utf8',
  });
  if (mounted.status !== 0) throw new Error(`mount failed: ${mounted.stderr}`);
  onTestFinished(() => void spawnSync('umount', ['-l', path]));
  return path;
}

/** Takes every free block. Returns what gives them back. */
export function fillDisk(path: string): () => void {
  const file = join(path, 'filling');
  const descriptor = openSync(file, 'w');
  const block = Buffer.alloc(4096);
  try {
    for (;;) writeSync(descriptor, block);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
  fsyncSync(descriptor);
  closeSync(descriptor);
  return () => rmSync(file);
}
