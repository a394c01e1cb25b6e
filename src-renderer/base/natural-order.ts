const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

/** The order of names as people read them: `part2` before `part10`, `Alpha` beside `alpha`. */
export function compareNames(a: string, b: string): number {
  return collator.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);
}
