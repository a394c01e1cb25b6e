import type { KeyRotation } from '../model/key-rotation.ts';

/** Which server was not told of another one's new key, why, and what to do. */
export function describeNotTold({ name, reason }: KeyRotation['notTold'][number]): string {
  return `${name}. ${reason} Connect ${name} before the restart, or pair the two again after the restart.`;
}
