import { closeSync, fsyncSync, openSync } from 'node:fs';

/** Makes a rename in this directory durable, for a thread that serves nobody. */
export function syncDirectory(path: string): void {
  // Windows has no such call; its file system writes the rename to its journal.
  if (process.platform === 'win32') return;
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
