import { installedLicenseSchema } from '../../../src-shared/model/license.ts';
import { trustedVendorSchema } from '../../../src-shared/model/vendor.ts';
import type { ImageList, ImagePart } from './store.ts';
import { type Decode, decodeHead } from './load-store.ts';
import type { WorkerLink } from './worker-link.ts';

/** Length of a page in bytes, so that a page is one message between servers. */
const pageBytes = 256 * 1024;

/** Reads an image page by page; it is closed when the loop over it ends or is left. */
export async function* readImage(
  reader: WorkerLink,
  decode: Decode,
  ledger: string,
): AsyncGenerator<ImagePart, void, void> {
  const { image, position, docs } = await reader.ask({ type: 'openImage', ledger });
  try {
    yield { type: 'head', position, ledger: decodeHead(decode, docs) };
    for (;;) {
      const page = await reader.ask({ type: 'readImage', image, bytesMax: pageBytes });
      if (page === null) return;
      checkDocs(decode, page.list, page.docs);
      yield { type: 'page', ...page };
    }
  } finally {
    // A reader that is gone has closed it.
    await reader.ask({ type: 'closeImage', image }).catch(() => undefined);
  }
}

/** Nothing that is damaged here is handed on. Whoever gets them reads leases and ends again. */
function checkDocs(decode: Decode, list: ImageList, docs: readonly string[]): void {
  if (list === 'licenses') for (const doc of docs) decode('a licence', installedLicenseSchema, doc);
  if (list === 'vendors') for (const doc of docs) decode('a vendor', trustedVendorSchema, doc);
}
