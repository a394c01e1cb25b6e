import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** What upgrades know the product by: never another one. */
const upgradeCode = '6E1D3C52-0B0D-4D0B-9C55-2D3F4B8A7F10';

export const serviceName = 'Understudy';
export const serviceKey = `SYSTEM\\CurrentControlSet\\Services\\${serviceName}\\Parameters`;

/**
 * What an admin can choose: the public property on the command line of the installation, the value below
 * `serviceKey` that keeps it for the next version, and what it is otherwise.
 */
export const choices = [
  { property: 'DATADIR', value: 'DataDirectory' },
  { property: 'LISTEN', value: 'Listen' },
  { property: 'SERVERNAME', value: 'ServerName' },
  { property: 'CONFIG', value: 'Config' },
  { property: 'SERVICE', value: 'SetupService', otherwise: '1' },
  { property: 'SERVICEACCOUNT', value: 'SetupAccount', otherwise: `NT SERVICE\\${serviceName}` },
  { property: 'FIREWALL', value: 'SetupFirewall', otherwise: '1' },
];

/** An id that is the same for the same thing in every version (RFC 9562, version 8). */
export function stableGuid(text) {
  const digest = createHash('sha256').update(`${upgradeCode} ${text}`).digest('hex');
  const parts = [8, 4, 3, 3, 12].reduce(
    ({ at, list }, length) => ({ at: at + length, list: [...list, digest.slice(at, at + length)] }),
    { at: 0, list: [] },
  ).list;
  return `${parts[0]}-${parts[1]}-8${parts[2]}-8${parts[3]}-${parts[4]}`.toUpperCase();
}

/** An id of the installer's tables: letters and digits, at most 72. */
const idOf = (kind, path) => `${kind}${stableGuid(path).replaceAll('-', '')}`;
export const fileOf = (path) => idOf('F', path);
export const componentOf = (path) =>
  path === 'bin/understudy.exe' ? 'ServiceProgram' : idOf('C', path);

const escape = (text) =>
  text.replace(
    /[&<>"]/g,
    (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign],
  );

/**
 * The source of the installer in WiX' language, as far as wixl knows it; `msi-tables.mjs` has the rest.
 * Paths in it are relative to the folder `tree`, which holds the unpacked program.
 */
export function makeMsiSource({ tree, version, manufacturer }) {
  const ids = [];
  const body = describeFolder(tree, '', ids);
  const references = ids.map((id) => `      <ComponentRef Id="${id}"/>`).join('\n');
  return `<?xml version="1.0" encoding="utf-8"?>
<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">
  <Product Id="*" Name="Understudy" Version="${version}" Language="1033"
      Manufacturer="${escape(manufacturer)}" UpgradeCode="${upgradeCode}">
    <Package InstallerVersion="500" Compressed="yes" InstallScope="perMachine"
        Description="Understudy ${version}" Manufacturer="${escape(manufacturer)}"/>
    <MajorUpgrade DowngradeErrorMessage="A newer version of Understudy is installed. Uninstall it first."/>
    <Media Id="1" Cabinet="understudy.cab" EmbedCab="yes"/>
    <Icon Id="understudy.ico" SourceFile="resources/assets/icon.ico"/>
    <Property Id="ARPPRODUCTICON" Value="understudy.ico"/>
    <Directory Id="TARGETDIR" Name="SourceDir">
      <Directory Id="ProgramMenuFolder"/>
      <Directory Id="System64Folder"/>
      <Directory Id="CommonAppDataFolder">
        <Directory Id="DATADIR" Name="Understudy">
${indent(dataComponent, 5)}
        </Directory>
      </Directory>
      <Directory Id="ProgramFiles64Folder">
        <Directory Id="INSTALLDIR" Name="Understudy">
${indent(body, 5)}
        </Directory>
      </Directory>
    </Directory>
    <Feature Id="Main" Level="1">
      <ComponentRef Id="Data"/>
${references}
    </Feature>
  </Product>
</Wix>
`;
}

const eventLogKey = `SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\${serviceName}`;

function registryValue(key, name, value, type = 'string') {
  return `<RegistryValue Root="HKLM" Key="${key}" Name="${name}" Type="${type}" Value="${value}"/>`;
}

// Its folder is removed with the product only when it is empty: licences and leases outlive it.
const dataComponent = `<Component Id="Data" Guid="${stableGuid('data')}" Win64="yes">
  <CreateFolder/>
${choices
  .map(({ property, value }) => `  ${registryValue(serviceKey, value, `[${property}]`)}`)
  .join('\n')}
</Component>`;

const serviceElements = `<ServiceInstall Id="Service" Name="${serviceName}" DisplayName="Understudy licence server"
    Description="Hands out floating licences and keeps them available with other servers."
    Type="ownProcess" Start="auto" ErrorControl="normal" Vital="yes" Account="[SERVICEACCOUNT]"
    Arguments="service"/>
<ServiceControl Id="ServiceControl" Name="${serviceName}" Start="install" Stop="both" Remove="uninstall" Wait="yes"/>
${registryValue(eventLogKey, 'EventMessageFile', '[INSTALLDIR]bin\\understudy.exe')}
${registryValue(eventLogKey, 'TypesSupported', '7', 'integer')}`;

const shortcut = `<Shortcut Id="Shortcut" Directory="ProgramMenuFolder" Name="Understudy"
    Description="Licences that stay available" Icon="understudy.ico" Advertise="no"/>`;

function describeFolder(tree, folder, ids) {
  const entries = readdirSync(join(tree, folder), { withFileTypes: true });
  return entries
    .sort((one, other) => one.name.localeCompare(other.name, 'en'))
    .map((entry) => {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (!entry.isDirectory()) return describeFile(path, ids);
      const inner = indent(describeFolder(tree, path, ids), 1);
      return `<Directory Id="${idOf('D', path)}" Name="${escape(entry.name)}">\n${inner}\n</Directory>`;
    })
    .join('\n');
}

function describeFile(path, ids) {
  const id = componentOf(path);
  ids.push(id);
  const inFile = path === 'Understudy.exe' ? `\n${indent(shortcut, 2)}\n  </File>` : '';
  const open = `<File Id="${fileOf(path)}" Source="${escape(path)}" KeyPath="yes"`;
  const file = inFile === '' ? `${open}/>` : `${open}>${inFile}`;
  const service = id === 'ServiceProgram' ? `\n${indent(serviceElements, 1)}` : '';
  const guid = `Guid="${stableGuid(path)}"`;
  return `<Component Id="${id}" ${guid} Win64="yes">\n  ${file}${service}\n</Component>`;
}

const indent = (text, depth) => text.replace(/^(?=.)/gm, '  '.repeat(depth));
