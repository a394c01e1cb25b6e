import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { must, prepareSuite } from '../bare/base-root.ts';
import { loadScript } from '../unit/scripts/load-script.ts';

/** Outside the checkout: its tools would walk through what is mounted there. */
export const cache = '/var/tmp/understudy-debian';

const root = join(cache, 'root');

/** Why no Debian can be booted on this machine; null when one can. */
export function whyNoDebian(): string | null {
  if (process.platform !== 'linux') return 'a Debian boots beside a Linux only';
  if (process.getuid?.() !== 0)
    return 'a Debian of its own needs root (chroot, mounts, namespaces)';
  if (process.arch !== 'x64') return 'the package is for x64 only';
  if (existsSync(root)) return null;
  const { error } = spawnSync('debootstrap', ['--version']);
  return error ? 'debootstrap, which makes the Debian, is not installed' : null;
}

/**
 * The folder of a Debian 13 with systemd and what the package depends on; made when it is not there yet,
 * in a minute or two, with 700 MB.
 */
export async function prepareRoot(): Promise<string> {
  if (existsSync(root)) return root;
  const base = prepareSuite('trixie');
  const part = `${root}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  console.error('Making a Debian 13 with systemd …');
  must('cp', ['-a', base, part]);
  for (const file of ['/etc/resolv.conf', '/etc/ssl/certs/ca-certificates.crt']) {
    if (existsSync(file)) copyFileSync(file, join(part, file));
  }
  const { runtimeDependencies } = await loadScript<SystemLibraries>('system-libraries');
  const names = runtimeDependencies().map((text) => text.replace(/ \|.*/, ''));
  const apt = 'DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends';
  const wanted = ['systemd', 'systemd-sysv', 'dbus', ...names].join(' ');
  const install = `apt-get -q update && ${apt} install ${wanted} && apt-get clean`;
  must('chroot', [part, 'sh', '-ec', install]);
  renameSync(part, root);
  return root;
}

interface SystemLibraries {
  runtimeDependencies(): string[];
}
