import { open } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { systemCodeOf } from '../../files/system-error.ts';
import { decodeText, NotText } from '../../files/text-file.ts';
import { CliFailure, describeSystemError } from './failure.ts';
import type { Terminal } from './terminal.ts';

export interface InputFile {
  text: string;
  /** Without its folder, for the timeline. */
  name: string;
}

/**
 * The text of a file, or of stdin for `-`. What is too long, or no text, is refused before it is
 * read as a whole. `what` names it in messages, such as "a licence file".
 *
 * @throws {CliFailure} FILE_UNREADABLE, FILE_TOO_LARGE, FILE_NOT_TEXT
 */
export async function readInputFile(
  terminal: Terminal,
  path: string,
  what: string,
  bytesMax: number,
): Promise<InputFile> {
  const bytes =
    path === '-'
      ? await readStdin(terminal, what, bytesMax)
      : await readFile(resolve(terminal.workingDirectory, path), what, bytesMax);
  const name = path === '-' ? 'standard input' : basename(path);
  try {
    return { text: decodeText(bytes), name };
  } catch (error) {
    if (!(error instanceof NotText)) throw error;
    throw new CliFailure('FILE_NOT_TEXT', `${path} is not ${what}: ${error.message}.`);
  }
}

async function readFile(path: string, what: string, bytesMax: number): Promise<Buffer> {
  const file = await open(path, 'r').catch((error: unknown) => {
    throw unreadable(path, error);
  });
  try {
    const stat = await file.stat();
    if (stat.isFile() && stat.size > bytesMax) throw tooLarge(path, what, bytesMax);
    // A device or a pipe has no size, and a file can grow: never more than the limit and one byte.
    const buffer = Buffer.alloc(bytesMax + 1);
    let length = 0;
    while (length < buffer.length) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length, null);
      if (bytesRead === 0) return buffer.subarray(0, length);
      length += bytesRead;
    }
    throw tooLarge(path, what, bytesMax);
  } catch (error) {
    throw error instanceof CliFailure ? error : unreadable(path, error);
  } finally {
    await file.close();
  }
}

async function readStdin({ stdin }: Terminal, what: string, bytesMax: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stdin as AsyncIterable<Buffer | string>) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > bytesMax) throw tooLarge('Standard input', what, bytesMax);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

function unreadable(path: string, error: unknown): CliFailure {
  const reason = systemCodeOf(error);
  const message = `${path} cannot be read: ${describeSystemError(error)}.`;
  return new CliFailure('FILE_UNREADABLE', message, reason === '' ? {} : { reason });
}

function tooLarge(path: string, what: string, bytesMax: number): CliFailure {
  const limit = bytesMax >= 1024 * 1024 ? `${bytesMax / 1024 / 1024} MiB` : `${bytesMax} bytes`;
  return new CliFailure(
    'FILE_TOO_LARGE',
    `${path} is not ${what}: it is longer than ${limit}. Nothing was read.`,
  );
}
