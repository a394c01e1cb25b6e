import { escapeHiddenInText } from '../model/hidden-characters.ts';

/** Marks the text as UTF-8 for spreadsheets on Windows. */
export const csvStart = '\uFEFF';

/** One record of RFC 4180, with its line end. */
export function formatCsvLine(cells: readonly (string | number | null | undefined)[]): string {
  return `${cells.map(formatCell).join(',')}\r\n`;
}

function formatCell(cell: string | number | null | undefined): string {
  if (cell === null || cell === undefined) return '';
  if (typeof cell === 'number') return String(cell);
  const text = disarm(escapeHiddenInText(cell));
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Users choose their names: a spreadsheet must not take one for a formula (OWASP, CSV Injection). */
function disarm(text: string): string {
  return /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}
