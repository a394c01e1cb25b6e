import { randomInt } from 'node:crypto';
import {
  pairingCodeAlphabet as alphabet,
  pairingCodeLength,
} from '../../../../src-shared/model/pairing-code.ts';

const groupLength = 5;

/** A fresh code in groups, `7K3QF-…`. */
export function makePairingCode(): string {
  const letters = Array.from(
    { length: pairingCodeLength },
    () => alphabet[randomInt(alphabet.length)],
  );
  const groups: string[] = [];
  while (letters.length > 0) groups.push(letters.splice(0, groupLength).join(''));
  return groups.join('-');
}
