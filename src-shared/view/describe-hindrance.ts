import type { Hindrance } from '../model/hindrance.ts';

/** What follows the name of a server that says itself why it does not serve. */
export const hindranceWords: Record<Hindrance, string> = {
  incomplete: 'does not serve: some of its data is missing',
  copied: 'does not serve: another server has its identity',
  replaced: 'does not serve: another server is said to have its place',
  storeFailed: 'cannot write to its disk',
};
