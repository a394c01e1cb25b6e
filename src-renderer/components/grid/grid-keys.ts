/**
 * The row that a key moves to from row `index` of `count`, where a page is `pageRows` rows;
 * undefined when the key moves nothing (ARIA Authoring Practices, grid pattern).
 */
export function nextRow(
  key: string,
  index: number,
  count: number,
  pageRows: number,
): number | undefined {
  const target = targetRow(key, index, count, Math.max(1, pageRows));
  if (target === undefined || count === 0) return undefined;
  return Math.min(Math.max(target, 0), count - 1);
}

function targetRow(
  key: string,
  index: number,
  count: number,
  pageRows: number,
): number | undefined {
  switch (key) {
    case 'ArrowDown':
      return index + 1;
    case 'ArrowUp':
      return index - 1;
    case 'PageDown':
      return index + pageRows;
    case 'PageUp':
      return index - pageRows;
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return undefined;
  }
}
