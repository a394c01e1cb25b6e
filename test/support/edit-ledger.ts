import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * Changes licence rows of a stopped server behind its back: `edit` gets each as its JSON text. `sql`
 * changes more.
 */
export function editLicenseRows(
  dataDirectory: string,
  edit: (doc: string) => string,
  sql = '',
): void {
  const database = new DatabaseSync(join(dataDirectory, 'ledger.db'));
  try {
    const rows = "FROM rows WHERE kind = 'license'";
    const update = database.prepare("UPDATE rows SET doc = ? WHERE kind = 'license' AND id = ?");
    for (const { id, doc } of database.prepare(`SELECT id, doc ${rows}`).all()) {
      update.run(edit(String(doc)), String(id));
    }
    database.exec(sql);
  } finally {
    database.close();
  }
}

/** What somebody writes who wants more seats. */
export function setUnits(units: number): (doc: string) => string {
  return (doc) => doc.replace(/"units":\d+/g, `"units":${units}`);
}
