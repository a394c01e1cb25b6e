import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { systemCodeOf } from '../../files/system-error.ts';
import { addCommand, commonOptionsSchema, perform } from '../frame/command-frame.ts';
import { CliFailure } from '../frame/failure.ts';
import { callNode } from '../frame/open-node.ts';
import type { Terminal } from '../frame/terminal.ts';

/** A stop gives its ledgers away and answers what is under way, each within seconds. */
const endWithinMs = 60_000;
const lookEveryMs = 50;

export function addStopCommand(program: Command, terminal: Terminal): void {
  const command = addCommand(program, 'stop', {
    summary: 'end the server in order: others take over, and its process is gone afterwards',
    example: 'understudy stop --data-dir /var/lib/understudy',
  });
  perform(command, terminal, commonOptionsSchema, async (context) => {
    const { pid } = await callNode(context, 'stop', {});
    if (!(await hasEnded(pid))) {
      throw new CliFailure(
        'STILL_STOPPING',
        `The server was told to stop ${endWithinMs / 1_000} s ago, and its process ${pid} is still ` +
          'there. Its log says what it waits for; ending the process now loses no licence.',
      );
    }
    return { document: { stopped: { pid } }, text: 'The server has stopped.' };
  });
}

async function hasEnded(pid: number): Promise<boolean> {
  const giveUpMs = performance.now() + endWithinMs;
  while (isRunning(pid)) {
    if (performance.now() > giveUpMs) return false;
    await sleep(lookEveryMs);
  }
  return true;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Of another account: there all the same.
    return systemCodeOf(error) === 'EPERM';
  }
}
