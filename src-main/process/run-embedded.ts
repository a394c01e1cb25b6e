import {
  type NodeProcessMessage,
  nodeProcessOptionsSchema,
  shellMessageSchema,
} from '../../src-shared/contract/node-process.ts';
import { NodeStartFailure } from '../node/base/start-failure.ts';
import { createNode, type LicenseNode } from '../node/index.ts';
import { keepHeapSmall } from './heap.ts';
import { say } from '../node/base/say.ts';
import { guardProcess, sayDead } from './process-guard.ts';

/** The way to the shell that started this process. */
export interface ShellPort {
  on(event: 'message', listener: (message: { data: unknown }) => void): unknown;
  postMessage(message: NodeProcessMessage): void;
}

/**
 * Runs the node of the shell until the shell, or a signal, ends it. `given`: the text of
 * `nodeProcessOptionsSchema`. Resolves when the node has started, or has not and has said why.
 */
export async function runEmbedded(port: ShellPort, given: string): Promise<void> {
  let node: LicenseNode | undefined;
  let stopping = false;
  const stop = async () => {
    stopping = true;
    if (!node) return;
    await node.stop();
    process.exit(0);
  };
  keepHeapSmall();
  guardProcess((error) => node?.noteFault(error));
  port.on('message', ({ data }) => {
    if (shellMessageSchema.safeParse(data).success) void stop();
  });
  try {
    const options = nodeProcessOptionsSchema.parse(JSON.parse(given));
    node = await createNode(
      { ...options, version: __APP_VERSION__ },
      { onFatal: die, onStopAsked: () => port.postMessage({ type: 'stopAsked' }) },
    );
    port.postMessage({ type: 'started', adminAddress: node.adminAddress });
  } catch (error) {
    fail(port, error);
  }
  if (stopping) await stop();
}

function fail(port: ShellPort, error: unknown): void {
  const code = error instanceof NodeStartFailure ? error.code : 'INTERNAL';
  const message = error instanceof Error ? error.message : String(error);
  say(message);
  port.postMessage({ type: 'failed', code, message });
  process.exitCode = 1;
  // What was told must reach the shell before this process ends.
  setTimeout(() => process.exit(1), 200);
}

function die(error: Error): void {
  sayDead(error);
  process.exit(1);
}
