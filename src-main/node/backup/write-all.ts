import { writeSync } from 'node:fs';

/** So much of a file is in memory at a time. */
export const chunkBytes = 1024 * 1024;

/** Writes all of it at the place of the descriptor; returns how many bytes that were. */
export function writeAll(descriptor: number, bytes: Buffer): number {
  for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at);
  return bytes.length;
}
