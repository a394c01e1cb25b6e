import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { utilityProcess } from 'electron';
import type { DesktopLog } from '../base/desktop-log.ts';
import type { ForkNode } from './embedded-node.ts';

/** Starts the embedded node in a process of its own, beside the program that runs this. */
export function createForkNode(log: DesktopLog): ForkNode {
  const script = fileURLToPath(new URL('./node-process.js', import.meta.url));
  return (options, on) => {
    const child = utilityProcess.fork(script, [JSON.stringify(options)], {
      serviceName: 'Understudy licence server',
      stdio: 'pipe',
    });
    // What is not read would block the node once the pipe is full.
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => log('warn', `node: ${chunk.toString('utf8').trim()}`));
    }
    child.on('message', (message: unknown) => on.message(message));
    child.on('error', (kind, location) => log('error', `node: ${kind} at ${location}`));
    child.once('exit', (status) => on.exit(status));
    if (!existsSync(script)) log('error', `${script} is missing: build Understudy again.`);
    return {
      send: (message) => child.postMessage(message),
      // Not `child.kill()`, which only asks: a process that hangs would not hear it.
      kill: () => killAtOnce(child.pid),
    };
  };
}

function killAtOnce(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
  } catch {
    // The process has ended by itself in between.
  }
}
