import { readFileSync } from 'node:fs';

/** Shell blocks of a page of this checkout, in its order. */
export function shellBlocks(page: string): string[] {
  const text = readFileSync(new URL(`../../${page}`, import.meta.url), 'utf8');
  return [...text.matchAll(/^ *```sh\n(.*?)^ *```$/gms)].map(([, block = '']) => block);
}
