import { rmSync } from 'node:fs';
import { copyInto } from './copy-into.ts';
import { makeTemporaryDirectory } from './temporary-directory.ts';

/** A copy of a data directory, as a backup takes it, without its sockets; removed after the test. */
export function copyDirectory(dataDirectory: string): string {
  const copy = makeTemporaryDirectory();
  copyInto(dataDirectory, copy);
  return copy;
}

/** Puts a data directory back to what it was when it was copied. Its server must not run. */
export function putBack(dataDirectory: string, copy: string): void {
  rmSync(dataDirectory, { recursive: true });
  copyInto(copy, dataDirectory);
}
