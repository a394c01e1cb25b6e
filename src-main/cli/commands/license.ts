import type { Command } from 'commander';
import { importedFileBytesMax, type LicenseChange } from '../../../src-shared/contract/admin.ts';
import type { LicenseDetail, LicenseValidity } from '../../../src-shared/model/license.ts';
import type { LicenseFolderStatus } from '../../../src-shared/model/license-folder.ts';
import { damageRemedy } from '../../../src-shared/view/damage-remedy.ts';
import { validityWords } from '../../../src-shared/view/validity-words.ts';
import { describeFieldValue, labelField } from '../../../src-shared/view/license-field-words.ts';
import { countOf } from '../../../src-shared/view/count-of.ts';
import { addCommand, addGroup, commonOptionsSchema, perform } from '../frame/command-frame.ts';
import { readInputFile } from '../frame/input-file.ts';
import { callNode } from '../frame/open-node.ts';
import { formatPairs, formatTable, printable } from '../text/table.ts';
import type { Terminal } from '../frame/terminal.ts';
import { formatLocalTime } from '../text/time-text.ts';

const licenseFile = 'a licence file';

export function addLicenseCommands(program: Command, terminal: Terminal): void {
  const group = addGroup(program, 'license', 'licence files: import, list, compare, roll back');
  addImport(group, terminal);
  addList(group, terminal);
  addShow(group, terminal);
  addDiff(group, terminal);
  addFolder(group, terminal);
  addRollback(group, terminal);
  addRemove(group, terminal);
}

function addImport(group: Command, terminal: Terminal): void {
  const command = addCommand(group, 'import <file>', {
    summary: 'install the licences of a file, all of them or none; - reads standard input',
    example: 'understudy license import acme.lic',
  });
  perform(command, terminal, commonOptionsSchema, async (context, _options, [path = '']) => {
    const file = await readInputFile(terminal, path, licenseFile, importedFileBytesMax);
    const document = await callNode(context, 'license.import', {
      content: file.text,
      fileName: file.name,
    });
    return { document, text: describeChanges(document.changes, importedText) };
  });
}

function addDiff(group: Command, terminal: Terminal): void {
  const command = addCommand(group, 'diff <file>', {
    summary: 'say what importing a file would change; changes nothing',
    example: 'understudy license diff acme.lic',
  });
  perform(command, terminal, commonOptionsSchema, async (context, _options, [path = '']) => {
    const file = await readInputFile(terminal, path, licenseFile, importedFileBytesMax);
    const document = await callNode(context, 'license.diff', { content: file.text });
    return { document, text: describeChanges(document.changes, plannedText) };
  });
}

function addList(group: Command, terminal: Terminal): void {
  const command = addCommand(group, 'list', {
    summary: 'show the installed licences and their seats',
    example: 'understudy license list',
  });
  perform(command, terminal, commonOptionsSchema, async (context) => {
    if (context.json) {
      return { document: await callNode(context, 'license.list', {}), text: '' };
    }
    const { licenses } = await callNode(context, 'snapshot', {});
    return { document: {}, text: describeLicenses(licenses) };
  });
}

function addShow(group: Command, terminal: Terminal): void {
  const command = addCommand(group, 'show <id>', {
    summary: 'show all that the vendor granted with a licence, and how it stands',
    example: 'understudy license show acme-cad.drafting',
  });
  perform(command, terminal, commonOptionsSchema, async (context, _options, [id = '']) => {
    const document = await callNode(context, 'license.show', { id });
    return { document, text: describeLicense(document.license) };
  });
}

function addRollback(group: Command, terminal: Terminal): void {
  const command = addCommand(group, 'rollback <id>', {
    summary: 'put the former version of a licence back in force',
    example: 'understudy license rollback acme-cad.drafting',
  });
  perform(command, terminal, commonOptionsSchema, async (context, _options, [id = '']) => {
    const document = await callNode(context, 'license.rollback', { id });
    const { serial, units } = document.license;
    const end = describeEnd(document.license);
    const text = `${id} is back at serial ${serial}: ${countOf(units, 'seat')}, ends ${end}.`;
    return { document, text: printable(text) };
  });
}

