import { createPrivateKey } from 'node:crypto';
import type { TokenClaims } from '../../../src-shared/contract/client-api.ts';
import { describeSqliteFailure } from '../base/sqlite-failure.ts';
import type { Reader } from './reader.ts';
import type { HistoryBounds, Probe } from './store.ts';
import {
  WorkerFailure,
  type WorkerOptions,
  type WorkerRequest,
  type WorkerResults,
} from './worker-message.ts';

/** Does what a worker is asked to do. */
export type Handle = (request: WorkerRequest) => WorkerResults[WorkerRequest['type']];

/**
 * Opens the connection of a worker. What it needs is loaded then, so that each has its own part only.
 *
 * @throws {WorkerFailure} damaged, newer, unusable
 */
export function openConnection(options: WorkerOptions, first: WorkerRequest): Promise<Handle> {
  return options.role === 'writer' ? openWriting(options, first) : openReading(options);
}

async function openWriting(options: WorkerOptions, first: WorkerRequest): Promise<Handle> {
  if (first.type !== 'load') throw new Error(`${first.type} was asked before load`);
  const [{ openWriter }, { signToken }] = await Promise.all([
    import('./writer.ts'),
    import('../identity/sign-token.ts'),
  ]);
  const key = createPrivateKey(options.signingKeyPem ?? '');
  const sign = (claims: TokenClaims) => signToken(claims, key);
  const open = () => openWriter(options.file, first.owner);
  let writer = open();
  let bounds: HistoryBounds | undefined;
  const probe = (): Probe => {
    if (!writer.isDeleted()) {
      writer.probe();
      return 'works';
    }
    writer.rewrite();
    writer = open();
    if (bounds) writer.boundHistory(bounds);
    writer.beginMark();
    return 'rewritten';
  };
  return (request) => {
    switch (request.type) {
      case 'load':
        return writer.load();
      case 'loadLeases':
        return writer.loadLeases(request.ledger, request.afterId, request.limit);
      case 'loadLeaseRows':
        return writer.loadLeaseRows(request.ledger, request.afterId, request.limit);
      case 'loadLog':
        return writer.loadLog(request.ledger, request.afterIndex, request.bytesMax);
      case 'part':
        return writer.addPart(request.batch, request.writes);
      case 'commit':
        return writer.commit(request);
      case 'storeBoot':
        return writer.storeBoot(request.boot);
      case 'sign':
        return request.claims.map(sign);
      case 'probe':
        return probe();
      case 'loss':
        return writer.loss;
      case 'beginMark':
        return writer.beginMark();
      case 'check':
        return writer.check();
      case 'boundHistory':
        bounds = request.bounds;
        return writer.boundHistory(bounds);
      case 'pruneHistory':
        return writer.pruneHistory(request.beforeMs, request.rowsMax);
      case 'gaps':
        return writer.gaps();
      case 'fillGap':
        return writer.fillGap(request.gap, request.from, request.upTo, request.writes);
      case 'close':
        return writer.close();
      default:
        throw new Error(`${request.type} is for the reader`);
    }
  };
}

async function openReading(options: WorkerOptions): Promise<Handle> {
  const { openReader } = await import('./reader.ts');
  const reader = readable(options.file, () => openReader(options.file));
  return (request) => readable(options.file, () => answer(reader, request));
}

function answer(reader: Reader, request: WorkerRequest): WorkerResults[WorkerRequest['type']] {
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
      return reader.history(request.query);
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
}

/** What comes of the file itself is no fault of this program, and an admin is told what to do. */
function readable<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const { kind, text } = describeSqliteFailure(error);
    if (kind === 'other') throw error;
    const advice =
      kind === 'damaged' ? '. Start the server again: it then says what can be done about it' : '';
    throw new WorkerFailure('unavailable', `${file} cannot be read now: ${text}${advice}`);
  }
}
