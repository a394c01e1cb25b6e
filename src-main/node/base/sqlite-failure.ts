/** What the admin has to know of a failed SQLite call. */
export type SqliteFailureKind = 'busy' | 'full' | 'readOnly' | 'damaged' | 'inputOutput' | 'other';

// Primary result codes: https://www.sqlite.org/rescode.html
const kindByCode: Record<number, SqliteFailureKind> = {
  3: 'readOnly',
  5: 'busy',
  6: 'busy',
  8: 'readOnly',
  10: 'inputOutput',
  11: 'damaged',
  13: 'full',
  14: 'inputOutput',
  23: 'readOnly',
  26: 'damaged',
};

/** Sorts an exception of `node:sqlite` by what can be done about it. */
export function describeSqliteFailure(error: unknown): { kind: SqliteFailureKind; text: string } {
  const text = error instanceof Error ? error.message : String(error);
  const code: unknown = error instanceof Error ? Reflect.get(error, 'errcode') : undefined;
  // The low byte is the primary code, the rest says where it happened.
  const kind = typeof code === 'number' ? kindByCode[code & 0xff] : undefined;
  return { kind: kind ?? 'other', text };
}
