import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/**
 * Tried again, since a log that is written in the background may add a file meanwhile, or hold one on
 * Windows. Not by `rmSync`, whose waits keep this thread from writing and closing it.
 */
const removal = { recursive: true, force: true, maxRetries: 10, retryDelay: 50 };

/** A new directory, removed when the test is over. Its path is short enough for a Unix socket. */
export function makeTemporaryDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'us-'));
  onTestFinished(() => rm(path, removal));
  return path;
}
