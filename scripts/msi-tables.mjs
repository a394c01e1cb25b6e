import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lastLines } from './apt.mjs';
import { choices, componentOf, fileOf, serviceKey, serviceName } from './msi-source.mjs';
import { runStep } from './process.mjs';
import { Stop } from './say.mjs';

// What wixl gets wrong or has no words for, put into the tables of the finished installer (Windows
// Installer, "Database Tables").

/**
 * The tables that wixl does not make: of each column the type as in an archive file (s text, S text or
 * nothing, i number, I number or nothing, l text for translation, with its size), `*` where it is a key.
 */
const newTables = {
  AppSearch: { Property: 's72*', Signature_: 's72*' },
  RegLocator: { Signature_: 's72*', Root: 'i2', Key: 's255', Name: 'S255', Type: 'I2' },
  CustomAction: { Action: 's72*', Type: 'i2', Source: 'S72', Target: 'S255' },
  Environment: { Environment: 's72*', Name: 'l255', Value: 'L255', Component_: 's72' },
  MsiShortcutProperty: {
    ...{ MsiShortcutProperty: 's72*', Shortcut_: 's72' },
    ...{ PropertyKey: 's255', PropVariantValue: 's255' },
  },
  MsiServiceConfig: {
    ...{ MsiServiceConfig: 's72*', Name: 's255', Event: 'i2' },
    ...{ ConfigType: 'i4', Argument: 'S255', Component_: 's72' },
  },
  MsiServiceConfigFailureActions: {
    ...{ MsiServiceConfigFailureActions: 's72*', Name: 's255', Event: 'i2' },
    ...{ ResetPeriod: 'I4', RebootMessage: 'L255', Command: 'L255' },
    ...{ Actions: 'S255', DelayActions: 'S255', Component_: 's72' },
  },
  MsiLockPermissionsEx: {
    ...{ MsiLockPermissionsEx: 's72*', LockObject: 's72', Table: 's32' },
    ...{ SDDLText: 's255', Condition: 'S255' },
  },
};

/** The SID of the account `NT SERVICE\NAME`: S-1-5-80 and the SHA-1 of the name in capitals. */
export function serviceSid(name) {
  const digest = createHash('sha1').update(Buffer.from(name.toUpperCase(), 'utf16le')).digest();
  return `S-1-5-80-${[0, 4, 8, 12, 16].map((at) => digest.readUInt32LE(at)).join('-')}`;
}

/** The system, administrators and the service; the key in the folder is the server's identity. */
const dataAccess = `D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;${serviceSid(serviceName)})`;

const isComing = '$ServiceProgram=3';
const isGoing = '$ServiceProgram=2';

// Types of custom actions: one that sets a property, and one that runs a program in a folder, deferred,
// as the system account, and whose failure is in the log and no reason to stop.
const set = 51;
const runAsSystem = 34 + 64 + 1024 + 2048;

const firewallRules = [
  { name: 'Understudy (clients and servers)', what: 'protocol=TCP' },
  { name: 'Understudy (discovery)', what: 'protocol=UDP localport=5353' },
];
const netsh = '"[System64Folder]netsh.exe" advfirewall firewall';

/** Its members may administer the server without being elevated (src-main/windows-host/admin-pipe.h). */
const group = '"[System64Folder]net.exe" localgroup "Understudy Admins"';

const customActions = [
  {
    // Until its process is gone, and not only its name from the list, its files are in use. It runs
    // elsewhere: the console of a program that ran in the folder would keep that from being removed.
    ...{ name: 'StopService', type: runAsSystem, source: 'System64Folder', condition: isGoing },
    ...{ target: '"[INSTALLDIR]bin\\understudy.exe" service stop', sequence: 1890 },
  },
  {
    ...{ name: 'AddGroup', type: runAsSystem, source: 'System64Folder', sequence: 5790 },
    ...{ target: `${group} /add /comment:"May administer the licence server"` },
    condition: `${isComing} AND SERVICE<>"0"`,
  },
  {
    ...{ name: 'DeleteGroup', type: runAsSystem, source: 'System64Folder', sequence: 5795 },
    ...{ target: `${group} /delete`, condition: `${isGoing} AND NOT UPGRADINGPRODUCTCODE` },
  },
  // What was chosen before is chosen again, unless the command line says otherwise.
  ...choices.map(({ property }, index) => ({
    ...{ name: `Keep${property}`, type: set, source: property, target: `[FORMER${property}]` },
    ...{ condition: `NOT ${property} AND FORMER${property}`, sequence: 60 + index },
  })),
  ...choices
    .filter(({ otherwise }) => otherwise !== undefined)
    .map(({ property, otherwise }, index) => ({
      ...{ name: `Default${property}`, type: set, source: property, target: otherwise },
      ...{ condition: `NOT ${property}`, sequence: 80 + index },
    })),
  ...firewallRules.flatMap(({ name, what }, index) => [
    {
      ...{ name: `ForgetRule${index}`, type: runAsSystem, source: 'System64Folder' },
      target: `${netsh} delete rule name="${name}"`,
      condition: `${isGoing} OR (${isComing} AND FIREWALL<>"0")`,
      sequence: 5840 + index,
    },
    {
      ...{ name: `AddRule${index}`, type: runAsSystem, source: 'System64Folder' },
      target:
        `${netsh} add rule name="${name}" dir=in action=allow profile=domain,private ${what} ` +
        'program="[INSTALLDIR]Understudy.exe"',
      condition: `${isComing} AND FIREWALL<>"0"`,
      sequence: 5850 + index,
    },
  ]),
];

