import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { App } from 'electron';
import type { TrayState } from '../../../src-shared/model/ui-snapshot.ts';

/** Where things are, in a checkout and in a packaged program. */
export interface Places {
  /** The node's data directory; settings and logs of the shell are in it too. */
  data: string;
  logs: string;
  documents: string;
  renderer: string;
  preload: string;
  windowIcon: string;
  trayIcon(icon: { state: TrayState; background: 'light' | 'dark' }): string;
}

type Program = Pick<App, 'isPackaged' | 'getAppPath' | 'getPath' | 'commandLine'>;

export function findPlaces(app: Program): Places {
  const assets = join(app.isPackaged ? process.resourcesPath : app.getAppPath(), 'assets');
  // The build puts this code into dist/main.
  const built = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));
  // Chromium silently takes its default when it cannot make the folder that it was told.
  const told = app.commandLine.getSwitchValue('user-data-dir');
  const data = told === '' ? app.getPath('userData') : resolve(told);
  const trayFormat = process.platform === 'win32' ? 'ico' : 'png';
  return {
    data,
    logs: join(data, 'logs'),
    documents: app.getPath('documents'),
    renderer: built('renderer'),
    preload: built('preload/preload.cjs'),
    windowIcon: join(assets, process.platform === 'win32' ? 'icon.ico' : 'icon.png'),
    trayIcon: ({ state, background }) =>
      join(assets, 'tray', `${state}-${background}.${trayFormat}`),
  };
}
