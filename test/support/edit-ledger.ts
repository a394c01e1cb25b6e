import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Changes licence rows of a stopped server behind its back: `edit` gets each as its JSON text. */
export function editLicenseRows(dataDirectory: string, edit: (doc: string) => string): void {
  const database = new DatabaseSync(join(dataDirectory, 'ledger.db'));
  try {
    for (const { rowid, doc } of licenseRows(database)) {
      database.prepare('UPDATE licenses SET doc = ? WHERE id = ?').run(edit(doc), rowid);
    }
  } finally {
    database.close();
  }
}

function licenseRows(database: DatabaseSync): { rowid: string; doc: string }[] {
  const rows = database.prepare('SELECT id, doc FROM licenses').all();
  return rows.map((row) => ({ rowid: String(row['id']), doc: String(row['doc']) }));
}

/** What somebody writes who wants more seats. */
export function setUnits(units: number): (doc: string) => string {
  return (doc) => doc.replace(/"units":\d+/g, `"units":${units}`);
}
