import { accessSync, constants, mkdirSync } from 'node:fs';
import { app, dialog, Menu, powerMonitor, session } from 'electron';
import { registerAppScheme, serveAppFiles } from '../../security/app-protocol.ts';
import { restrictContents } from '../../security/contents-policy.ts';
import { restrictSession } from '../../security/session-policy.ts';
import { deriveApplicationMenu } from './application-menu.ts';
import { openDesktopLog, type DesktopLog } from '../base/desktop-log.ts';
import { TrayApplication } from './tray-application.ts';
import { hiddenSwitch } from './launch.ts';
import { findPlaces, type Places } from '../base/places.ts';
import { createOrderlyQuit } from './orderly-quit.ts';

/** The appId of electron-builder.yml: Windows finds name and icon of notifications by it. */
const appUserModelId = 'org.understudy.Understudy';
/** Fixed for ever: installed shortcuts and notifications in the action center refer to it. */
const toastActivatorClsid = '{6B1F0D5E-52C1-4C1B-9C5B-7B0C6E8A54D1}';

/** Runs the tray application; to be called before Electron is ready. */
export function startDesktop(): void {
  const hidden = process.argv.includes(hiddenSwitch);
  const places = findPlaces(app);
  app.setPath('userData', places.data);
  const refusal = prepareDataDirectory(places);
  if (refusal !== null) {
    dialog.showErrorBox('Understudy cannot start', refusal);
    return app.exit(1);
  }
  // One shell to a data directory; the one that runs already shows its window.
  if (!app.requestSingleInstanceLock({ hidden })) {
    process.stdout.write(`Understudy runs already on ${places.data}.\n`);
    return app.exit(0);
  }
  const log = openDesktopLog(places.logs);
  log('info', `Understudy ${app.getVersion()} on Electron ${process.versions.electron} starts.`);
  // Server hosts are administered over RDP, where a graphics card is a trouble and no help.
  app.disableHardwareAcceleration();
  if (process.platform === 'win32') {
    app.setAppUserModelId(appUserModelId);
    app.setToastActivatorCLSID(toastActivatorClsid);
  }
  registerAppScheme();
  restrictContents(app, (message) => log('warn', message));
  app.on('window-all-closed', () => undefined);
  app.on('child-process-gone', (_event, { type, reason, serviceName, exitCode }) =>
    log('error', `The ${serviceName ?? type} process ended: ${reason}, status ${exitCode}.`),
  );
  void app.whenReady().then(() => run(places, log, hidden));
}

/** Why nothing can be kept in the data directory, and what to do; null when all is well. */
function prepareDataDirectory({ data, logs }: Places): string | null {
  try {
    mkdirSync(logs, { recursive: true });
    accessSync(data, constants.W_OK);
    return null;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return (
      `The data directory ${data} cannot be used: ${why}.\nGive this account the right to write ` +
      'there, or choose another directory with --user-data-dir=DIR.'
    );
  }
}

function run(places: Places, log: DesktopLog, hidden: boolean): void {
  serveAppFiles(session.defaultSession, places.renderer);
  restrictSession(session.defaultSession, { devTools: !app.isPackaged });
  const application = new TrayApplication(places, log);
  Menu.setApplicationMenu(
    Menu.buildFromTemplate(
      deriveApplicationMenu({
        platform: process.platform,
        developing: !app.isPackaged,
        onQuit: () => void application.askToQuit(),
      }),
    ),
  );
  const holdQuit = createOrderlyQuit({ stop: () => application.stop(), exit: () => app.exit(0) });
  app.on('before-quit', holdQuit);
  // The event of a shutdown can be held back like others, which the types of Electron do not know.
  powerMonitor.on('shutdown', (...events: Electron.Event[]) => {
    events[0]?.preventDefault();
    app.quit();
  });
  app.on('second-instance', (_event, _argv, _directory, data) => {
    const other = data as { hidden?: unknown } | null;
    if (other?.hidden !== true) application.showWindow();
  });
  app.on('activate', () => application.showWindow());
  application.start();
  if (!hidden) application.showWindow();
}
