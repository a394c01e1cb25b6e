import { Readable } from 'node:stream';
import { runCli } from '../../../src-main/cli/start/run-cli.ts';
import type { Terminal } from '../../../src-main/cli/frame/terminal.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';

export interface CliRun {
  status: number;
  stdout: string;
  stderr: string;
}

/** A terminal in a new directory, which is home and working directory, with nothing around it. */
export function makeTerminal(
  stdin = '',
  more: Partial<Terminal> = {},
): Terminal & { output: { stdout: string; stderr: string } } {
  const directory = more.workingDirectory ?? makeTemporaryDirectory();
  const output = { stdout: '', stderr: '' };
  return {
    output,
    out: (text) => void (output.stdout += text),
    err: (text) => void (output.stderr += text),
    stdin: Readable.from([Buffer.from(stdin)]),
    env: {},
    platform: 'linux',
    homeDirectory: directory,
    workingDirectory: directory,
    onOutClosed: () => undefined,
    onSignal: () => () => undefined,
    installedServer: () => null,
    clientPolicy: () => ({ ok: true, policy: {} }),
    noteServing: () => undefined,
    noteEvent: () => undefined,
    ...more,
  };
}

/** Runs one command line in this process. */
export async function runIn(
  terminal: ReturnType<typeof makeTerminal>,
  ...args: string[]
): Promise<CliRun> {
  terminal.output.stdout = '';
  terminal.output.stderr = '';
  const status = await runCli(terminal, '1.2.3', args);
  return { status, ...terminal.output };
}
