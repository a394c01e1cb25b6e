import { statSync } from 'node:fs';
import { expect } from 'vitest';
import { noFileModes } from './skip.ts';

/** Expects permissions of a file or a folder, where the system has any. */
export function expectMode(path: string, mode: number): void {
  if (noFileModes === null) expect([path, statSync(path).mode & 0o777]).toEqual([path, mode]);
}
