import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A new directory, removed when the test is over. Its path is short enough for a Unix socket. */
export function makeTemporaryDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'us-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
