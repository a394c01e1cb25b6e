import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { skipFor } from '../../support/skip.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';
import { loadScript, scriptFile } from './load-script.ts';

const inCheckout = (path: string) => join(scriptFile('..'), '..', '..', path);

/** A checkout with the scripts and nothing else, as far as the set-up looks at it. */
function makeCheckout(): string {
  const checkout = makeTemporaryDirectory();
  mkdirSync(join(checkout, 'scripts'));
  const scripts = inCheckout('scripts');
  for (const file of readdirSync(scripts)) {
    if (file.endsWith('.mjs')) copyFileSync(join(scripts, file), join(checkout, 'scripts', file));
  }
  for (const file of ['package.json', 'package-lock.json']) {
    copyFileSync(inCheckout(file), join(checkout, file));
  }
  return checkout;
}

function runScript(checkout: string, name: string, args: string[] = [], preload?: string) {
  const file = join(checkout, 'scripts', `${name}.mjs`);
  const options =
    preload === undefined
      ? []
      : ['--import', `data:text/javascript,${encodeURIComponent(preload)}`];
  return spawnSync(process.execPath, [...options, file, ...args], {
    cwd: checkout,
    encoding: 'utf8',
    // No registry: what is downloaded in spite of all fails at once.
    env: {
      ...process.env,
      // Nor an Electron from elsewhere, which the runner of the tests names.
      ELECTRON_OVERRIDE_DIST_PATH: undefined,
      ...{ ELECTRON_RUN_AS_NODE: '1', npm_config_registry: 'http://127.0.0.1:9/' },
      ...{
        npm_config_fetch_retries: '0',
        npm_execpath: '',
        npm_config_cache: join(checkout, 'npm-cache'),
      },
    },
  });
}

describe('Node', () => {
  interface NodeVersionModule {
    whyNodeIsUnfit(version: string): string | null;
    runsProduct(version: string): boolean;
  }

  it.each([
    ['18.20.8', false],
    ['20.18.3', false],
    ['20.19.0', true],
    ['20.20.2', true],
    ['21.7.3', false],
    ['22.12.0', false],
    ['22.13.0', true],
    ['23.11.0', false],
    ['24.0.0', true],
    ['25.1.0', true],
  ])('%s is enough: %s', async (version, isEnough) => {
    const { whyNodeIsUnfit } = await loadScript<NodeVersionModule>('node-version');
    expect(whyNodeIsUnfit(version) === null).toBe(isEnough);
  });

  it.each(['start', 'test', 'build', 'check', 'cli', 'demo', 'package', 'bootstrap'])(
    'that is too old is a failure of %s, and nothing is installed',
    (name) => {
      const checkout = makeCheckout();
      const asNode18 = "Object.defineProperty(process.versions, 'node', { value: '18.20.8' });";
      const args = name === 'cli' ? ['status'] : [];
      const { status, stderr } = runScript(checkout, name, args, asNode18);
      expect(stderr).toContain('This is Node 18.20.8');
      expect(status).toBe(1);
      expect(existsSync(join(checkout, 'node_modules'))).toBe(false);
    },
  );
});

it.each(['start', 'test', 'build', 'check', 'cli', 'demo', 'package'])(
  '%s --help says how it is used and sets nothing up',
  (name) => {
    const checkout = makeCheckout();
    const { status, stdout, stderr } = runScript(checkout, name, ['--help']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^(npm|understudy)/);
    expect(readdirSync(checkout).sort()).toEqual(['package-lock.json', 'package.json', 'scripts']);
  },
);

