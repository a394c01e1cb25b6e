// Makes the packages for Linux from the unpacked program: node scripts/linux-package.mjs TREE FOLDER
import { chmod, cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { lastLines } from './apt.mjs';
import { inRoot } from './paths.mjs';
import { runStep } from './process.mjs';
import { runDirectly } from './run-directly.mjs';
import { Stop } from './say.mjs';
import { runtimeDependencies } from './system-libraries.mjs';

const parts = (...path) => inRoot('assets/linux', ...path);

/**
 * Makes `understudy_VERSION_amd64.deb` in the folder `output`: the program, its command in the PATH, and the
 * service, which is started. `version`: package.json's unless told. `compression`: as dpkg-deb knows it.
 * `onBegin` is told the file. Resolves to it, which is there as a whole or not at all.
 */
export async function makeDeb(tree, output, { version, compression = 'xz', onBegin } = {}) {
  const about = await describe(version);
  const file = join(output, `understudy_${about.version}_amd64.deb`);
  onBegin?.(file);
  await inFolder(async (folder) => {
    const root = join(folder, 'root');
    await layOut(root, tree);
    await describePackage(root, about);
    const made = join(folder, 'made.deb');
    await tool('dpkg-deb', [`-Z${compression}`, '--root-owner-group', '--build', root, made]);
    await put(made, file);
  });
  return file;
}

/** The same as `understudy-VERSION-linux-x64.tar.gz`, for /opt/understudy; with the unit of the service. */
export async function makeTarball(tree, output, { version, onBegin } = {}) {
  const about = await describe(version);
  const name = `understudy-${about.version}`;
  const file = join(output, `${name}-linux-x64.tar.gz`);
  onBegin?.(file);
  await inFolder(async (folder) => {
    const root = join(folder, name);
    await cp(tree, root, { recursive: true });
    await writeUnit(join(root, 'understudy.service'), '/opt/understudy');
    await copy(parts('machine.json'), join(root, 'machine.json'));
    const made = join(folder, 'made.tar.gz');
    const owned = ['--owner=0', '--group=0', '--sort=name'];
    await tool('tar', ['-czf', made, ...owned, '-C', folder, name]);
    await put(made, file);
  });
  return file;
}

async function layOut(root, tree) {
  const at = (path) => join(root, path);
  const program = at('usr/lib/understudy');
  await cp(tree, program, { recursive: true });
  // Chromium's own sandbox of pages, where accounts may make no namespaces.
  await chmod(join(program, 'chrome-sandbox'), 0o4755);
  await copy(parts('debian/launcher.sh'), at('usr/bin/understudy'), 0o755);
  await copy(parts('understudy.sysusers'), at('usr/lib/sysusers.d/understudy.conf'));
  await copy(parts('debian/understudy.desktop'), at('usr/share/applications/understudy.desktop'));
  await copy(parts('machine.json'), at('etc/understudy/machine.json'));
  const icon = 'usr/share/icons/hicolor/512x512/apps/understudy.png';
  await copy(inRoot('assets/icon.png'), at(icon));
  await writeUnit(at('usr/lib/systemd/system/understudy.service'), '/usr/lib/understudy');
  const documents = at('usr/share/doc/understudy');
  await copy(inRoot('LICENSE'), join(documents, 'copyright'));
  const changes = gzipSync(await readFile(inRoot('CHANGELOG.md')), { level: 9 });
  await write(join(documents, 'changelog.gz'), changes);
}

async function describePackage(root, { version, description, author }) {
  const files = "find usr etc -type f -printf '%p\\0' | LC_ALL=C sort -z | xargs -0";
  await write(join(root, 'DEBIAN', 'conffiles'), '/etc/understudy/machine.json\n');
  const sums = await tool('sh', ['-ec', `${files} md5sum`], root);
  const size = await tool('du', ['-sk', '--apparent-size', '.'], root);
  const control = [
    'Package: understudy',
    `Version: ${version}`,
    'Architecture: amd64',
    `Maintainer: ${author} <understudy@localhost>`,
    `Installed-Size: ${size.split('\t')[0]}`,
    `Depends: ${[...runtimeDependencies(), 'init-system-helpers', 'passwd', 'systemd'].join(', ')}`,
    'Section: net',
    'Priority: optional',
    `Description: ${description}`,
    ' A licence server for floating licences that another one takes over from when it',
    ' fails, as a service, with a command line and a tray application.',
    '',
  ];
  const folder = join(root, 'DEBIAN');
  await write(join(folder, 'control'), control.join('\n'));
  await write(join(folder, 'md5sums'), sums);
  for (const name of ['postinst', 'prerm', 'postrm']) {
    await copy(parts('debian', name), join(folder, name), 0o755);
  }
}

async function writeUnit(file, program) {
  const unit = await readFile(parts('understudy.service'), 'utf8');
  await write(file, unit.replaceAll('@PROGRAM@', program));
}

async function copy(from, to, mode = 0o644) {
  await write(to, await readFile(from), mode);
}

async function write(file, content, mode = 0o644) {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
  await chmod(file, mode);
}

async function describe(version) {
  const found = JSON.parse(await readFile(inRoot('package.json'), 'utf8'));
  return { ...found, version: version ?? found.version };
}

async function inFolder(work) {
  const folder = await mkdtemp(join(tmpdir(), 'understudy-linux-'));
  // Electron's Node takes an archive for a folder.
  const { noAsar } = process;
  process.noAsar = true;
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
    process.noAsar = noAsar;
  }
}

async function put(made, file) {
  await mkdir(dirname(file), { recursive: true });
  await cp(made, `${file}.part`);
  await rename(`${file}.part`, file);
}

async function tool(name, args, cwd) {
  const { status, output } = await runStep(name, args, { cwd });
  if (status !== 0) throw new Stop(`${name} failed:\n${lastLines(output)}`);
  return output;
}

runDirectly(import.meta.url, async () => {
  const [tree, output] = process.argv.slice(2);
  if (output === undefined) throw new Stop('Usage: node scripts/linux-package.mjs TREE FOLDER');
  await makeDeb(resolve(tree), resolve(output));
  await makeTarball(resolve(tree), resolve(output));
});
