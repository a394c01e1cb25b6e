import { refuse, type Refusal } from '../../../src-shared/contract/admin-error.ts';
import { licenseGrantSchema } from '../../../src-shared/model/license.ts';
import { quote } from './describe-issues.ts';

/** Rows of one list. */
export const listRowsMax = 10_000;

/** One row of a list: what it changes in the template, for which file, and with whose request. */
export interface ListRow {
  /** Of the list, from 2: the heading is the first line. */
  number: number;
  file: string;
  request: string | undefined;
  /** Fields of a licence, in the shape of a description. */
  fields: Record<string, unknown>;
}

const numbers = new Set(['units', 'serial', 'ttlSeconds', 'borrow.maxDays', 'borrow.maxUnits']);
const plain = new Set<string>([...Object.keys(licenseGrantSchema.shape), ...numbers]);
for (const name of ['format', 'borrow', 'metadata', 'majorityRule', 'revoked']) plain.delete(name);

const metadata = /^metadata\.(.+)$/;
const fileName = /^[\p{L}\p{N}_][\p{L}\p{N}_. -]{0,127}$/u;

/**
 * Reads a list for `issue batch`: CSV (RFC 4180) with a heading, divided by commas, semicolons or tabs.
 * Columns are `file`, `request`, `metadata.NAME` and fields of a licence; an empty cell leaves the
 * template as it is. Code on refusal: LIST_MALFORMED.
 */
export function parseLicenseList(text: string): { ok: true; rows: ListRow[] } | Refusal {
  const records = parseCsv(text);
  if (!Array.isArray(records)) return malformed(records.problem);
  const [heading, ...rows] = records;
  if (!heading || rows.length === 0) return malformed('It has no rows below its heading.');
  if (rows.length > listRowsMax) return malformed(`It has more than ${listRowsMax} rows.`);
  const names = heading.map((name) => name.trim());
  const unknown = names.find(
    (name) => !['file', 'request'].includes(name) && !plain.has(name) && !metadata.test(name),
  );
  if (unknown !== undefined) {
    const known = ['file', 'request', ...plain, 'metadata.NAME'].join(', ');
    return malformed(`There is no column ${quote(unknown)}. Columns are: ${known}.`);
  }
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) return malformed(`The column ${quote(twice)} is there twice.`);
  if (!names.includes('file')) return malformed('A column "file" says where each row is written.');
  const read: ListRow[] = [];
  const rowByFile = new Map<string, number>();
  for (const [index, cells] of rows.entries()) {
    const number = index + 2;
    if (cells.length !== names.length) {
      const counts = `${cells.length} cells under ${names.length} columns`;
      return malformed(`Row ${number} has ${counts}.`);
    }
    const row = readRow(number, names, cells);
    if ('problem' in row) return malformed(`Row ${number}: ${row.problem}`);
    const folded = row.file.toLowerCase();
    const other = rowByFile.get(folded);
    if (other !== undefined) {
      return malformed(`Rows ${other} and ${number} are both for the file ${quote(row.file)}.`);
    }
    rowByFile.set(folded, number);
    read.push(row);
  }
  return { ok: true, rows: read };
}

function readRow(
  number: number,
  names: readonly string[],
  cells: readonly string[],
): ListRow | { problem: string } {
  const row: ListRow = { number, file: '', request: undefined, fields: {} };
  for (const [i, name] of names.entries()) {
    const cell = (cells[i] ?? '').trim();
    if (cell === '') continue;
    if (name === 'file') row.file = cell;
    else if (name === 'request') row.request = cell;
    else {
      const value = readCell(name, cell);
      if (value === undefined)
        return { problem: `${name} is ${quote(cell)} and must be a number.` };
      put(row.fields, name, value);
    }
  }
  if (fileName.test(row.file) && !row.file.endsWith('.')) return row;
  return {
    problem: `file is ${quote(row.file)} and must be the name of a file, without a folder.`,
  };
}

/** Undefined: it is no number. */
function readCell(name: string, cell: string): unknown {
  if (numbers.has(name)) return /^\d{1,15}$/.test(cell) ? Number(cell) : undefined;
  if (name === 'servers') return cell.split(/[\s|]+/);
  if ((name === 'expires' || name === 'notBefore') && cell === 'none') return null;
  return cell;
}

/** `borrow.maxDays` and `metadata.site` are members of an object. */
function put(fields: Record<string, unknown>, name: string, value: unknown): void {
  const dot = name.indexOf('.');
  if (dot === -1) {
    fields[name] = value;
    return;
  }
  const group = name.slice(0, dot);
  const members = (fields[group] ?? {}) as Record<string, unknown>;
  fields[group] = { ...members, [name.slice(dot + 1)]: value };
}

/** The template with what a row says; of objects the members alone that it names. */
export function applyRow(template: unknown, { fields }: ListRow): unknown {
  if (Array.isArray(template)) return template.map((item: unknown) => applyTo(item, fields));
  return applyTo(template, fields);
}

function applyTo(item: unknown, fields: Record<string, unknown>): unknown {
  if (typeof item !== 'object' || item === null) return item;
  const merged: Record<string, unknown> = { ...item };
  for (const [name, value] of Object.entries(fields)) {
    const former = merged[name];
    const isGroup = name === 'borrow' || name === 'metadata';
    merged[name] = isGroup ? { ...(former as object | undefined), ...(value as object) } : value;
  }
  return merged;
}

/** The records of a CSV text, without empty lines. */
function parseCsv(text: string): string[][] | { problem: string } {
  const divider = [',', ';', '\t'].find((one) => (text.split('\n')[0] ?? '').includes(one)) ?? ',';
  const records: string[][] = [];
  let record: string[] = [];
  let cell = '';
  let isQuoted = false;
  const endRecord = (): void => {
    record.push(cell);
    if (record.length > 1 || record[0]?.trim() !== '') records.push(record);
    record = [];
    cell = '';
  };
  for (let i = 0; i < text.length; i++) {
    const character = text.charAt(i);
    if (isQuoted) {
      if (character !== '"') cell += character;
      else if (text.charAt(i + 1) === '"') cell += text.charAt(++i);
      else isQuoted = false;
    } else if (character === '"' && cell.trim() === '') {
      cell = '';
      isQuoted = true;
    } else if (character === divider) {
      record.push(cell);
      cell = '';
    } else if (character === '\n') endRecord();
    else if (character !== '\r') cell += character;
  }
  if (isQuoted) return { problem: 'A quotation mark is not closed.' };
  endRecord();
  return records;
}

function malformed(message: string): Refusal {
  return refuse('LIST_MALFORMED', message);
}
