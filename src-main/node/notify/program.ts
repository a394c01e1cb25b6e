import { execFile } from 'node:child_process';
import type { Notice, NotifySettings } from '../../../src-shared/model/notify.ts';

/** Longest run of a program, in milliseconds. */
const runMsMax = 60_000;

/** What is read of its output, in bytes; more ends it. */
const outputBytesMax = 1024 * 1024;

/** Part of what it says on stderr that is told when it fails. */
const saidLengthMax = 300;

/**
 * Runs a program, without a shell: the notice comes to it as JSON on standard input, and its main parts in the
 * environment. Nothing of it becomes an argument.
 *
 * @throws {Error} why it was not run or what it ended with, as the end of a sentence
 */
export function runProgram(
  { path, args }: NonNullable<NotifySettings['program']>,
  notice: Notice,
  signal: AbortSignal,
): Promise<void> {
  // What makes a Node of the program that this server is would do so to those that it starts.
  const { ELECTRON_RUN_AS_NODE: _, ...inherited } = process.env;
  const env = {
    ...inherited,
    UNDERSTUDY_SERVER: notice.server.name,
    UNDERSTUDY_KIND: notice.kind,
    UNDERSTUDY_SEVERITY: notice.severity,
    UNDERSTUDY_MESSAGE: notice.message,
  };
  return new Promise((resolve, reject) => {
    const options = { env, signal, timeout: runMsMax, killSignal: 'SIGKILL', windowsHide: true };
    const child = execFile(
      path,
      args,
      { ...options, killSignal: 'SIGKILL', maxBuffer: outputBytesMax },
      (error, _stdout, stderr) => {
        if (!error) return resolve();
        reject(new Error(`${path} ${describe(error, stderr)}`));
      },
    );
    // A program need not read it.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(`${JSON.stringify(notice)}\n`);
  });
}

function describe(error: Error & { code?: unknown; killed?: boolean }, stderr: string): string {
  if (typeof error.code === 'string') return `cannot be run: ${error.code}`;
  if (error.killed === true) return `did not end within ${runMsMax / 1_000} s`;
  const said = stderr.trim().slice(0, saidLengthMax);
  return `ended with status ${String(error.code)}${said === '' ? '' : `: ${said}`}`;
}
