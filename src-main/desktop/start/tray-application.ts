import {
  app,
  clipboard,
  dialog,
  ipcMain,
  Menu,
  nativeImage,
  nativeTheme,
  Notification,
  shell as system,
  Tray,
  type MessageBoxOptions,
} from 'electron';
import ElectronStore from 'electron-store';
import type { IpcAnswer } from '../../../src-shared/contract/ipc.ts';
import type { DesktopSettingsChange } from '../../../src-shared/model/desktop-settings.ts';
import type { UiSnapshot } from '../../../src-shared/model/ui-snapshot.ts';
import { sensibleMove } from '../../../src-shared/view/moves.ts';
import { adminAddress } from '../../admin/admin-address.ts';
import { AdminClient } from '../../admin/admin-client.ts';
import { DesktopSettingsStore } from '../base/desktop-settings-store.ts';
import { createAutostart } from './autostart.ts';
import type { DesktopLog } from '../base/desktop-log.ts';
import { DesktopPreferences } from './desktop-preferences.ts';
import { describeStatus, isServing } from '../tray/describe-status.ts';
import type { TrayCommand } from '../tray/derive-tray.ts';
import { askNow } from '../node/ask-now.ts';
import type { StartFailure } from '../node/embedded-node.ts';
import { createForkNode } from '../node/fork-node.ts';
import { createIpcHandlers } from '../window/ipc-handlers.ts';
import { serveIpc } from '../window/ipc-server.ts';
import { MainWindow } from '../window/main-window.ts';
import { deriveMoveQuestion, notifyMoved, notifyRefusedMove } from '../tray/move-question.ts';
import { NodeLink, type NodeLinkPorts } from '../node/node-link.ts';
import { Notifier } from '../notifications/notifier.ts';
import type { Places } from '../base/places.ts';
import { deriveInstalledQuestion, deriveQuitQuestion } from '../tray/plan-quit.ts';
import { deriveRecovery } from '../node/recovery.ts';
import { Presenter } from './presenter.ts';
import { hasTrayHost } from '../tray/tray-host.ts';
import { TrayRenderer } from '../tray/tray.ts';
import { xdgAutostartHere } from './xdg-autostart.ts';

/** The parts of the tray application and who talks to whom. */
export class TrayApplication {
  readonly #places: Places;
  readonly #log: DesktopLog;
  readonly #settings: DesktopSettingsStore;
  readonly #preferences: DesktopPreferences;
  readonly #link: NodeLink;
  readonly #tray: TrayRenderer;
  readonly #notifier: Notifier;
  readonly #window: MainWindow;
  readonly #presenter: Presenter;
  #asking = false;
  #offeredFor: StartFailure | null = null;
  /** Forms of the window whose drafts would be lost. */
  #drafts: readonly string[] = [];