function addRemove(group: Command, terminal: Terminal): void {
  const command = addCommand(group, 'remove <id>', {
    summary: 'remove a licence; seats that are out stay with their holders until they end',
    example: 'understudy license remove acme-cad.drafting',
  });
  perform(command, terminal, commonOptionsSchema, async (context, _options, [id = '']) => {
    const document = await callNode(context, 'license.remove', { id });
    const { leasesLeft } = document;
    const left = leasesLeft === 0 ? '' : ` Leases that go on until they end: ${leasesLeft}.`;
    return { document, text: printable(`${id} was removed.${left}`) };
  });
}

function addFolder(group: Command, terminal: Terminal): void {
  const command = addCommand(group, 'folder', {
    summary:
      'show the folder from which licence files are taken by themselves, and what came of them',
    example: 'understudy license folder',
  });
  perform(command, terminal, commonOptionsSchema, async (context) => {
    const document = await callNode(context, 'license.folder', {});
    return { document, text: describeFolder(document) };
  });
}

function describeFolder({ folder, files, problem }: LicenseFolderStatus): string {
  const lines = [
    `Licence files that are put into ${folder} are installed by themselves.`,
    ...(problem === null ? [] : [`It cannot be used as it is: ${problem}.`]),
  ];
  if (files.length === 0) return [...lines, 'None was found there yet.'].map(printable).join('\n');
  const rows = files.map(({ name, state, at, message }) => [
    name,
    state,
    formatLocalTime(at),
    message,
  ]);
  return [...lines.map(printable), formatTable(['FILE', 'STATE', 'SINCE', 'WHAT'], rows)].join(
    '\n',
  );
}

const importedText = {
  new: 'installed',
  replace: 'replaced',
  same: 'unchanged',
  refused: 'refused',
};
const plannedText = {
  new: 'would be installed',
  replace: 'would be replaced',
  same: 'would not change',
  refused: 'would be refused',
};

function describeChanges(
  changes: LicenseChange[],
  words: Record<LicenseChange['kind'], string>,
): string {
  const lines = changes.flatMap((change) => {
    const demo = change.demo ? ' (DEMO)' : '';
    const what = `${change.id}${demo}: ${words[change.kind]}`;
    return [
      `${what}, serial ${change.serial}, ${change.product} ${change.feature}`,
      ...change.fields.map(
        ({ field, from, to }) =>
          `  ${labelField(field)}: ` +
          (from === '' ? '' : `${describeFieldValue(field, from)} -> `) +
          describeFieldValue(field, to),
      ),
      ...(change.refusal ? [`  Refused: ${change.refusal.message}`] : []),
      ...change.warnings.map((warning) => `  Note: ${warning}`),
    ];
  });
  return lines.map(printable).join('\n');
}

function describeLicenses(licenses: LicenseDetail[]): string {
  if (licenses.length === 0) {
    return 'No licence is installed. Import one: understudy license import FILE';
  }
  const table = formatTable(
    shownColumns.map(({ heading }) => heading),
    licenses.map((license) => shownColumns.map(({ cell }) => cell(license))),
  );
  const damages = licenses.flatMap(({ id, damage }) =>
    damage === undefined ? [] : [printable(`${id} is damaged. ${damage} ${damageRemedy}`)],
  );
  return [table, ...damages].join('\n');
}

interface Column {
  heading: string;
  cell: (license: LicenseDetail) => string;
}