const rows = [
  ...choices.flatMap(({ property, value }) => [
    ['AppSearch', `FORMER${property}`, `Former${property}`],
    // A value of a key of HKEY_LOCAL_MACHINE, of the 64-bit view.
    ['RegLocator', `Former${property}`, 2, serviceKey, value, 2 + 16],
  ]),
  ...customActions.map(({ name, type, source, target }) => [
    ...['CustomAction', name, type, source, target],
  ]),
  // Of the machine, written at installation and taken out at removal, behind what is there.
  ['Environment', 'Path', '=-*PATH', '[~];[INSTALLDIR]bin', 'ServiceProgram'],
  [
    'MsiShortcutProperty',
    'ShortcutId',
    'Shortcut',
    'System.AppUserModel.ID',
    'org.understudy.Understudy',
  ],
  // Recovery also where it ends with a failure and no crash, and an account of its own in access lists.
  ['MsiServiceConfig', 'RecoverAlways', serviceName, 1, 4, '1', 'ServiceProgram'],
  ['MsiServiceConfig', 'OwnSid', serviceName, 1, 5, '1', 'ServiceProgram'],
  [
    ...['MsiServiceConfigFailureActions', 'Recovery', serviceName, 1, 86_400, '', ''],
    ...['1[~]1[~]1', '5000[~]30000[~]60000', 'ServiceProgram'],
  ],
  ['MsiLockPermissionsEx', 'DataAccess', 'DATADIR', 'CreateFolder', dataAccess, ''],
];

/** What becomes of a row of a table that wixl has made. */
const edits = {
  InstallExecuteSequence: ([action, condition, sequence]) => {
    switch (action) {
      case 'RemoveExistingProducts':
        // Inside the transaction, so that a failed upgrade brings the former version back.
        return [action, condition, '1510'];
      case 'InstallServices':
      case 'StartServices':
        return [action, 'VersionNT AND SERVICE<>"0"', sequence];
      default:
        return [action, condition, sequence];
    }
  },
  Property: ([name, value]) => {
    // Else the elevated part of an installation takes no property from the command line.
    const ours = choices.map(({ property }) => property);
    return [name, name === 'SecureCustomProperties' ? [value, ...ours].join(';') : value];
  },
  // wixl makes one that installs its feature on demand.
  Shortcut: ([id, folder, name, , , ...rest]) => [
    ...[id, folder, name, componentOf('Understudy.exe'), `[#${fileOf('Understudy.exe')}]`, ...rest],
  ],
};

const moreSequence = [
  ['AppSearch', '', 50],
  ['RemoveEnvironmentStrings', '', 3300],
  ['WriteEnvironmentStrings', '', 5200],
  ...customActions.map(({ name, condition, sequence }) => [name, condition, sequence]),
];

/** Repairs and completes an installer that wixl has made; `folder` is for what that takes. */
export async function completeMsi(msi, folder) {
  const files = [];
  const put = async (name, lines) => {
    const file = join(folder, `${name}.idt`);
    await writeFile(file, lines.map((line) => `${line.join('\t')}\r\n`).join(''));
    files.push(file);
  };
  for (const [name, edit] of Object.entries(edits)) {
    const exported = await tool('msiinfo', ['export', msi, name]);
    const lines = exported.split(/\r?\n/).filter((line) => line !== '');
    const [columns, types, keys, ...found] = lines.map((line) => line.split('\t'));
    const more = name === 'InstallExecuteSequence' ? moreSequence : [];
    await put(name, [columns, types, keys, ...found.map(edit), ...more]);
  }
  for (const [name, columns] of Object.entries(newTables)) {
    const types = Object.values(columns);
    const keys = Object.keys(columns).filter((column) => columns[column].endsWith('*'));
    const own = rows.filter(([table]) => table === name).map(([, ...values]) => values);
    const head = [
      Object.keys(columns),
      types.map((type) => type.replace('*', '')),
      [name, ...keys],
    ];
    await put(name, [...head, ...own]);
  }
  for (const file of files) await tool('msibuild', [msi, '-i', file]);
}

async function tool(name, args) {
  const { status, output } = await runStep(name, args);
  if (status !== 0) throw new Stop(`${name} ${args.join(' ')} failed:\n${lastLines(output)}`);
  return output;
}
