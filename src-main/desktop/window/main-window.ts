import { escapeHiddenIn } from '../../../src-shared/model/hidden-characters.ts';
import { app, BrowserWindow, screen, type WebContents } from 'electron';
import {
  ipcNotificationPrefix,
  type IpcNotification,
  type IpcNotificationName,
} from '../../../src-shared/contract/ipc.ts';
import type { DesktopSettings } from '../../../src-shared/model/desktop-settings.ts';
import { appPage } from '../../security/app-files.ts';
import type { DesktopLog } from '../base/desktop-log.ts';
import { ReloadLimit } from './reload-limit.ts';
import { deriveWindowBounds, windowSizeMin } from './window-bounds.ts';

export interface MainWindowPorts {
  preload: string;
  icon: string;
  remembered(): DesktopSettings['window'];
  remember(place: DesktopSettings['window']): void;
  dark(): boolean;
  /** The window was closed by the admin: it is to leave the screen, and the program goes on. */
  onClosed(): void;
  /** The window is on the screen again. */
  onShown(): void;
  /** Nobody can see the window any more: it was hidden or minimised. */
  onHidden(): void;
  /** A page is loaded: what was typed into the one before is gone. */
  onLoading(): void;
  /** The page ended again and again, or cannot be shown at all, for this reason. */
  onBroken(why: string): void;
  log: DesktopLog;
}

const rememberAfterMs = 500;
const reloadAfterMs = 500;
/** Chromium's ERR_ABORTED: another load took the place of this one. */
const abortedCode = -3;
const background = { light: '#fafafa', dark: '#1f1f1f' } as const;

/** The one window. It is made when it is first wanted, and from then on only hidden and shown. */
export class MainWindow {
  readonly #ports: MainWindowPorts;
  readonly #reloads = new ReloadLimit({ reloadsMax: 3, withinMs: 60_000 });
  #window: BrowserWindow | null = null;
  #ready = false;
  #tabToShow: IpcNotification<'tab.show'> | null = null;
  #rememberTimer: NodeJS.Timeout | undefined;
  #quitting = false;

