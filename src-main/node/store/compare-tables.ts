import type { DatabaseSync } from 'node:sqlite';

/**
 * Says what is odd about the tables, indexes and triggers of a ledger as the end of a sentence that begins with
 * its name; null: they are those of `expected`. SQLite takes a statement in which a bit has flipped for another
 * statement, so a column of another name would make queries fail, or find nothing.
 */
export function compareTables(database: DatabaseSync, expected: DatabaseSync): string | null {
  const [found, made] = [describeTables(database), describeTables(expected)];
  for (const [name, sql] of made) {
    if (found.get(name) !== sql) return `its ${name} is not as Understudy makes it`;
  }
  return found.size === made.size ? null : 'it has a table, an index or a trigger too many';
}

/** By type and name, what each is of and the statement that makes it; null: SQLite made it by itself. */
function describeTables(database: DatabaseSync): Map<string, string> {
  const rows = database
    .prepare('SELECT type, name, tbl_name AS of, sql FROM sqlite_schema ORDER BY type, name')
    .all();
  return new Map(
    rows.map(({ type, name, of, sql }) => {
      return [`${String(type)} ${String(name)}`, `${String(of)}: ${plain(String(sql))}`];
    }),
  );
}

/**
 * A statement without its comments, and with one space where there are several or none before a bracket or a
 * comma: so much differs with the version that wrote it, and where a column was added to a table.
 */
function plain(sql: string): string {
  return sql
    .replace(/--[^\n]*/g, '')
    .replace(/[ \n]+/g, ' ')
    .replace(/ ?([(),]) ?/g, '$1');
}
