/** Crockford's base 32: no I, L, O, U, so that a code can be read out. */
export const pairingCodeAlphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** 20 characters of 5 bits: 100 bits. */
export const pairingCodeLength = 20;

/**
 * The code that somebody typed, without what makes no difference: case, spaces and dashes, O for 0, I
 * and L for 1. Undefined: it is no code.
 */
export function normalizePairingCode(typed: string): string | undefined {
  const code = typed.toUpperCase().replace(/[\s-]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1');
  const known = [...code].every((letter) => pairingCodeAlphabet.includes(letter));
  return known && code.length === pairingCodeLength ? code : undefined;
}
