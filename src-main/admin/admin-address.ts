import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { adminSocketName } from '../../src-shared/contract/admin.ts';

/** Longest path of a Unix socket in bytes: 104 on macOS and BSD and 108 on Linux, with a NUL. */
export const socketPathBytesMax = process.platform === 'linux' ? 107 : 103;

/**
 * Where the node of a data directory is administered: a Unix socket in it, or on Windows a named
 * pipe whose name follows from the directory.
 */
export function adminAddress(dataDirectory: string): string {
  const path = resolve(dataDirectory);
  if (process.platform !== 'win32') return join(path, adminSocketName);
  const digest = createHash('sha256').update(longName(path).toLowerCase()).digest('hex');
  return `\\\\.\\pipe\\understudy-${digest.slice(0, 16)}`;
}

/** The same for short names, junctions and mapped drives; what is not there yet is named as it was. */
function longName(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(longName(parent), basename(path));
  }
}
