import type { Serving } from '../model/node-snapshot.ts';

/** What a server does, as words that stand for themselves. */
export const servingWords: Record<Serving['state'], string> = {
  serving: 'Serving licences',
  standby: 'Standing by',
  degraded: 'No new seats are granted',
  stopped: 'Not serving licences',
};
