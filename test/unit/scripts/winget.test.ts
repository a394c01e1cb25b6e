import { expect, it } from 'vitest';
import { loadScript } from './load-script.ts';

interface WingetScript {
  describeWinget(about: Record<string, string>): Record<string, string[]>;
}

it('describes the MSI for winget in three files that name each other', async () => {
  const { describeWinget } = await loadScript<WingetScript>('winget');
  const files = describeWinget({
    version: '1.2.3',
    description: 'Keeps licences',
    author: 'Us',
    license: 'MIT',
    address: 'https://example.org/Understudy-1.2.3.msi',
    sha256: 'AB'.repeat(32),
    productCode: '{6E1D3C52-0B0D-4D0B-9C55-2D3F4B8A7F10}',
  });
  expect(Object.keys(files)).toEqual([
    'Understudy.Understudy.yaml',
    'Understudy.Understudy.installer.yaml',
    'Understudy.Understudy.locale.en-US.yaml',
  ]);
  for (const lines of Object.values(files)) {
    expect(lines).toContain('PackageIdentifier: Understudy.Understudy');
    expect(lines).toContain('PackageVersion: 1.2.3');
    expect(lines.at(-1)).toBe('ManifestVersion: 1.6.0');
  }
  expect(files['Understudy.Understudy.installer.yaml']).toEqual(
    expect.arrayContaining([
      'Scope: machine',
      '    InstallerUrl: https://example.org/Understudy-1.2.3.msi',
      `    InstallerSha256: ${'AB'.repeat(32)}`,
      "    ProductCode: '{6E1D3C52-0B0D-4D0B-9C55-2D3F4B8A7F10}'",
    ]),
  );
});
