import { recordedEventSchema } from '../../../src-shared/model/timeline.ts';
import { denialRecordSchema, usageRecordSchema } from '../../../src-shared/model/usage.ts';
import type { RecordedEvent } from '../core/ledger/change.ts';
import { NodeStartFailure } from '../base/start-failure.ts';
import { type LoadedStore, type Store, StoreUnavailable } from './store.ts';
import { BatchSender } from './batch-sender.ts';
import { fillHistory } from './fill-history.ts';
import { decodeEvent, decoderOf, loadStore } from './load-store.ts';
import { readImage } from './read-image.ts';
import { takeUpRows } from './take-up-rows.ts';
import { startWorker, type WorkerLink } from './worker-link.ts';
import { WorkerFailure, type WorkerFailureKind } from './worker-message.ts';

export interface StoreOptions {
  /** The ledger's file; its journals are beside it. */
  file: string;
  /** Key that signs tokens, PKCS #8 in PEM. */
  signingKeyPem: string;
  /** A worker thread ended by itself; what it was writing is unknown. */
  onDeath: (error: Error) => void;
}

/** Rows of each kind dropped in one transaction, so that commits wait for milliseconds only. */
const prunedByStepMax = 500;

/**
 * The ledgers in SQLite, in worker threads: one that writes and signs, and one for queries, started
 * with the first of them.
 */
export function openStore(options: StoreOptions): Store {
  const { file, signingKeyPem, onDeath } = options;
  const decode = decoderOf(file);
  const writer = startWorker({ role: 'writer', file, signingKeyPem }, onDeath);
  const sender = new BatchSender(writer);
  let startedReader: WorkerLink | undefined;
  const reader = (): WorkerLink => {
    // A reader that died held nothing: the next query gets a new one.
    startedReader ??= startWorker({ role: 'reader', file, signingKeyPem: null }, () => {
      startedReader = undefined;
    });
    return startedReader;
  };
  return {
    load: (serverId, formerIds = []) =>
      load({ writer, sender, file, serverId, formerIds }).catch(rethrowAtStart),
    loss: () => writer.ask({ type: 'loss' }),
    beginMark: () => writer.ask({ type: 'beginMark' }).catch(rethrowAtStart),
    check: () => writer.ask({ type: 'check' }).catch(rethrow),
    commit: (batch) => sender.commit(batch),
    storeBoot: (boot) => writer.ask({ type: 'storeBoot', boot }).catch(rethrow),
    sign: (claims) => writer.ask({ type: 'sign', claims }).catch(rethrow),
    probe: async () => {
      const probe = await sender.probe().catch(rethrow);
      // The reader has the deleted file open.
      if (probe === 'rewritten') await startedReader?.close();
      if (probe === 'rewritten') startedReader = undefined;
      return probe;
    },
    usageReport: (query) => reader().ask({ type: 'usageReport', query }).catch(rethrow),
    usageRecords: async (query) => {
      const docs = await reader()
        .ask({ type: 'usageRecords', ...query })
        .catch(rethrow);
      return docs.map(({ local, doc }) => ({
        ...decode('a usage record', usageRecordSchema, doc),
        sequence: local,
      }));
    },
    denials: async ({ license, limit }) => {
      const docs = await reader().ask({ type: 'denials', license, limit }).catch(rethrow);
      return docs.map(({ local, doc }) => ({
        ...decode('a denial', denialRecordSchema, doc),
        sequence: local,
      }));
    },
    events: async (query) => {
      const docs = await reader().ask({ type: 'events', query }).catch(rethrow);
      return docs.map((event) => decodeEvent(decode, event));
    },
    boundHistory: (bounds) => writer.ask({ type: 'boundHistory', bounds }).catch(rethrow),
    pruneHistory: (beforeMs) => pruneHistory(writer, beforeMs).catch(rethrow),
    readImage: (ledger) => readImage(reader(), decode, ledger),
    readHistory: (query) => reader().ask({ type: 'history', query }).catch(rethrow),
    gaps: () => writer.ask({ type: 'gaps' }).catch(rethrow),
    fillHistory: (query) => fillHistory(writer, query).catch(rethrow),
    readJournal: async (query) => {
      const docs = await reader()
        .ask({ type: 'journal', ...query })
        .catch(rethrow);
      return docs.map(
        (doc) => decode('a journal entry', recordedEventSchema, doc) as RecordedEvent,
      );
    },
    close: async () => {
      // The last connection tidies the journal up, and only one that writes can.
      await startedReader?.close();
      await writer.close();
    },
  };
}

interface LoadOptions {
  writer: WorkerLink;
  sender: BatchSender;
  file: string;
  serverId: string;
  formerIds: readonly string[];
}

async function load(options: LoadOptions): Promise<LoadedStore> {
  const { writer, sender, file, serverId, formerIds } = options;
  const loaded = await loadStore(writer, file, serverId, formerIds);
  const batch = takeUpRows(loaded.ledgers, loaded.gaps);
  if (!batch) return loaded;
  await sender.commit(batch);
  return loadStore(writer, file, serverId, formerIds);
}

async function pruneHistory(writer: WorkerLink, beforeMs: number | null) {
  for (let pruned = 0; ;) {
    const step = await writer.ask({ type: 'pruneHistory', beforeMs, rowsMax: prunedByStepMax });
    pruned += step.pruned;
    if (step.pruned === 0) return { pruned, sizes: step.sizes };
  }
}

function rethrow(error: unknown): never {
  if (error instanceof WorkerFailure && error.kind === 'unavailable') {
    throw new StoreUnavailable(error.message);
  }
  throw error;
}

const startFailureCodes = {
  damaged: 'STORE_DAMAGED',
  newer: 'STORE_NEWER',
  unusable: 'DATA_DIRECTORY_UNUSABLE',
} as const satisfies Partial<Record<WorkerFailureKind, NodeStartFailure['code']>>;

function rethrowAtStart(error: unknown): never {
  if (error instanceof StoreUnavailable) {
    throw new NodeStartFailure(
      'DATA_DIRECTORY_UNUSABLE',
      `The ledger cannot be brought up to date: ${error.message}. It was left as it is.`,
    );
  }
  if (error instanceof WorkerFailure && error.kind in startFailureCodes) {
    const code = startFailureCodes[error.kind as keyof typeof startFailureCodes];
    throw new NodeStartFailure(code, error.message);
  }
  throw error;
}
