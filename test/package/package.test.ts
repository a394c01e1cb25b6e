import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import asar from '@electron/asar';
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { Data, NtExecutable, NtExecutableResource, Resource } from 'resedit';
import { beforeAll, describe, expect, it } from 'vitest';

// What a package must be, read back from one that was just made. On Linux and Windows alike: packaging
// for Windows needs neither.

const output = resolve('test-results/package');
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

function pack(platform: 'win' | 'linux'): void {
  const node = process.env['npm_node_execpath'] ?? 'node';
  const env = { ...process.env };
  delete env['ELECTRON_RUN_AS_NODE'];
  const args = [`--${platform}`, 'dir', '--x64', `-c.directories.output=${output}`];
  const { status, stdout, stderr } = spawnSync(node, ['scripts/package.mjs', ...args], {
    env,
    encoding: 'utf8',
  });
  expect(status, stdout + stderr).toBe(0);
}

// In the program a fuse is a character.
const on = '1'.charCodeAt(0);
const off = '0'.charCodeAt(0);

async function readFuses(executable: string): Promise<Record<string, string>> {
  const wire = await getCurrentFuseWire(executable);
  const state = (option: FuseV1Options) =>
    wire[option] === on ? 'on' : wire[option] === off ? 'off' : '?';
  return {
    runAsNode: state(FuseV1Options.RunAsNode),
    cookieEncryption: state(FuseV1Options.EnableCookieEncryption),
    nodeOptions: state(FuseV1Options.EnableNodeOptionsEnvironmentVariable),
    nodeInspect: state(FuseV1Options.EnableNodeCliInspectArguments),
    asarIntegrity: state(FuseV1Options.EnableEmbeddedAsarIntegrityValidation),
    onlyAsar: state(FuseV1Options.OnlyLoadAppFromAsar),
    fileProtocolPrivileges: state(FuseV1Options.GrantFileProtocolExtraPrivileges),
  };
}

const fuses = {
  runAsNode: 'off',
  cookieEncryption: 'on',
  nodeOptions: 'off',
  nodeInspect: 'off',
  asarIntegrity: 'on',
  onlyAsar: 'on',
  fileProtocolPrivileges: 'off',
};

describe('the Windows package', () => {
  const folder = join(output, 'win-unpacked');
  const program = join(folder, 'Understudy.exe');
  const archive = join(folder, 'resources', 'app.asar');
  let resources: NtExecutableResource;

  beforeAll(() => {
    pack('win');
    const executable = NtExecutable.from(readFileSync(program), { ignoreCert: true });
    resources = NtExecutableResource.from(executable);
  });

  it('has its fuses blown', async () => {
    expect(await readFuses(program)).toEqual(fuses);
  });

  it('holds the built code and nothing beside it', () => {
    const files = asar
      .listPackage(archive, { isPack: false })
      .map((file) => file.replaceAll('\\', '/'));
    for (const file of [
      '/package.json',
      '/dist/main/main.js',
      '/dist/main/node-process.js',
      '/dist/main/store-worker.js',
      '/dist/preload/preload.cjs',
      '/dist/renderer/index.html',
    ]) {
      expect(files).toContain(file);
    }
    expect(files.filter((file) => !/^\/(package\.json|dist(\/|$))/.test(file))).toEqual([]);
    expect(files.filter((file) => file.endsWith('.map'))).toEqual([]);
  });

  it('carries the hash of its archive in the program', () => {
    const entry = resources.entries.find(
      ({ type, id }) => type === 'INTEGRITY' && id === 'ELECTRONASAR',
    );
    const { headerString } = asar.getRawHeader(archive);
    const integrity: unknown = JSON.parse(Buffer.from(entry?.bin ?? []).toString('utf8'));
    expect(integrity).toEqual([
      {
        file: 'resources\\app.asar',
        alg: 'SHA256',
        value: createHash('sha256').update(headerString).digest('hex'),
      },
    ]);
  });

  it('says what it is, with its own icon', () => {
    const [info] = Resource.VersionInfo.fromEntries(resources.entries);
    const language = info?.getAllLanguagesForStringValues()[0];
    const strings = language === undefined ? {} : info?.getStringValues(language);
    expect(strings).toMatchObject({
      ProductName: 'Understudy',
      FileDescription: expect.any(String),
    });
    expect(strings?.['ProductVersion']).toMatch(new RegExp(`^${version}`));

    const own = Data.IconFile.from(readFileSync('assets/icon.ico')).icons.map(({ width }) => width);
    const [group] = Resource.IconGroupEntry.fromEntries(resources.entries);
    expect(group?.icons.map(({ width }) => width)).toEqual(own);
  });

  it('has its icons and its licence, and no start page of Electron', () => {
    const inResources = (file: string) => existsSync(join(folder, 'resources', file));
    expect(inResources('default_app.asar')).toBe(false);
    expect(inResources('assets/icon.ico')).toBe(true);
    expect(inResources('assets/tray/failover-dark.ico')).toBe(true);
    expect(inResources('assets/demo/demo-licence.json')).toBe(true);
    expect(inResources('LICENSE')).toBe(true);
  });
});
