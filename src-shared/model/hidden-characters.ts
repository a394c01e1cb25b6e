/**
 * Characters that are not seen, or that change how those around them are seen: controls, what turns
 * the direction of writing, and what has no width. Not the selectors of the look of an emoji.
 */
const hidden =
  /(?![\ufe0e\ufe0f])[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}]/u;

const everyHidden = new RegExp(hidden, 'gu');
const hiddenInText = new RegExp(`(?![\\n\\t])${hidden.source}`, 'u');
const everyHiddenInText = new RegExp(hiddenInText, 'gu');

export function hasHidden(text: string): boolean {
  return hidden.test(text);
}

/** A name in one line with all that is hidden in it to be seen, as `\u202e`. */
export function escapeHidden(text: string): string {
  return text.replace(everyHidden, escape);
}

/** The same for text of several lines, also for that of a JSON document, which stays what it is. */
export function escapeHiddenInText(text: string): string {
  return hiddenInText.test(text) ? text.replace(everyHiddenInText, escape) : text;
}

/** A value of plain data with all its texts escaped; the same value where nothing is hidden. */
export function escapeHiddenIn<T>(value: T): T {
  return escapeEach(value) as T;
}

function escapeEach(value: unknown): unknown {
  if (typeof value === 'string') return escapeHiddenInText(value);
  if (Array.isArray(value)) {
    const items = value.map(escapeEach);
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const escaped = entries.map(([key, item]) => [key, escapeEach(item)] as const);
  return escaped.some(([, item], index) => item !== entries[index]?.[1])
    ? Object.fromEntries(escaped)
    : value;
}

function escape(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}
