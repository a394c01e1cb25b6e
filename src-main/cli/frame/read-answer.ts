import { createInterface } from 'node:readline';
import type { Terminal } from './terminal.ts';

/**
 * The first line of standard input, without the space around it; empty when there is none. A person at
 * a terminal is asked for it. What comes this way is neither in the list of processes nor in the
 * history of a shell.
 */
export async function readAnswer(terminal: Terminal, question: string): Promise<string> {
  const { stdin } = terminal;
  if ('isTTY' in stdin && stdin.isTTY === true) terminal.err(question);
  const lines = createInterface({ input: stdin, crlfDelay: Infinity });
  try {
    for await (const line of lines) return line.trim();
    return '';
  } finally {
    lines.close();
  }
}
