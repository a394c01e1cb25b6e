// Entry of the embedded node: an Electron utilityProcess that the desktop shell starts. When the shell
// crashes, Electron ends this process with it; the ledger is made for that.
import type { MessageEvent, ParentPort } from 'electron';
import { keepHeapSmall } from './process/heap.ts';
import {
  type NodeProcessMessage,
  nodeProcessOptionsSchema,
  shellMessageSchema,
} from '../src-shared/contract/node-process.ts';
import { createNode, type LicenseNode } from './node/index.ts';
import { NodeStartFailure } from './node/base/start-failure.ts';
import { guardProcess, say } from './process/process-guard.ts';

const port: ParentPort = process.parentPort;
let node: LicenseNode | undefined;
let stopping = false;

keepHeapSmall();
guardProcess((error) => node?.noteFault(error));
port.on('message', ({ data }: MessageEvent) => {
  if (shellMessageSchema.safeParse(data).success) void stop();
});

try {
  const options = nodeProcessOptionsSchema.parse(JSON.parse(process.argv[2] ?? ''));
  node = await createNode(
    { ...options, version: __APP_VERSION__ },
    { onFatal: die, onStopAsked: () => tell({ type: 'stopAsked' }) },
  );
  tell({ type: 'started', adminAddress: node.adminAddress });
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  say(message);
  tell({ type: 'failed', code: codeOf(error), message });
  process.exitCode = 1;
  // What was told must reach the shell before this process ends.
  setTimeout(() => process.exit(1), 200);
}
if (stopping) await stop();

async function stop(): Promise<void> {
  stopping = true;
  if (!node) return;
  await node.stop();
  process.exit(0);
}

function codeOf(error: unknown): Extract<NodeProcessMessage, { type: 'failed' }>['code'] {
  return error instanceof NodeStartFailure ? error.code : 'INTERNAL';
}

function tell(message: NodeProcessMessage): void {
  port.postMessage(message);
}

function die(error: Error): void {
  say(`${error.message}. The server has to be started again.`);
  process.exit(1);
}
