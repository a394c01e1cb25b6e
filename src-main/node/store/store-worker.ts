// Entry of the worker thread that holds one connection to the ledger, so that no write and no long
// query ever stops the thread that answers clients (docs/adr/0005-threads.md).
import { parentPort, workerData } from 'node:worker_threads';
import { type Handle, openConnection } from './worker-connection.ts';
import {
  type WorkerAnswer,
  type WorkerEnvelope,
  WorkerFailure,
  type WorkerOptions,
} from './worker-message.ts';

const options = workerData as WorkerOptions;
const port = parentPort;
if (!port) throw new Error('store-worker runs as a worker only');

// Opened at the first request, so that a failure is answered like any other.
let opened: Promise<Handle> | undefined;

port.on('message', (envelope: WorkerEnvelope) => {
  void answer(envelope).then((message) => port.postMessage(message));
});

async function answer({ id, request }: WorkerEnvelope): Promise<WorkerAnswer> {
  try {
    // A file that cannot be opened now may be there at the next query.
    opened ??= openConnection(options, request).catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    const handle = await opened;
    return { id, ok: true, value: handle(request) };
  } catch (error) {
    if (error instanceof WorkerFailure) {
      return { id, ok: false, kind: error.kind, message: error.message };
    }
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { id, ok: false, kind: 'internal', message };
  } finally {
    if (request.type === 'close') port?.close();
  }
}
