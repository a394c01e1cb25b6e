import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { lastLines } from './apt.mjs';
import { inRoot } from './paths.mjs';
import { runStep } from './process.mjs';
import { Stop } from './say.mjs';

const identifier = 'Understudy.Understudy';
const schemaVersion = '1.6.0';

/**
 * Writes the manifest of the package for winget, three files in the folder `output`, for an MSI that can be
 * downloaded from the address `url` and the name that it has. They name the MSI's hash: signed, it is another one.
 */
export async function writeWingetManifest(msi, url, output) {
  const about = JSON.parse(await readFile(inRoot('package.json'), 'utf8'));
  const address = new URL(basename(msi), url.endsWith('/') ? url : `${url}/`);
  const sha256 = createHash('sha256')
    .update(await readFile(msi))
    .digest('hex')
    .toUpperCase();
  const productCode = await readProductCode(msi);
  await mkdir(output, { recursive: true });
  const manifests = describeWinget({ ...about, address: address.href, sha256, productCode });
  for (const [name, lines] of Object.entries(manifests)) {
    await writeFile(join(output, name), `${lines.join('\n')}\n`);
  }
}

/** The manifest's files, each by its name. */
export function describeWinget({ version, description, author, license, ...file }) {
  const head = [`PackageIdentifier: ${identifier}`, `PackageVersion: ${version}`];
  const tail = (type) => [`ManifestType: ${type}`, `ManifestVersion: ${schemaVersion}`];
  return {
    [`${identifier}.yaml`]: [...head, 'DefaultLocale: en-US', ...tail('version')],
    [`${identifier}.installer.yaml`]: [
      ...head,
      'InstallerType: wix',
      'Scope: machine',
      'InstallModes: [interactive, silent, silentWithProgress]',
      'UpgradeBehavior: install',
      'ElevationRequirement: elevationRequired',
      'Installers:',
      '  - Architecture: x64',
      `    InstallerUrl: ${file.address}`,
      `    InstallerSha256: ${file.sha256}`,
      `    ProductCode: '${file.productCode}'`,
      ...tail('installer'),
    ],
    [`${identifier}.locale.en-US.yaml`]: [
      ...head,
      'PackageLocale: en-US',
      `Publisher: ${author}`,
      'PackageName: Understudy',
      `License: ${license}`,
      `ShortDescription: ${description}`,
      ...tail('defaultLocale'),
    ],
  };
}

async function readProductCode(msi) {
  const { status, output } = await runStep('msiinfo', ['export', msi, 'Property']);
  const code = /^ProductCode\t(\{[0-9A-F-]+\})/m.exec(output)?.[1];
  if (status !== 0 || code === undefined) {
    throw new Stop(`${msi} has no product code:\n${lastLines(output)}`);
  }
  return code;
}
