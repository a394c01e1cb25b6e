import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';
import { loadScript } from './load-script.ts';

interface SourceModule {
  stableGuid(text: string): string;
  makeMsiSource(options: { tree: string; version: string; manufacturer: string }): string;
}

interface TablesModule {
  serviceSid(name: string): string;
}

const { makeMsiSource, stableGuid } = await loadScript<SourceModule>('msi-source');
const { serviceSid } = await loadScript<TablesModule>('msi-tables');

function makeTree(...files: string[]): string {
  const tree = makeTemporaryDirectory();
  for (const file of files) {
    mkdirSync(join(tree, file, '..'), { recursive: true });
    writeFileSync(join(tree, file), 'content');
  }
  return tree;
}

describe('the source of the MSI', () => {
  const describeTree = (version: string) =>
    makeMsiSource({
      tree: makeTree('Understudy.exe', 'bin/understudy.exe', 'resources/a & b.txt', 'version'),
      ...{ version, manufacturer: 'Smith & Sons' },
    });

  it('has every file once, by a relative path, and the service at its program', () => {
    const source = describeTree('1.2.3');
    const files = [...source.matchAll(/<File Id="\w+" Source="([^"]+)"/g)].map(([, path]) => path);
    expect(files.sort()).toEqual([
      'Understudy.exe',
      'bin/understudy.exe',
      'resources/a &amp; b.txt',
      'version',
    ]);
    const components = source
      .split('<Component ')
      .filter((text) => text.includes('ServiceInstall'));
    expect(components).toHaveLength(1);
    expect(components[0]).toContain('Source="bin/understudy.exe"');
    expect(source).toContain('Manufacturer="Smith &amp; Sons"');
  });

  it('knows a file again in the next version, or an upgrade would take it away', () => {
    const guidsOf = (source: string) => [...source.matchAll(/Guid="[^"]+"/g)].map(String).sort();
    expect(guidsOf(describeTree('1.2.3'))).toEqual(guidsOf(describeTree('1.3.0')));
    expect(new Set(guidsOf(describeTree('1.2.3'))).size).toBe(5);
  });

  it('makes ids that are UUIDs', () => {
    expect(stableGuid('a')).toMatch(
      /^[0-9A-F]{8}-[0-9A-F]{4}-8[0-9A-F]{3}-8[0-9A-F]{3}-[0-9A-F]{12}$/,
    );
    expect(stableGuid('a')).not.toBe(stableGuid('b'));
  });
});

it('knows the account of a service as Windows does', () => {
  // What `sc showsid TrustedInstaller` prints on every Windows.
  expect(serviceSid('TrustedInstaller')).toBe(
    'S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464',
  );
});
