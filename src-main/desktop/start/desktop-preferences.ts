import type { App, NativeTheme } from 'electron';
import type { Attention } from '../../../src-shared/model/attention.ts';
import type { DesktopSettingsChange } from '../../../src-shared/model/desktop-settings.ts';
import type { IpcAnswer } from '../../../src-shared/contract/ipc.ts';
import { minuteMs } from '../../../src-shared/model/time-units.ts';
import type { DesktopStatus } from '../../../src-shared/model/ui-snapshot.ts';
import type { DesktopSettingsStore } from '../base/desktop-settings-store.ts';
import type { Autostart } from './autostart.ts';
import type { NodeTarget } from '../node/node-link.ts';
import { setNoticesAside } from './set-aside.ts';

export interface DesktopPreferencesPorts {
  app: Pick<App, 'isPackaged' | 'getVersion'>;
  nativeTheme: Pick<
    NativeTheme,
    | 'themeSource'
    | 'shouldUseDarkColors'
    | 'shouldUseHighContrastColors'
    | 'inForcedColorsMode'
    | 'on'
  >;
  settings: DesktopSettingsStore;
  autostart: Autostart;
  /** Of this account: the server in this program has it. */
  ownDirectory: string;
  /** Of the server that is installed on this machine; null where none is. */
  installedDirectory: string | null;
  installedProblem: string | null;
  onChange(): void;
}

/** Theme, notifications and start with the system: what the shell knows of itself. */
export class DesktopPreferences {
  readonly #ports: DesktopPreferencesPorts;
  #startsWithSystem: boolean;

  constructor(ports: DesktopPreferencesPorts) {
    this.#ports = ports;
    this.#startsWithSystem = ports.autostart.isOn();
    ports.nativeTheme.themeSource = ports.settings.get().theme;
    ports.nativeTheme.on('updated', () => ports.onChange());
  }

  /** The server that the admin has chosen, where there is a choice. */
  get target(): NodeTarget {
    const { ownDirectory, installedDirectory, settings } = this.#ports;
    return installedDirectory === null || settings.get().server === 'own'
      ? { dataDirectory: ownDirectory, mayEmbed: true }
      : { dataDirectory: installedDirectory, mayEmbed: false };
  }

  get status(): DesktopStatus {
    const { app, settings, autostart, installedDirectory } = this.#ports;
    const { theme, notifications, denseRows, notificationsPausedUntilMs } = settings.get();
    return {
      theme,
      denseRows,
      effectiveTheme: this.#effectiveTheme(),
      startWithSystem: this.#startsWithSystem,
      ...(autostart.unavailable === null
        ? {}
        : { startWithSystemUnavailable: autostart.unavailable }),
      notifications,
      notificationsPausedUntilMs: stillPaused(notificationsPausedUntilMs, Date.now()),
      appVersion: app.getVersion(),
      electronVersion: process.versions.electron,
      packaged: app.isPackaged,
      platform: process.platform,
      dataDirectory: this.target.dataDirectory,
      ...(installedDirectory === null ? {} : { server: settings.get().server }),
    };
  }

  get notices(): Attention[] {
    const { settings, installedProblem } = this.#ports;
    const warnings = [
      [
        'desktopSettings:damaged',
        'The tray application has its first settings again',
        settings.problem,
      ],
      ['machineFile:damaged', 'A server is installed here and was not found', installedProblem],
    ] as const;
    return warnings.flatMap(([key, title, text]) =>
      text === null ? [] : [{ key, severity: 'warning', title, text, tab: 'settings' }],
    );
  }

  change(change: DesktopSettingsChange): IpcAnswer<Record<string, never>> {
    const { settings, nativeTheme } = this.#ports;
    if (change.startWithSystem !== undefined) {
      const refusal = this.#startWithSystem(change.startWithSystem);
      if (refusal !== null) return { ok: false, code: 'SETTING_REFUSED', message: refusal };
    }
    if (change.theme !== undefined) {
      settings.change({ theme: change.theme });
      nativeTheme.themeSource = change.theme;
    }
    if (change.server !== undefined) settings.change({ server: change.server });
    if (change.denseRows !== undefined) settings.change({ denseRows: change.denseRows });
    if (change.notifications !== undefined) {
      settings.change({ notifications: change.notifications });
    }
    this.#ports.onChange();
    return { ok: true, value: {} };
  }

  setNoticesAside(notices: { keys: readonly string[]; minutes: number | null }): void {
    const { settings } = this.#ports;
    settings.change({ setAside: setNoticesAside(settings.get().setAside, notices, Date.now()) });
    this.#ports.onChange();
  }

  /** 0 ends the pause. */
  pauseNotifications(minutes: number): void {
    const untilMs = minutes === 0 ? null : Date.now() + minutes * minuteMs;
    this.#ports.settings.change({ notificationsPausedUntilMs: untilMs });
    this.#ports.onChange();
  }

  #startWithSystem(on: boolean): string | null {
    const { autostart } = this.#ports;
    try {
      autostart.set(on);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
    this.#startsWithSystem = autostart.isOn();
    if (this.#startsWithSystem === on) return null;
    return on
      ? "The system keeps Understudy from starting with it: allow Understudy in the system's list of startup apps."
      : "The system still starts Understudy: take Understudy off the system's list of startup apps.";
  }

  #effectiveTheme(): DesktopStatus['effectiveTheme'] {
    const { nativeTheme } = this.#ports;
    if (nativeTheme.shouldUseHighContrastColors || nativeTheme.inForcedColorsMode) {
      return 'highContrast';
    }
    return nativeTheme.shouldUseDarkColors ? 'dark' : 'light';
  }
}

/** A pause is never longer than a day: a clock that was set back does not silence for longer. */
function stillPaused(untilMs: number | null, nowMs: number): number | null {
  if (untilMs === null || untilMs <= nowMs) return null;
  return untilMs - nowMs > 24 * 60 * minuteMs ? null : untilMs;
}
