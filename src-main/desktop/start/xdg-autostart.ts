import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { hiddenSwitch } from './launch.ts';

export interface XdgAutostart {
  isOn(): boolean;
  set(on: boolean): void;
}

export interface XdgAutostartOptions {
  /** `$XDG_CONFIG_HOME/autostart/understudy.desktop`. */
  file: string;
  command: readonly string[];
}

/** For this program; inside an AppImage the image is what can be started. */
export function xdgAutostartHere(env: NodeJS.ProcessEnv): XdgAutostart {
  const configFolder = env['XDG_CONFIG_HOME'] || join(homedir(), '.config');
  return createXdgAutostart({
    file: join(configFolder, 'autostart', 'understudy.desktop'),
    command: [env['APPIMAGE'] || process.execPath, hiddenSwitch],
  });
}

/** Starting with the session by the freedesktop.org Desktop Application Autostart Specification. */
export function createXdgAutostart({ file, command }: XdgAutostartOptions): XdgAutostart {
  return {
    isOn: () => {
      const lines = readLines(file);
      const off = ['Hidden=true', 'X-GNOME-Autostart-enabled=false'];
      return lines !== null && !lines.some((line) => off.includes(line.trim()));
    },
    set: (on) => {
      if (!on) return rmSync(file, { force: true });
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, formatEntry(command));
    },
  };
}

function formatEntry(command: readonly string[]): string {
  return [
    '[Desktop Entry]',
    'Type=Application',
    'Name=Understudy',
    'Comment=Keeps floating licences available',
    `Exec=${command.map(quote).join(' ')}`,
    'Terminal=false',
    'X-GNOME-Autostart-enabled=true',
    '',
  ].join('\n');
}

/**
 * An argument of `Exec` (Desktop Entry Specification, “The Exec key”): in quotes `"`, `` ` ``, `$` and
 * `\` take a backslash, the format of strings doubles every backslash, and `%` is doubled.
 */
function quote(argument: string): string {
  if (/^[A-Za-z0-9/._=:@+,-]+$/.test(argument)) return argument;
  const quoted = argument.replace(/["`$\\]/g, String.raw`\$&`);
  return `"${quoted.replaceAll('\\', '\\\\').replaceAll('%', '%%')}"`;
}

function readLines(file: string): string[] | null {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return null;
  }
}
