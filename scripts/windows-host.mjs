// Builds understudy.exe, the command line and the service of an installation on Windows.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { adminCommand, installPackages, lastLines } from './apt.mjs';
import { inRoot } from './paths.mjs';
import { runStep } from './process.mjs';
import { Stop } from './say.mjs';
import { findMissingWindowsTools, hasDpkg } from './system-libraries.mjs';

const sources = inRoot('src-main/windows-host');
const prefix = 'x86_64-w64-mingw32-';
const compilerOptions = ['-std=c17', '-municode', '-O2', '-s', '-Wall', '-Wextra', '-Werror'];

/** Installs what packaging for Windows takes, or says what an admin has to. */
export async function ensureWindowsTools() {
  if (!hasDpkg()) {
    throw new Stop('Package for Windows on Debian 12 or 13, which has the compiler that it takes.');
  }
  const missing = findMissingWindowsTools();
  if (missing.length === 0) return;
  if (process.getuid() !== 0) {
    throw new Stop(`Packaging for Windows takes more. As root:\n    ${adminCommand(missing)}`);
  }
  await installPackages(missing);
}

/** Builds the program at the path `output`, in about a second. */
export async function buildWindowsHost(output) {
  const folder = await mkdtemp(join(tmpdir(), 'understudy-windows-host-'));
  try {
    await writeVersion(join(folder, 'version.h'));
    const messages = join(folder, 'events.mc');
    await writeFile(messages, await makeMessages());
    await tool('windmc', ['-r', folder, '-h', folder, messages]);
    const resources = join(folder, 'understudy.res');
    const include = [folder, inRoot('assets')].map((path) => `--include-dir=${path}`);
    const script = join(sources, 'understudy.rc');
    await tool('windres', [...include, script, '-O', 'coff', '-o', resources]);
    const files = (await readdir(sources)).filter((name) => name.endsWith('.c'));
    const code = files.map((name) => join(sources, name));
    await mkdir(join(output, '..'), { recursive: true });
    await tool('gcc', [...compilerOptions, `-I${folder}`, '-o', output, ...code, resources]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Builds a program of the tests from its own sources and some of the product's, at `output`. */
export async function buildForWindows(output, files, libraries = []) {
  await mkdir(join(output, '..'), { recursive: true });
  const code = files.map((file) => inRoot(file));
  await tool('gcc', [...compilerOptions, `-I${sources}`, '-o', output, ...code, ...libraries]);
}

/**
 * The messages of the event log: those of the service, and for each entry of the timeline one that is its text, so
 * that the viewer has words for every id of src-shared/model/event-id.ts.
 */
export async function makeMessages() {
  const own = await readFile(join(sources, 'events.mc'), 'utf8');
  const ids = await readFile(inRoot('src-shared/model/event-id.ts'), 'utf8');
  const entries = [...ids.matchAll(/^ {2}\w+: (\d+),$/gm)].map(([, id]) =>
    ['', `MessageId=${id}`, 'Severity=Informational', 'Language=English', '%1', '.', ''].join('\n'),
  );
  return own + entries.join('');
}

async function writeVersion(file) {
  const { version } = JSON.parse(await readFile(inRoot('package.json'), 'utf8'));
  const numbers = version.replace(/-.*/, '').replaceAll('.', ',');
  const lines = [`VERSION "${version}"`, `VERSION_NUMBERS ${numbers}`];
  await writeFile(file, lines.map((line) => `#define UNDERSTUDY_${line}\n`).join(''));
}

async function tool(name, args) {
  const { status, output } = await runStep(`${prefix}${name}`, args);
  if (status !== 0) throw new Stop(`${name} failed for Windows:\n${lastLines(output, 40)}`);
}
