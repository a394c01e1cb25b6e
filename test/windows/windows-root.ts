import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findMirror, must } from '../bare/base-root.ts';

/** Outside the checkout: its tools would walk through what is mounted there. */
export const cache = '/var/tmp/understudy-windows';

/** A Debian 13 with wine, which runs Node and Electron for Windows; Debian 12's does not. */
const root = join(cache, 'root');

/** The folder of the machines in it, each a wine prefix. */
export const machines = join(root, 'w');

const packages = [
  'ca-certificates',
  'wine',
  'wine64',
  // Only recommended by wine; without it Chromium looks for fonts until its stack is full.
  'fonts-wine',
];

/** Why there is no Windows on this machine; null when there is, or one can be made. */
export function whyNoWindows(): string | null {
  if (process.platform !== 'linux') return 'wine stands in for Windows on Linux only';
  if (process.getuid?.() !== 0) return 'the root with wine needs root (chroot, mounts)';
  if (process.arch !== 'x64') return 'wine runs programs for x64 on x64 only';
  if (existsSync(root)) return null;
  const { error } = spawnSync('debootstrap', ['--version']);
  return error ? 'debootstrap, which makes the root with wine, is not installed' : null;
}

/** Makes the root when it is not there yet: a minute or two, and 2 GB. */
export function prepareRoot(): void {
  if (!existsSync(root)) makeRoot();
  if (!existsSync(join(machines, 'template'))) makeTemplate();
}

function makeRoot(): void {
  const part = `${root}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  console.error('Making a root of Debian 13 with wine …');
  const include = `--include=${packages.join(',')}`;
  must('debootstrap', ['--variant=minbase', include, 'trixie', part, findMirror()]);
  must('chroot', [part, 'apt-get', 'clean']);
  renameSync(part, root);
}

/** A new Windows that machines are copies of. */
function makeTemplate(): void {
  mkdirSync(machines, { recursive: true });
  const part = 'template.part';
  rmSync(join(machines, part), { recursive: true, force: true });
  const wine = (...args: string[]) => {
    const [command = '', ...rest] = inWindowsRoot(part, args);
    must(command, rest);
  };
  wine('wineboot', '--init');
  // Neither a display nor a window station is there otherwise, and Electron ends without one.
  wine('wine', 'reg', 'add', 'HKCU\\Software\\Wine\\Drivers', '/v', 'Graphics', '/d', 'null', '/f');
  // It fails when there is none: the session ends by itself once its last program has ended.
  wine('sh', '-c', 'wineserver --kill || true; wineserver --wait');
  renameSync(join(machines, part), join(machines, 'template'));
}

/** Folders of this machine that a Windows has as one: what it writes there stays in `upper`. */
export interface Overlay {
  /** Folders that are laid over each other; the first is on top. */
  layers: readonly string[];
  /** Two empty folders of one file system, the second for the system's own use. */
  upper: string;
  work: string;
}

export interface InRootOptions {
  /** What is at `/w/checkout` (`Z:\\w\\checkout`). */
  checkout?: Overlay;
  /** Folders of this machine that it has as well, at the same paths (on drive Z:). */
  shared?: readonly string[];
  /** Where the command runs; in the uppermost folder unless told. */
  directory?: string;
  /** More of its environment. */
  environment?: Record<string, string>;
}

/**
 * The command that runs another one in the root with wine, as on the machine of that name. Each has
 * mounts of its own, which are gone with it and which the programs that it leaves behind keep.
 */
export function inWindowsRoot(
  machine: string,
  args: readonly string[],
  { checkout, shared = [], directory = '/', environment = {} }: InRootOptions = {},
): string[] {
  const mounts = [
    'mount -t proc proc "$1/proc"',
    'mount --rbind /dev "$1/dev"',
    ...(checkout ? ['mkdir -p "$1/w/checkout"', mountOf(checkout, '"$1/w/checkout"')] : []),
    ...shared.map((path) => `mkdir -p "$1${path}" && mount --rbind "${path}" "$1${path}"`),
    'shift',
  ];
  const variables = {
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: '/w',
    LANG: 'C.UTF-8',
    WINEDEBUG: '-all',
    WINEPREFIX: `/w/${machine}`,
    ...environment,
  };
  const pairs = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  const script = `${mounts.join(' && ')} && exec chroot "${root}" env -i "--chdir=${directory}" "$@"`;
  return ['unshare', '--mount', 'sh', '-c', script, 'sh', root, ...pairs, ...args];
}

function mountOf({ layers, upper, work }: Overlay, at: string): string {
  const options = `lowerdir=${layers.join(':')},upperdir=${upper},workdir=${work}`;
  return `mount -t overlay overlay ${at} -o ${options}`;
}
