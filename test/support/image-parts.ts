import type { LedgerImage } from '../../src-main/node/core/replica/message.ts';
import { type ImagePart, imageLists } from '../../src-main/node/store/store.ts';

/** An image as the store gives it, with so many documents to a page. */
export function imagePartsOf({ position, ledger }: LedgerImage, docsPerPage: number): ImagePart[] {
  const { licenses: _, vendors: __, ended: ___, leases: ____, ...head } = ledger;
  const parts: ImagePart[] = [{ type: 'head', position, ledger: head }];
  for (const list of imageLists) {
    const docs = ledger[list].map((one) => JSON.stringify(one));
    for (let at = 0; at < docs.length; at += docsPerPage) {
      parts.push({ type: 'page', list, docs: docs.slice(at, at + docsPerPage) });
    }
  }
  return parts;
}
