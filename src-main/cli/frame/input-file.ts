import { basename, resolve } from 'node:path';
import { readBoundedFile, TooLong } from '../../files/bounded-file.ts';
import { describeSystemError, systemCodeOf } from '../../files/system-error.ts';
import { decodeText, NotText } from '../../files/text-file.ts';
import { CliFailure } from './failure.ts';
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
  try {
    return await readBoundedFile(path, bytesMax);
  } catch (error) {
    throw error instanceof TooLong ? tooLarge(path, what, bytesMax) : unreadable(path, error);
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
