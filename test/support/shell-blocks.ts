import { readFileSync } from 'node:fs';

/** Shell blocks of a page of this checkout, in its order; `bat`: those for the console of Windows. */
export function shellBlocks(page: string, shell: 'sh' | 'bat' = 'sh'): string[] {
  const text = readFileSync(new URL(`../../${page}`, import.meta.url), 'utf8');
  const blocks = new RegExp(`^ *\`\`\`${shell}\n(.*?)^ *\`\`\`$`, 'gms');
  return [...text.matchAll(blocks)].map(([, block = '']) => block);
}
