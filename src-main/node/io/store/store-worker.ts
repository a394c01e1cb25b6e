// Entry of the worker thread that holds one connection to the ledger, so that no write and no long
// query ever stops the thread that answers clients (docs/adr/0005-threads.md).
import { createPrivateKey } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import type { TokenClaims } from '../../../../src-shared/contract/client-api.ts';
import {
  type WorkerAnswer,
  type WorkerEnvelope,
  WorkerFailure,
  type WorkerOptions,
  type WorkerRequest,
  type WorkerResults,
} from './worker-message.ts';

type Handle = (request: WorkerRequest) => WorkerResults[WorkerRequest['type']];

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
    opened ??= options.role === 'writer' ? openWriting(request) : openReading();
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

async function openWriting(first: WorkerRequest): Promise<Handle> {
  if (first.type !== 'load') throw new Error(`${first.type} was asked before load`);
  const [{ openWriter }, { signToken }] = await Promise.all([
    import('./writer.ts'),
    import('../token-signature.ts'),
  ]);
  const key = createPrivateKey(options.signingKeyPem ?? '');
  const sign = (claims: TokenClaims) => signToken(claims, key);
  const writer = openWriter(options.file, first.owner);
  return (request) => {
    switch (request.type) {
      case 'load':
        return writer.load();
      case 'loadLeases':
        return writer.loadLeases(request.ledger, request.afterId, request.limit);
      case 'loadLog':
        return writer.loadLog(request.ledger, request.afterIndex, request.bytesMax);
      case 'part':
        return writer.addPart(request.batch, request.writes);
      case 'commit':
        return writer.commit(request);
      case 'sign':
        return request.claims.map(sign);
      case 'probe':
        return writer.probe();
      case 'pruneUsage':
        return writer.pruneUsage(request.beforeMs, request.rowsMax);
      case 'gaps':
        return writer.gaps();
      case 'fillGap':
        return writer.fillGap(request.gap, request.upTo, request.writes);
      case 'close':
        return writer.close();
      default:
        throw new Error(`${request.type} is for the reader`);
    }
  };
}

async function openReading(): Promise<Handle> {
  const { openReader } = await import('./reader.ts');
  const reader = openReader(options.file);
  return (request) => {
    switch (request.type) {
      case 'usageReport':
        return reader.usageReport(request.query);
      case 'usageRecords':
        return reader.usageRecords(request);
      case 'denials':
        return reader.denials(request);
      case 'events':
        return reader.events(request.query);
      case 'history':
        return reader.history(request);
      case 'journal':
        return reader.journal(request);
      case 'openImage':
        return reader.images.open(request.ledger);
      case 'readImage':
        return reader.images.read(request.image, request.bytesMax);
      case 'closeImage':
        return reader.images.close(request.image);
      case 'close':
        return reader.close();
      default:
        throw new Error(`${request.type} is for the writer`);
    }
  };
}
