import type { ImagePart } from './store.ts';
import { type Decode, decodeLedger } from './load-store.ts';
import type { WorkerLink } from './worker-link.ts';

/** Length of a page of leases in bytes, so that a page is one message between servers. */
const pageBytes = 256 * 1024;

/** Reads an image page by page; it is closed when the loop over it ends or is left. */
export async function* readImage(
  reader: WorkerLink,
  decode: Decode,
  ledger: string,
): AsyncGenerator<ImagePart, void, void> {
  const { image, position, docs } = await reader.ask({ type: 'openImage', ledger });
  try {
    yield { type: 'head', position, ledger: decodeLedger(decode, docs) };
    for (;;) {
      const page = await reader.ask({ type: 'readImage', image, bytesMax: pageBytes });
      if (page.length === 0) return;
      yield { type: 'leases', docs: page };
    }
  } finally {
    // A reader that is gone has closed it.
    await reader.ask({ type: 'closeImage', image }).catch(() => undefined);
  }
}