it('answers --help with what is built, and gets no Electron for it', () => {
  const checkout = makeCheckout();
  const packages = { 'node_modules/one': { version: '1.0.0' } };
  for (const folder of ['node_modules/one', 'dist/main']) {
    mkdirSync(join(checkout, folder), { recursive: true });
  }
  for (const file of ['package-lock.json', 'node_modules/.package-lock.json']) {
    writeFileSync(join(checkout, file), JSON.stringify({ packages }));
  }
  writeFileSync(join(checkout, 'node_modules/one/package.json'), '{}');
  writeFileSync(join(checkout, 'dist/main/cli.js'), 'console.log(process.argv.slice(2));');
  const { status, stdout, stderr } = runScript(checkout, 'cli', ['serve', '--help']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toBe("[ 'serve', '--help' ]\n");
  expect(existsSync(join(checkout, '.cache'))).toBe(false);
});

it('runs from a symbolic link to the checkout as well', () => {
  const checkout = makeCheckout();
  const link = join(makeTemporaryDirectory(), 'link');
  symlinkSync(checkout, link);
  const { status, stderr } = runScript(link, 'build');
  expect(stderr).toContain(
    'The node modules could not be installed. The npm registry cannot be reached.',
  );
  expect(status).toBe(1);
});

describe('node modules', () => {
  interface ModulesModule {
    whyModulesAreWanting(): string | null;
  }

  /** A checkout of one package, and how its modules were installed. */
  async function install(files: Record<string, string>, note: unknown) {
    const checkout = makeCheckout();
    const packages = { '': {}, 'node_modules/one': { version: '1.0.0' } };
    writeFileSync(join(checkout, 'package-lock.json'), JSON.stringify({ packages }));
    mkdirSync(join(checkout, 'node_modules', 'one'), { recursive: true });
    for (const [name, content] of Object.entries(files)) {
      writeFileSync(join(checkout, 'node_modules', 'one', name), content);
    }
    if (note !== undefined) {
      writeFileSync(join(checkout, 'node_modules', '.package-lock.json'), JSON.stringify(note));
    }
    const file = join(checkout, 'scripts', 'modules.mjs');
    const { whyModulesAreWanting } = (await import(file)) as ModulesModule;
    return { checkout, whyModulesAreWanting };
  }

  const whole = { 'package.json': '{}' };
  const noted = { packages: { 'node_modules/one': { version: '1.0.0' } } };

  it('that npm installed by itself are used, and looked at once only', async () => {
    const { checkout, whyModulesAreWanting } = await install(whole, noted);
    expect(whyModulesAreWanting()).toBeNull();
    writeFileSync(join(checkout, 'node_modules', 'one', 'package.json'), '');
    expect(whyModulesAreWanting()).toBeNull();
  });

  it.each([
    ['without a note of npm', whole, undefined, 'none are installed'],
    [
      'of another version',
      whole,
      { packages: { 'node_modules/one': { version: '0.9.0' } } },
      'one 1.0.0 is new',
    ],
    ['with an empty package.json', { 'package.json': '' }, noted, 'one is damaged'],
    [
      'with hundreds of empty files',
      { ...whole, ...Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`${i}.js`, ''])) },
      noted,
      '300 files are empty',
    ],
  ])('%s are installed anew', async (_, files, note, reason) => {
    const { whyModulesAreWanting } = await install(files, note);
    expect(whyModulesAreWanting()).toBe(reason);
  });
});

describe('what npm said', () => {
  it.each([
    ['npm warn tar TAR_ENTRY_ERROR ENOSPC: no space left on device, write', 'The disk is full.'],
    [
      'npm error code ENOTFOUND\nnpm error network request to https://r/ failed',
      'registry cannot be reached',
    ],
    ['npm error Exit handler never called!', 'registry cannot be reached'],
    ['npm error code EACCES\nnpm error syscall mkdir', 'belongs to another account'],
    ['npm error code SELF_SIGNED_CERT_IN_CHAIN', 'certificate'],
    ['npm error code E500', 'Run the same command again'],
  ])('%j is explained', async (output, words) => {
    const { explain } = await loadScript<{ explain(output: string): string }>('npm');
    expect(explain(output)).toContain(words);
  });
});

const noDpkg = existsSync('/usr/bin/dpkg-query') ? null : 'there is no dpkg here';

it('names packages as this Debian does, none twice', skipFor(noDpkg), async () => {
  interface LibrariesModule {
    findMissingPackages(options: { tests: boolean }): string[];
  }
  const { findMissingPackages } = await loadScript<LibrariesModule>('system-libraries');
  const missing = findMissingPackages({ tests: true });
  expect(new Set(missing).size).toBe(missing.length);
  const { status, stderr } = spawnSync('apt-cache', [
    'show',
    '--no-all-versions',
    ...missing,
    'dpkg',
  ]);
  expect({ status, stderr: String(stderr) }).toEqual({ status: 0, stderr: '' });
});

it('keeps signing keys and licences that were made in the checkout out of git', () => {
  const ignored = readFileSync(inCheckout('.gitignore'), 'utf8').split('\n');
  for (const made of ['*.key', '*.key.pub', '*.lic']) expect(ignored).toContain(made);
});