/** Columns of the table, in this order; null: `--json` alone has the field, or another column tells it. */
const columns: Record<keyof LicenseDetail | 'since', Column | null> = {
  id: { heading: 'LICENCE', cell: ({ id }) => id },
  product: { heading: 'PRODUCT', cell: ({ product }) => product },
  feature: { heading: 'FEATURE', cell: ({ feature }) => feature },
  version: { heading: 'VERSION', cell: ({ version }) => version },
  units: { heading: 'SEATS', cell: ({ inUse, units }) => `${inUse} of ${units}` },
  expires: {
    heading: 'EXPIRES',
    cell: describeEnd,
  },
  validity: { heading: 'STATE', cell: describeState },
  damage: null,
  failover: { heading: 'PROTECTED', cell: ({ failover }) => (failover.configured ? 'yes' : 'no') },
  servedBy: { heading: 'SERVED BY', cell: ({ servedBy }) => describeServedBy(servedBy) },
  since: {
    heading: 'SINCE',
    cell: ({ servedBy }) => (servedBy === null ? '' : formatLocalTime(servedBy.since)),
  },
  inUse: null,
  ledger: null,
  primary: null,
  vendor: null,
  vendorKeyId: null,
  demo: null,
  serial: null,
  revision: null,
  notBefore: null,
  ttlSeconds: null,
  trialDays: null,
  trialBegan: null,
  maintenanceUntil: null,
  customer: null,
  orderNumber: null,
  metadata: null,
  redundancy: null,
  majorityRule: null,
  borrow: null,
  borrowedUnits: null,
  deniedCount: null,
  versions: null,
};
const shownColumns = Object.values(columns).filter((column) => column !== null);

/** One line a fact, also of what the table has no room for. */
function describeLicense(license: LicenseDetail): string {
  const { notBefore, borrow, borrowedUnits, redundancy, failover, damage } = license;
  const { maintenanceUntil } = license;
  const from = notBefore === null ? 'the beginning' : formatLocalTime(notBefore);
  const borrowing =
    borrow.maxDays === 0
      ? 'not allowed'
      : `${countOf(borrow.maxUnits, 'unit')} for ${countOf(borrow.maxDays, 'day')}, ` +
        `${borrowedUnits} now`;
  const facts: [string, string | undefined][] = [
    ...shownColumns.map(({ heading, cell }): [string, string] => [heading, cell(license)]),
    ['VALID FROM', from],
    ['TRIAL', describeTrial(license)],
    ['RELEASED BEFORE', maintenanceUntil && formatLocalTime(maintenanceUntil)],
    ['VENDOR', license.vendor],
    ['VENDOR KEY', license.vendorKeyId],
    ['CUSTOMER', license.customer],
    ['ORDER', license.orderNumber],
    ...Object.entries(license.metadata ?? {}),
    ['SERIAL', `${license.serial} (revision ${license.revision} here)`],
    ['SEAT KEPT', `${license.ttlSeconds} s without a renewal`],
    ['BORROWING', borrowing],
    ['REDUNDANCY', license.majorityRule ? `${redundancy}, with a majority` : redundancy],
    ['NOT PROTECTED', failover.reason],
    ['DAMAGE', damage],
  ];
  const shown = facts.filter((fact): fact is [string, string] => fact[1] !== undefined);
  return formatPairs(shown);
}

function describeEnd({ expires, trialDays }: LicenseDetail): string {
  if (expires !== null) return formatLocalTime(expires);
  return trialDays === undefined ? 'never' : `${countOf(trialDays, 'day')} after first use`;
}

function describeTrial({ trialDays, trialBegan }: LicenseDetail): string | undefined {
  if (trialDays === undefined) return undefined;
  const began = trialBegan === undefined ? 'not begun' : `begun ${formatLocalTime(trialBegan)}`;
  return `${countOf(trialDays, 'day')} from the first seat on, ${began}`;
}

function describeServedBy(servedBy: LicenseDetail['servedBy']): string {
  if (servedBy === null) return 'NOBODY';
  const { name, role } = servedBy;
  return role === 'failover' ? `${name} (FAILOVER)` : `${name} (primary)`;
}

/** These are to catch the eye in a table without colours. */
const grantsNothing: ReadonlySet<LicenseValidity> = new Set(['expired', 'revoked', 'damaged']);

function describeState(license: LicenseDetail): string {
  const words = validityWords[license.validity];
  const state = grantsNothing.has(license.validity) ? words.toUpperCase() : words.toLowerCase();
  return license.demo ? `${state}, DEMO` : state;
}
