/** `1 licence`, `2 licences`; `many` where the plural is another word. */
export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