  constructor(ports: MainWindowPorts) {
    this.#ports = ports;
    // The program ends without closing the window, which would remember its place.
    app.on('before-quit', () => {
      this.#quitting = true;
      if (this.#window) this.#remember(this.#window);
    });
  }

  get browserWindow(): BrowserWindow | null {
    return this.#window;
  }

  get contents(): WebContents | null {
    return this.#window?.webContents ?? null;
  }

  get visible(): boolean {
    return this.#window?.isVisible() === true && !this.#window.isMinimized();
  }

  show(): void {
    if (!this.#window) return this.#open();
    if (this.#window.isMinimized()) this.#window.restore();
    this.#window.show();
    this.#window.focus();
  }

  showTab(tab: IpcNotification<'tab.show'>): void {
    this.#tabToShow = tab;
    this.show();
    this.#sendTab();
  }

  hide(): void {
    this.#window?.hide();
  }

  minimize(): void {
    this.#window?.minimize();
  }

  /** The page listens: it has asked for its first snapshot. */
  becomeReady(): void {
    this.#ready = true;
    this.#sendTab();
  }

  send<N extends IpcNotificationName>(name: N, value: IpcNotification<N>): void {
    if (this.#ready) this.contents?.send(ipcNotificationPrefix + name, escapeHiddenIn(value));
  }

  applyTheme(): void {
    this.#window?.setBackgroundColor(background[this.#ports.dark() ? 'dark' : 'light']);
  }

  #sendTab(): void {
    if (!this.#ready || !this.#tabToShow) return;
    this.send('tab.show', this.#tabToShow);
    this.#tabToShow = null;
  }

  #open(): void {
    const remembered = this.#ports.remembered();
    const workAreas = screen.getAllDisplays().map((display) => display.workArea);
    const primary = screen.getPrimaryDisplay().workArea;
    const window = new BrowserWindow({
      ...deriveWindowBounds(remembered, workAreas, primary),
      minWidth: windowSizeMin.width,
      minHeight: windowSizeMin.height,
      show: false,
      title: 'Understudy',
      icon: this.#ports.icon,
      backgroundColor: background[this.#ports.dark() ? 'dark' : 'light'],
      webPreferences: {
        preload: this.#ports.preload,
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        webSecurity: true,
        webviewTag: false,
        navigateOnDragDrop: false,
        spellcheck: false,
        devTools: !app.isPackaged,
      },
    });
    this.#window = window;
    // The application menu is there for its shortcuts; the bar is not drawn.
    window.setMenuBarVisibility(false);
    if (remembered.maximized) window.maximize();
    window.once('ready-to-show', () => this.show());
    this.#follow(window);
    this.#followFailures(window);
    this.#load(window);
  }

  #load(window: BrowserWindow): void {
    if (window.isDestroyed()) return;
    // What it rejects with is told by `did-fail-load`.
    window.loadURL(appPage).catch(() => undefined);
  }

  #follow(window: BrowserWindow): void {
    window.on('resize', () => this.#rememberSoon(window));
    window.on('move', () => this.#rememberSoon(window));
    window.on('show', () => this.#ports.onShown());
    window.on('restore', () => this.#ports.onShown());
    window.on('hide', () => this.#ports.onHidden());
    window.on('minimize', () => this.#ports.onHidden());
    window.on('page-title-updated', (event) => event.preventDefault());
    window.on('close', (event) => {
      this.#remember(window);
      if (this.#quitting) return;
      event.preventDefault();
      this.#ports.onClosed();
    });
    window.on('closed', () => {
      clearTimeout(this.#rememberTimer);
      this.#window = null;
      this.#ready = false;
    });
    // Windows ends the session: what can be stopped in order is.
    window.on('session-end', () => app.quit());
    window.on('unresponsive', () => this.#ports.log('warn', 'The window does not respond.'));
    window.webContents.on('did-start-loading', () => {
      this.#ready = false;
      this.#ports.onLoading();
    });
    window.webContents.on('render-process-gone', (_event, { reason, exitCode }) => {
      this.#ready = false;
      this.#ports.log('error', `The page of the window ended: ${reason}, status ${exitCode}.`);
      if (reason === 'clean-exit' || this.#quitting) return;
      if (!this.#reloads.allow(Date.now())) {
        return this.#ports.onBroken('Its page ended again and again.');
      }
      // Electron is still at clearing up after the old process.
      setTimeout(() => this.#load(window), reloadAfterMs);
    });
  }

  /** A page that cannot be shown leaves an empty window, which says nothing by itself. */
  #followFailures({ webContents }: BrowserWindow): void {
    const fail = (why: string) => {
      this.#ports.log('error', why);
      if (!this.#quitting) this.#ports.onBroken(why);
    };
    webContents.on('preload-error', (_event, path, { message }) =>
      fail(`The program ${path} of the window could not be run: ${message}`),
    );
    webContents.on('did-fail-load', (_event, code, description, url, isMainFrame) => {
      if (isMainFrame && code !== abortedCode)
        fail(`The page ${url} could not be loaded: ${description} (${code}).`);
    });
    webContents.on('did-navigate', (_event, url, status) => {
      if (status >= 400) fail(`The page ${url} could not be read (status ${status}).`);
    });
  }

  #rememberSoon(window: BrowserWindow): void {
    clearTimeout(this.#rememberTimer);
    this.#rememberTimer = setTimeout(() => this.#remember(window), rememberAfterMs);
  }

  #remember(window: BrowserWindow): void {
    if (window.isDestroyed() || window.isMinimized()) return;
    this.#ports.remember({ ...window.getNormalBounds(), maximized: window.isMaximized() });
  }
}
