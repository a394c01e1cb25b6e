import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import asar from '@electron/asar';
import { Data, NtExecutable, NtExecutableResource, Resource } from 'resedit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fuses, pack, readFuses } from './pack.ts';

// Read back from a package that was just made; packaging for Windows needs no Windows.

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

describe('the Windows package', () => {
  let folder: string;
  let program: string;
  let archive: string;
  let resources: NtExecutableResource;

  beforeAll(() => {
    folder = pack('win');
    program = join(folder, 'Understudy.exe');
    archive = join(folder, 'resources', 'app.asar');
    const executable = NtExecutable.from(readFileSync(program), { ignoreCert: true });
    resources = NtExecutableResource.from(executable);
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

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
      '/dist/main/backup-worker.js',
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
    const integrity: unknown = JSON.parse(new TextDecoder().decode(entry?.bin));
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

  it('has the licences of all its parts, packed, and no library that nothing uses', () => {
    const licences = gunzipSync(readFileSync(join(folder, 'LICENSES.chromium.html.gz')));
    expect(licences.toString('utf8')).toMatch(/<html[^]*FreeType[^]*V8/);
    const libraries = readdirSync(folder).filter((name) => name.endsWith('.dll'));
    expect(libraries.sort()).toEqual([
      'd3dcompiler_47.dll',
      'ffmpeg.dll',
      'libEGL.dll',
      'libGLESv2.dll',
    ]);
  });

  it('has the command line and the service in a folder that can be in the PATH', () => {
    const bytes = readFileSync(join(folder, 'bin', 'understudy.exe'));
    const entries = NtExecutableResource.from(NtExecutable.from(bytes)).entries;
    const [info] = Resource.VersionInfo.fromEntries(entries);
    expect(info?.getStringValues({ lang: 0x409, codepage: 1200 })).toMatchObject({
      FileVersion: version,
      ProductName: 'Understudy',
    });
    // What the event log shows of the service's entries.
    expect(entries.map(({ type }) => type)).toContain(11);
  });

  it('has the templates of Group Policy', () => {
    for (const file of ['understudy.admx', 'en-US/understudy.adml']) {
      expect(readFileSync(join(folder, 'policy', file), 'utf8')).toContain('<policyDefinition');
    }
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
