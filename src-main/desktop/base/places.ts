import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { App } from 'electron';
import {
  DamagedMachineFile,
  findInstalledServer,
  machineFileVariable,
} from '../../admin/installed-server.ts';
import type { TrayState } from '../../../src-shared/model/ui-snapshot.ts';

/** Where things are, in a checkout and in a packaged program. */
export interface Places {
  /** Of this account: settings and logs of the shell, and the data directory of an embedded node. */
  data: string;
  /** The data directory of the server that is installed on this machine; null where none is. */
  installed: string | null;
  /** Why it is not known whether one is; null when it is known. */
  installedProblem: string | null;
  logs: string;
  documents: string;
  renderer: string;
  preload: string;
  windowIcon: string;
  trayIcon(icon: { state: TrayState; background: 'light' | 'dark' }): string;
}

/** Electron's is in the roaming profile, which a log-on elsewhere copies: a second server of one identity. */
function ownFolder(app: Program): string {
  if (process.platform !== 'win32') return app.getPath('userData');
  const local = process.env['LOCALAPPDATA'] ?? join(app.getPath('home'), 'AppData', 'Local');
  return join(local, 'Understudy');
}

/** A folder that was told is that of the server too, unless a machine file was told as well. */
function findInstalled(isTold: boolean): Pick<Places, 'installed' | 'installedProblem'> {
  const { platform, env } = process;
  if (isTold && !env[machineFileVariable]) return { installed: null, installedProblem: null };
  try {
    const found = findInstalledServer({ platform, env });
    return { installed: found?.dataDirectory ?? null, installedProblem: null };
  } catch (error) {
    if (!(error instanceof DamagedMachineFile)) throw error;
    return { installed: null, installedProblem: error.message };
  }
}

type Program = Pick<App, 'isPackaged' | 'getAppPath' | 'getPath' | 'commandLine'>;

export function findPlaces(app: Program): Places {
  const assets = join(app.isPackaged ? process.resourcesPath : app.getAppPath(), 'assets');
  // The build puts this code into dist/main.
  const built = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));
  // Chromium silently takes its default when it cannot make the folder that it was told.
  const told = app.commandLine.getSwitchValue('user-data-dir');
  const data = told === '' ? ownFolder(app) : resolve(told);
  const trayFormat = process.platform === 'win32' ? 'ico' : 'png';
  return {
    data,
    ...findInstalled(told !== ''),
    logs: join(data, 'logs'),
    documents: app.getPath('documents'),
    renderer: built('renderer'),
    preload: built('preload/preload.cjs'),
    windowIcon: join(assets, process.platform === 'win32' ? 'icon.ico' : 'icon.png'),
    trayIcon: ({ state, background }) =>
      join(assets, 'tray', `${state}-${background}.${trayFormat}`),
  };
}
