import type { DatabaseSync } from 'node:sqlite';
import {
  lastPosition,
  ledgerRow,
  readEnded,
  readHeadDocs,
  type TableRow,
  takePage,
} from './ledger-rows.ts';
import { openForReading } from './open-ledger.ts';
import { type ImageList, imageLists } from './store.ts';
import type { ImagePage, WorkerResults } from './worker-message.ts';

/** Images of ledgers, each on a connection of its own as of the moment when it was opened. */
export interface ImageReader {
  /** @throws {Error} the ledger is not hosted here */
  open(ledger: string): WorkerResults['openImage'];
  /** The next documents of one list as JSON, about `bytesMax` long; null at the end. */
  read(image: number, bytesMax: number): ImagePage | null;
  close(image: number): void;
  closeAll(): void;
}

/** An image that nobody reads keeps SQLite from reusing its journal, so it is closed then. */
const idleMsMax = 60_000;

interface OpenImage {
  database: DatabaseSync;
  /** Lists that are not read to their end; the first one is under way. */
  lists: { list: ImageList; docs: Iterator<TableRow> }[];
  idle: NodeJS.Timeout;
}

export function createImageReader(file: string): ImageReader {
  const images = new Map<number, OpenImage>();
  let lastImage = 0;
  const close = (image: number) => {
    const open = images.get(image);
    if (!open) return;
    images.delete(image);
    clearTimeout(open.idle);
    open.database.close();
  };
  return {
    open: (ledger) => {
      const database = openForReading(file);
      try {
        // The first read in it fixes what the connection sees.
        database.exec('BEGIN');
        const row = ledgerRow(database, ledger);
        if (!row) throw new Error(`ledger ${ledger} is not hosted here`);
        const image = ++lastImage;
        const head = {
          image,
          position: lastPosition(database, row),
          docs: readHeadDocs(database, row),
        };
        const key = Number(row['key']);
        const lists = imageLists.map((list) => ({ list, docs: docsOf(database, list, key) }));
        images.set(image, { database, lists, idle: setTimeout(() => close(image), idleMsMax) });
        return head;
      } catch (error) {
        database.close();
        throw error;
      }
    },
    read: (image, bytesMax) => {
      const open = images.get(image);
      if (!open) throw new Error(`image ${image} was not read for too long and is closed`);
      open.idle.refresh();
      for (let [first] = open.lists; first; [first] = open.lists) {
        const docs = takePage(first.docs, bytesMax).map((row) => String(row['doc']));
        if (docs.length > 0) return { list: first.list, docs };
        open.lists.shift();
      }
      return null;
    },
    close,
    closeAll: () => {
      for (const image of images.keys()) close(image);
    },
  };
}

// SQLite's own iterator begins anew when it is asked once more after its end.
function* docsOf(
  database: DatabaseSync,
  list: ImageList,
  key: number,
): Generator<TableRow, void, void> {
  if (list !== 'ended') {
    yield* database.prepare(`SELECT doc FROM ${list} WHERE ledger = ? ORDER BY id`).iterate(key);
  } else {
    for (const ended of readEnded(database, key)) yield { doc: JSON.stringify(ended) };
  }
}
