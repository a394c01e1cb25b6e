import type { MessageBoxOptions } from 'electron';
import type { UiSnapshot } from '../../src-shared/model/ui-snapshot.ts';
import { countOf, countServed } from './describe-status.ts';

/** What to ask before the admin's own Quit, or null when nothing would stop. */
export function deriveQuitQuestion(ui: UiSnapshot): MessageBoxOptions | null {
  if (ui.connection.mode === 'attached' || ui.connection.state !== 'connected') return null;
  const { licenses, unitsInUse } = countServed(ui.node);
  if (licenses === 0) return null;
  const seats = unitsInUse > 0 ? ` with ${countOf(unitsInUse, 'seat')} in use` : '';
  return {
    type: 'warning',
    title: 'Quit Understudy',
    message: `Quitting stops ${countOf(licenses, 'licence')}${seats}.`,
    detail:
      'No seat can be taken or renewed until Understudy runs again; who holds one keeps it until its ' +
      'time is over. To leave the screen and go on serving, close the window instead.',
    buttons: ['Quit and stop serving', 'Go on serving'],
    defaultId: 1,
    cancelId: 1,
    noLink: true,
  };
}

export interface OrderlyQuitPorts {
  /** Resolves, within a bounded time, when everything is stopped. */
  stop(): Promise<void>;
  exit(): void;
}

/** Holds the end of the program back until the embedded node has stopped in order. */
export function createOrderlyQuit(ports: OrderlyQuitPorts) {
  let state: 'running' | 'stopping' | 'stopped' = 'running';
  return (event: { preventDefault(): void }): void => {
    if (state === 'stopped') return;
    event.preventDefault();
    if (state === 'stopping') return;
    state = 'stopping';
    const end = () => {
      state = 'stopped';
      ports.exit();
    };
    ports.stop().then(end, end);
  };
}
