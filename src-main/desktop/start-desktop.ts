import { mkdirSync } from 'node:fs';
import { app, Menu, powerMonitor, session } from 'electron';
import { registerAppScheme, serveAppFiles } from '../security/app-protocol.ts';
import { restrictContents } from '../security/contents-policy.ts';
import { restrictSession } from '../security/session-policy.ts';
import { deriveApplicationMenu } from './application-menu.ts';
import { openDesktopLog, type DesktopLog } from './desktop-log.ts';
import { DesktopApplication } from './desktop-application.ts';
import { hiddenSwitch } from './launch.ts';
import { findPlaces, type Places } from './places.ts';
import { createOrderlyQuit } from './quit.ts';

/** The appId of electron-builder.yml: Windows finds name and icon of notifications by it. */
const appUserModelId = 'org.understudy.Understudy';
/** Fixed for ever: installed shortcuts and notifications in the action center refer to it. */
const toastActivatorClsid = '{6B1F0D5E-52C1-4C1B-9C5B-7B0C6E8A54D1}';

/** Runs the tray application; to be called before Electron is ready. */
export function startDesktop(): void {
  const hidden = process.argv.includes(hiddenSwitch);
  // One shell to a data directory; the one that runs already shows its window.
  if (!app.requestSingleInstanceLock({ hidden })) return app.exit(0);
  const places = findPlaces(app);
  mkdirSync(places.logs, { recursive: true });
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

function run(places: Places, log: DesktopLog, hidden: boolean): void {
  serveAppFiles(session.defaultSession, places.renderer);
  restrictSession(session.defaultSession, { devTools: !app.isPackaged });
  const application = new DesktopApplication(places, log);
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
  powerMonitor.on('shutdown', () => app.quit());
  app.on('second-instance', (_event, _argv, _directory, data) => {
    const other = data as { hidden?: unknown } | null;
    if (other?.hidden !== true) application.showWindow();
  });
  app.on('activate', () => application.showWindow());
  application.start();
  if (!hidden) application.showWindow();
}
