import type { NodeConnection } from '../model/ui-snapshot.ts';

/** What starts a licence server that is gone: the button of the window, and the entry of the tray. */
export function labelStart({ mode }: NodeConnection): string {
  return mode === 'attached' ? 'Start it in this program' : 'Start now';
}
