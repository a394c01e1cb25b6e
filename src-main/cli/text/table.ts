import { escapeHidden } from '../../../src-shared/model/hidden-characters.ts';

const between = '  ';

/** Text in one line that cannot move the cursor, colour the terminal or hide what it says. */
export const printable = escapeHidden;

/** Rows in columns as wide as their widest cell, under their titles. */
export function formatTable(titles: string[], rows: string[][]): string {
  const lines = [titles, ...rows.map((row) => row.map(printable))];
  const widths = titles.map((_, column) =>
    Math.max(...lines.map((line) => (line[column] ?? '').length)),
  );
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join(between)
        .trimEnd(),
    )
    .join('\n');
}

/** Names and values, one pair a line, values aligned. */
export function formatPairs(pairs: [string, string][]): string {
  const width = Math.max(...pairs.map(([name]) => name.length));
  return pairs
    .map(([name, value]) => printable(`${name.padEnd(width)}${between}${value}`))
    .join('\n');
}
