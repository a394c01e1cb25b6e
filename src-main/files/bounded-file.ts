import { open } from 'node:fs/promises';

/** A file is longer than it may be. */
export class TooLong extends Error {
  override name = 'TooLong';
}

/**
 * What is in a file, a device or a pipe, of at most `bytesMax` bytes; of a longer one not more is read.
 *
 * @throws {TooLong} it is longer
 */
export async function readBoundedFile(path: string, bytesMax: number): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const stat = await file.stat();
    if (stat.isFile() && stat.size > bytesMax) throw new TooLong();
    // A device or a pipe has no size, and a file can grow: never more than the limit and one byte.
    const buffer = Buffer.alloc(bytesMax + 1);
    let length = 0;
    while (length < buffer.length) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length, null);
      if (bytesRead === 0) return buffer.subarray(0, length);
      length += bytesRead;
    }
    throw new TooLong();
  } finally {
    await file.close();
  }
}
