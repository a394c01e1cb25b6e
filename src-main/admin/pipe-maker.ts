import { spawn } from 'node:child_process';
import { basename, dirname, join } from 'node:path';

/** Whether it is safe to connect to an admin address; `release` is called once that is done or given up. */
export type PipeMaker = { ok: true; release: () => void } | { ok: false; message: string };

const nothingToRelease = (): void => undefined;

/**
 * The program of an installation on Windows that looks who has made a pipe; null where none is needed: a
 * Unix socket lies in a folder that is closed to others. A checkout on Windows has no such program.
 */
export function findPipeProgram(
  platform: NodeJS.Platform = process.platform,
  program: string = process.execPath,
): string | null {
  if (platform !== 'win32' || basename(program).toLowerCase() !== 'understudy.exe') return null;
  return join(dirname(program), 'bin', 'understudy.exe');
}

/**
 * Any account can make a pipe, and its name is no secret, so that a stranger could sit where the server is
 * expected and be told what is meant for it. Says whether the system, an administrator, the service's account
 * or this one has made it. Until `release` is called, the program keeps a connection of its own open, so
 * that the pipe cannot become somebody else's in between. Never throws; ends within `timeoutMs`.
 */
export function askPipeMaker(
  program: string | null,
  address: string,
  timeoutMs: number,
): Promise<PipeMaker> {
  if (program === null) return Promise.resolve({ ok: true, release: nothingToRelease });
  return new Promise((resolve) => {
    const asked = spawn(program, ['pipe-maker', address], {
      stdio: ['pipe', 'pipe', 'ignore'],
      windowsHide: true,
    });
    let said = '';
    const finish = (maker: PipeMaker): void => {
      clearTimeout(timer);
      resolve(maker);
      if (!maker.ok) asked.kill();
    };
    const cannotTell = (why: string): void =>
      finish({
        ok: false,
        message:
          `Who has made ${address} cannot be told (${why}), so nothing was sent there. ` +
          'Repair the installation of Understudy.',
      });
    const timer = setTimeout(
      () => cannotTell(`${program} did not answer within ${timeoutMs / 1_000} s`),
      timeoutMs,
    );
    asked.on('error', (error) => cannotTell(error.message));
    asked.on('close', () => cannotTell(`${program} ended without an answer`));
    // It may be gone by the time that it is released.
    asked.stdin.on('error', nothingToRelease);
    asked.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      const line = /^(.*?)\r?\n/.exec(said)?.[1];
      if (line === undefined) return;
      if (line === 'ours') finish({ ok: true, release: () => void asked.stdin.end() });
      else finish({ ok: false, message: describe(line, address) });
    });
  });
}

function describe(line: string, address: string): string {
  const [word = '', ...rest] = line.split(' ');
  switch (word) {
    case 'none':
      return describeNobody(address);
    case 'denied':
      return describeDenied(address);
    case 'stranger':
      return (
        `${address}, where the server of this data directory is administered, was made by ${rest.join(' ')}, which is ` +
        'neither this account nor an administrator nor the account of the service. Nothing was sent. When ' +
        'the server of that account is meant, run this as that account; otherwise end the program that has ' +
        'made the pipe, and start the server again.'
      );
    default:
      return `The server at ${address} cannot be reached: ${line}.`;
  }
}

export function describeNobody(address: string): string {
  return (
    `No server is running here (nothing listens at ${address}). Start the Understudy ` +
    'application or `understudy serve`, or say which data directory with --data-dir DIR.'
  );
}

export function describeDenied(address: string): string {
  return (
    `${address} belongs to another account. Run this as the account that the server runs ` +
    'under, or as an administrator.'
  );
}
