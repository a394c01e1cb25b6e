/** A number with what it counts, such as `1 licence`; the plural is `one` and an s unless it is given. */
export type CountOf = (count: number, one: string, many?: string) => string;

/** `1 licence`, `2 licences`; `many` where the plural is another word. */
export const countOf = countWith(String);

/** `countOf` with numbers as `format` writes them, such as `1,000 seats`. */
export function countWith(format: (count: number) => string): CountOf {
  return (count, one, many = `${one}s`) => `${format(count)} ${count === 1 ? one : many}`;
}

export function isOrAre(count: number): 'is' | 'are' {
  return count === 1 ? 'is' : 'are';
}
