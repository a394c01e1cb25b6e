import type { DatabaseSync } from 'node:sqlite';
import { lastPosition, ledgerRow, readLedgerDocs, type TableRow, takePage } from './ledger-rows.ts';
import { openForReading } from './open-ledger.ts';
import type { WorkerResults } from './worker-message.ts';

/** Images of ledgers, each on a connection of its own as of the moment when it was opened. */
export interface ImageReader {
  /** @throws {Error} the ledger is not hosted here */
  open(ledger: string): WorkerResults['openImage'];
  /** The next leases as JSON, about `bytesMax` long; none at the end. */
  read(image: number, bytesMax: number): string[];
  close(image: number): void;
  closeAll(): void;
}

/** An image that nobody reads keeps SQLite from reusing its journal, so it is closed then. */
const idleMsMax = 60_000;

interface OpenImage {
  database: DatabaseSync;
  leases: Iterator<TableRow>;
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
          docs: readLedgerDocs(database, row),
        };
        const leases = leasesOf(database, Number(row['key']));
        images.set(image, { database, leases, idle: setTimeout(() => close(image), idleMsMax) });
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
      return takePage(open.leases, bytesMax).map((row) => String(row['doc']));
    },
    close,
    closeAll: () => {
      for (const image of images.keys()) close(image);
    },
  };
}

// SQLite's own iterator begins anew when it is asked once more after its end.
function* leasesOf(database: DatabaseSync, key: number): Generator<TableRow, void, void> {
  yield* database.prepare('SELECT doc FROM leases WHERE ledger = ? ORDER BY id').iterate(key);
}
