import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Tried again, since a log that is written in the background may add a file meanwhile. */
const removal = { recursive: true, force: true, maxRetries: 5, retryDelay: 20 };

/** A new directory, removed when the test is over. Its path is short enough for a Unix socket. */
export function makeTemporaryDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'us-'));
  onTestFinished(() => rmSync(path, removal));
  return path;
}