  constructor(places: Places, log: DesktopLog) {
    this.#places = places;
    this.#log = log;
    this.#settings = openSettings(places, log);
    this.#preferences = new DesktopPreferences({
      app,
      nativeTheme,
      settings: this.#settings,
      autostart: createAutostart(app, process.platform, xdgAutostartHere(process.env)),
      ownDirectory: places.data,
      installedDirectory: places.installed,
      installedProblem: places.installedProblem,
      onChange: () => this.#themeOrSettingsChanged(),
    });
    this.#link = this.#createLink();
    this.#tray = this.#createTray();
    this.#notifier = this.#createNotifier();
    this.#window = this.#createWindow();
    this.#presenter = this.#createPresenter();
  }

  start(): void {
    this.#serveWindow();
    this.#presenter.refresh();
    this.#link.start();
  }

  showWindow(): void {
    this.#window.show();
  }

  /**
   * The admin's own Quit: says what stops and what is lost, and asks, before anything does. The end of the
   * session asks nobody: a host that is shut down is not to wait for a form.
   */
  async askToQuit(): Promise<void> {
    const question = deriveQuitQuestion(await this.#lookNow(), this.#drafts);
    if (question && (await this.#ask(question)) !== 0) return;
    app.quit();
  }

  /** Everything ends within a bounded time, an embedded node in order. */
  async stop(): Promise<void> {
    this.#presenter.stop();
    this.#tray.destroy();
    this.#notifier.closeAll();
    await this.#link.stop();
    this.#log('info', 'Understudy ends.');
  }

  #createLink(): NodeLink {
    const ports: NodeLinkPorts = {
      createClient: (dataDirectory, address = adminAddress(dataDirectory)) =>
        new AdminClient({ address }),
      fork: createForkNode(this.#log),
      packaged: app.isPackaged,
      onChange: () => this.#nodeChanged(),
      onStopAsked: () => {
        this.#log('info', 'An admin stops the server on the command line.');
        app.quit();
      },
      log: this.#log,
    };
    return new NodeLink(ports, this.#preferences.target);
  }

  #createTray(): TrayRenderer {
    return new TrayRenderer({
      create: (image) => new Tray(image),
      loadIcon: (icon) => nativeImage.createFromPath(this.#places.trayIcon(icon)),
      buildMenu: (template) => Menu.buildFromTemplate(template),
      run: (command) => void this.#run(command),
    });
  }

  #createNotifier(): Notifier {
    return new Notifier({
      isSupported: () => Notification.isSupported(),
      create: (options) => new Notification({ ...options, icon: this.#places.windowIcon }),
      onClick: ({ tab, license }) =>
        this.#window.showTab({ tab, ...(license === undefined ? {} : { license }) }),
      log: (message) => this.#log('info', message),
    });
  }

  #createWindow(): MainWindow {
    return new MainWindow({
      preload: this.#places.preload,
      icon: this.#places.windowIcon,
      remembered: () => this.#settings.get().window,
      remember: (window) => this.#settings.change({ window }),
      dark: () => nativeTheme.shouldUseDarkColors,
      onClosed: () => void this.#leaveScreen(),
      onHidden: () => this.#link.watchAt('calm'),
      onShown: () => {
        this.#link.watchAt('close');
        this.#presenter.refreshSoon();
        this.#offerRecovery();
      },
      onLoading: () => (this.#drafts = []),
      onBroken: (why) => void this.#askAboutBrokenWindow(why),
      log: this.#log,
    });
  }

  #createPresenter(): Presenter {
    return new Presenter({
      node: () => this.#link.state,
      desktop: () => this.#preferences.status,
      notices: () => this.#preferences.notices,
      darkPanel: () => nativeTheme.shouldUseDarkColorsForSystemIntegratedUI,
      settings: this.#settings,
      renderTray: (view) => this.#tray.render(view),
      showInWindow: (ui) => {
        if (this.#window.visible) this.#window.send('snapshot.changed', ui);
      },
      notify: (view) => this.#notifier.show(view),
    });
  }

  #serveWindow(): void {
    const handlers = createIpcHandlers({
      node: this.#link,
      windowReady: () => this.#window.becomeReady(),
      ui: () => this.#presenter.ui,
      window: () => this.#window.browserWindow,
      dialog,
      clipboard,
      system,
      folders: this.#places,
      changeSettings: (change) => this.#changeSettings(change),
      pauseNotifications: (minutes) => this.#preferences.pauseNotifications(minutes),
      setNoticesAside: (notices) => this.#preferences.setNoticesAside(notices),
      noteDrafts: (titles) => (this.#drafts = titles),
      startNode: () => this.#link.startNow(),
      recoverNode: () => void this.#askToRecover(),
    });
    serveIpc(handlers, {
      ipcMain,
      window: () => this.#window.contents,
      log: (message) => this.#log('warn', message),
    });
  }

  /** Another server than now only with the admin's word: what is served in this program stops. */
  async #changeSettings(change: DesktopSettingsChange): Promise<IpcAnswer<Record<string, never>>> {
    const before = this.#preferences.target;
    if (change.server === 'installed' && before.mayEmbed && this.#places.installed !== null) {
      const question = deriveInstalledQuestion(await this.#lookNow());
      if (question && (await this.#ask(question)) !== 0) return { ok: true, value: {} };
    }
    const answer = this.#preferences.change(change);
    const { target } = this.#preferences;
    if (target.dataDirectory !== before.dataDirectory) await this.#link.use(target);
    return answer;
  }

  #themeOrSettingsChanged(): void {
    this.#window.applyTheme();
    this.#presenter.refreshSoon();
  }

  #nodeChanged(): void {
    this.#presenter.refreshSoon();
    this.#offerRecovery();
  }

  /** Once a failure, and not before there is a window to ask in. */
  #offerRecovery(): void {
    const { failure } = this.#link.state;
    if (!failure || failure === this.#offeredFor || !this.#link.waitsForAdmin) return;
    if (!this.#window.visible) return;
    this.#offeredFor = failure;
    void this.#askToRecover();
  }

  async #run(command: TrayCommand): Promise<void> {
    switch (command.type) {
      case 'openWindow':
        return this.#window.show();
      case 'showTab': {
        const { tab, license } = command;
        return this.#window.showTab({ tab, ...(license === undefined ? {} : { license }) });
      }
      case 'pauseNotifications':
        return this.#preferences.pauseNotifications(command.minutes);
      case 'move':
        return this.#askToMove();
      case 'copyStatus':
        return clipboard.writeText(describeStatus(this.#presenter.ui, new Date()));
      case 'startNode':
        return this.#link.startNow();
      case 'recoverNode':
        return this.#askToRecover();
      case 'quit':
        return this.askToQuit();
    }
  }

  /** What the tray offers: a switchover, or to fail back. */
  async #askToMove(): Promise<void> {
    const { node } = await this.#lookNow();
    const move = node && sensibleMove(node);
    const question = node && deriveMoveQuestion(node);
    if (!move || !question || (await this.#ask(question)) !== 0) return;
    const answer = await (move.kind === 'failback'
      ? this.#link.call('failback', {})
      : this.#link.call('switchover', move.to === null ? {} : { to: move.to }));
    this.#notifier.show(
      answer.ok ? notifyMoved(answer.value) : notifyRefusedMove(question, answer),
    );
  }

  /**
   * What is true at this moment: while nobody looks at the window, what is known may be seconds old, and a
   * question has to say what its answer would do.
   */
  async #lookNow(): Promise<UiSnapshot> {
    const isConnected = this.#presenter.ui.connection.state === 'connected';
    const node = isConnected ? await askNow(this.#link) : null;
    const { ui } = this.#presenter;
    return node === null ? ui : { ...ui, node };
  }

  /** Into the tray where there is one, else into the task bar: never where nobody finds it. */
  async #leaveScreen(): Promise<void> {
    const tray = await hasTrayHost(process.platform);
    if (tray) this.#window.hide();
    else this.#window.minimize();
    if (this.#settings.get().closeToTrayTold) return;
    this.#settings.change({ closeToTrayTold: true });
    const where = tray
      ? 'The icon in the tray opens the window again, and can quit Understudy.'
      : 'There is no tray here, so the window is minimised. Start Understudy again to get the window back.';
    this.#notifier.show({
      title: 'Understudy goes on in the background',
      body: isServing(this.#presenter.ui) ? `Licences are still served. ${where}` : where,
      severity: 'info',
      tab: 'overview',
    });
  }

  async #askToRecover(): Promise<void> {
    const { failure } = this.#link.state;
    if (!failure) return;
    const { choices, question } = deriveRecovery(failure);
    const answer = await this.#ask(question);
    switch (answer === null ? 'later' : choices[answer]) {
      case 'tryAgain':
        return this.#link.startAgain({ startAnew: false });
      case 'startAnew':
        return this.#link.startAgain({ startAnew: true });
      case 'openFolder':
        return void system.openPath(this.#preferences.target.dataDirectory);
      case 'later':
      case undefined:
        return;
    }
  }

  async #askAboutBrokenWindow(why: string): Promise<void> {
    const answer = await this.#ask({
      type: 'error',
      title: 'Understudy',
      message: 'The window cannot be shown.',
      detail: `${why}\n\n${isServing(this.#presenter.ui) ? 'Licences are served all the same. ' : ''}The log is in ${this.#places.logs}.`,
      buttons: ['Open it again', 'Leave it closed'],
      cancelId: 1,
    });
    if (answer === 0) this.#window.contents?.reload();
    else this.#window.hide();
  }

  /** The number of the button; null while another question is open. */
  async #ask(question: MessageBoxOptions): Promise<number | null> {
    if (this.#asking) return null;
    this.#asking = true;
    try {
      const parent = this.#window.visible ? this.#window.browserWindow : null;
      const { response } = await (parent
        ? dialog.showMessageBox(parent, question)
        : dialog.showMessageBox(question));
      return response;
    } finally {
      this.#asking = false;
    }
  }
}

function openSettings(places: Places, log: DesktopLog): DesktopSettingsStore {
  const settings = new DesktopSettingsStore({
    folder: places.data,
    open: (cwd, name) => new ElectronStore({ cwd, name }),
    now: () => new Date(),
    log: (message) => log('error', message),
  });
  // electron-store would tell any page where the data is.
  ipcMain.removeAllListeners('electron-store-get-data');
  return settings;
}
