const between = '  ';

/** Text that cannot move the cursor or colour the terminal. */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what this replaces
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?');
}

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
    .map(([name, value]) => `${name.padEnd(width)}${between}${printable(value)}`)
    .join('\n');
}
