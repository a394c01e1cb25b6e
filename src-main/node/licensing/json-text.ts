import type { AdminErrorCode } from '../../../src-shared/contract/admin-error.ts';
import { importedFileBytesMax } from '../../../src-shared/contract/admin.ts';
import { refuse, type Refusal } from '../../../src-shared/contract/admin-error.ts';

/**
 * The JSON of a file that somebody chose. Tells apart what an admin can do something about: an
 * empty file, one that was cut off on its way, one that is not text or not JSON, and one that is
 * too big. A byte order mark, which editors on Windows write, is passed over.
 */
export function parseJsonText(
  text: string,
  code: AdminErrorCode,
  what: string,
): { ok: true; value: unknown } | Refusal {
  if (Buffer.byteLength(text) > importedFileBytesMax) {
    const limitMiB = importedFileBytesMax / 1024 / 1024;
    return refuse(code, `The file is larger than ${limitMiB} MiB, so it is not ${what}.`);
  }
  const content = text.replace(/^\uFEFF/, '').trim();
  if (content === '') {
    return refuse(code, `The file is empty. Get ${what} from the vendor again.`);
  }
  try {
    return { ok: true, value: JSON.parse(content) as unknown };
  } catch (error) {
    return refuse(code, explain(content, error instanceof Error ? error.message : '', what));
  }
}

const chooseAgain = 'Choose the file as the vendor sent it.';
const copyAgain = 'Copy it again, or ask the vendor for it again.';

function explain(content: string, reason: string, what: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what tells a binary file
  if (/[\uFFFD\u0000-\u0008]/.test(content)) {
    return `The file is not UTF-8 text, so it is not ${what}. ${chooseAgain}`;
  }
  const closer = { '{': '}', '[': ']' }[content.charAt(0)];
  if (closer === undefined) {
    return `The file is not JSON, so it is not ${what}. ${chooseAgain}`;
  }
  if (!content.endsWith(closer) || /end of JSON|Unterminated/.test(reason)) {
    return `The file is cut off: its end is missing. ${copyAgain}`;
  }
  return `The file is damaged: it is not valid JSON. ${copyAgain}`;
}
