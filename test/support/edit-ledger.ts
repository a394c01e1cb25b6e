import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { addContentSum, settleTotal } from '../../src-main/node/store/content-total.ts';
import { addRowSum } from '../../src-main/node/store/row-sum.ts';

/**
 * Changes a ledger file that is not open as if this version had written that, so that the total of what is in
 * it is right.
 */
export function writeToLedger(file: string, change: (database: DatabaseSync) => void): void {
  const database = new DatabaseSync(file);
  try {
    addRowSum(database);
    addContentSum(database);
    database.exec('BEGIN');
    change(database);
    settleTotal(database);
    database.exec('COMMIT');
  } finally {
    database.close();
  }
}

/** Changes licence rows of a stopped server behind its back: `edit` gets each as its JSON text. */
export function editLicenseRows(dataDirectory: string, edit: (doc: string) => string): void {
  const database = new DatabaseSync(join(dataDirectory, 'ledger.db'));
  try {
    const rows = "FROM rows WHERE kind = 'license'";
    const update = database.prepare("UPDATE rows SET doc = ? WHERE kind = 'license' AND id = ?");
    for (const { id, doc } of database.prepare(`SELECT id, doc ${rows}`).all()) {
      update.run(edit(String(doc)), String(id));
    }
  } finally {
    database.close();
  }
}

/** What somebody writes who wants more seats. */
export function setUnits(units: number): (doc: string) => string {
  return (doc) => doc.replace(/"units":\d+/g, `"units":${units}`);
}
