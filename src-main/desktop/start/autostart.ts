import type { App } from 'electron';
import { hiddenSwitch } from './launch.ts';
import type { XdgAutostart } from './xdg-autostart.ts';

/** Starting the tray application when this account logs on. */
export interface Autostart {
  /** Why starting with the system cannot be switched here; null when it can. */
  readonly unavailable: string | null;
  isOn(): boolean;
  /** Throws with a sentence for the admin when the system refuses. */
  set(on: boolean): void;
}

export function createAutostart(
  app: Pick<App, 'isPackaged' | 'getLoginItemSettings' | 'setLoginItemSettings'>,
  platform: NodeJS.Platform,
  xdg: XdgAutostart,
): Autostart {
  if (!app.isPackaged) {
    return unavailable(
      'Only an installed Understudy can start with the system; this one runs from a checkout.',
    );
  }
  if (platform === 'linux') {
    return { unavailable: null, isOn: () => xdg.isOn(), set: (on) => xdg.set(on) };
  }
  if (platform !== 'win32' && platform !== 'darwin') {
    return unavailable(`Understudy cannot start with the system on ${platform}.`);
  }
  const args = [hiddenSwitch];
  return {
    unavailable: null,
    isOn: () => {
      const item = app.getLoginItemSettings({ args });
      // On Windows the admin can switch it off in the Task Manager too, which leaves the entry.
      return platform === 'win32' ? item.executableWillLaunchAtLogin : item.openAtLogin;
    },
    set: (on) => app.setLoginItemSettings({ openAtLogin: on, enabled: on, args }),
  };
}

function unavailable(reason: string): Autostart {
  return {
    unavailable: reason,
    isOn: () => false,
    set: () => {
      throw new Error(reason);
    },
  };
}
