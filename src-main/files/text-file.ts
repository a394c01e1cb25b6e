/** What a file holds is no text that can be read; the message ends a sentence "…: it is …". */
export class NotText extends Error {
  override name = 'NotText';
}

/** What the first bytes of a file say that it is. */
const kinds: [bytes: number[], message: string][] = [
  [[0xff, 0xfe], 'it is text in UTF-16. Save it as UTF-8'],
  [[0xfe, 0xff], 'it is text in UTF-16. Save it as UTF-8'],
  [[0x50, 0x4b, 0x03, 0x04], 'it is a ZIP archive. Unpack it, and take the file that is in it'],
  [[0x1f, 0x8b], 'it is a gzip archive. Unpack it, and take the file that is in it'],
];

/**
 * The text in UTF-8 that these bytes are, without a byte order mark.
 *
 * @throws {NotText} it is something else, with what it is and what to do where that can be seen
 */
export function decodeText(bytes: Uint8Array): string {
  for (const [start, message] of kinds) {
    if (start.every((byte, index) => bytes[index] === byte)) throw new NotText(message);
  }
  // Without a mark, every second byte of what Latin letters are in UTF-16 is zero.
  if (bytes.length > 3 && (bytes[0] === 0) !== (bytes[1] === 0)) {
    throw new NotText('it is text in UTF-16. Save it as UTF-8');
  }
  if (bytes.includes(0)) throw new NotText('it is not text (UTF-8)');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new NotText('it is not text in UTF-8. Save it as UTF-8');
  }
}

/** For a file that is damaged when it is no text, as it is when it is empty. */
export function emptyIfNotText(error: unknown): string {
  if (error instanceof NotText) return '';
  throw error;
}
