import { readFileSync, writeFileSync } from 'node:fs';

/** A copy in which these bits are the other way; bit 8 is the lowest one of the second byte. */
export function flipBits(sound: Uint8Array, ...bits: readonly number[]): Buffer {
  const flipped = Buffer.from(sound);
  for (const bit of bits) {
    const atByte = bit >> 3;
    flipped.writeUInt8(flipped.readUInt8(atByte) ^ (1 << (bit & 7)), atByte);
  }
  return flipped;
}

/** Flips one bit of a file where it is. */
export function flipBitOfFile(file: string, bit: number): void {
  writeFileSync(file, flipBits(readFileSync(file), bit));
}
