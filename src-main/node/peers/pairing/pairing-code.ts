import { randomInt } from 'node:crypto';

/** Crockford's base 32: no I, L, O, U, so that a code can be read out. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** 20 characters of 5 bits: 100 bits. */
const codeLength = 20;
const groupLength = 5;

/** A fresh code in groups, `7K3QF-…`. */
export function makePairingCode(): string {
  const letters = Array.from({ length: codeLength }, () => alphabet[randomInt(alphabet.length)]);
  const groups: string[] = [];
  while (letters.length > 0) groups.push(letters.splice(0, groupLength).join(''));
  return groups.join('-');
}

/**
 * The code that somebody typed, without what makes no difference: case, spaces and dashes, O for 0, I
 * and L for 1. Undefined: it is no code.
 */
export function normalizePairingCode(typed: string): string | undefined {
  const code = typed.toUpperCase().replace(/[\s-]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1');
  const known = [...code].every((letter) => alphabet.includes(letter));
  return known && code.length === codeLength ? code : undefined;
}
