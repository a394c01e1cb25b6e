/** What an admin is told of a ledger that cannot be read. `cause` is a clause. */
export function describeDamage(file: string, cause: string): string {
  return (
    `The ledger ${file} is damaged: ${cause}. It was left as it is. Put a backup copy of it in its ` +
    'place, or start with "understudy serve --start-anew", which puts it aside in the same ' +
    'directory and begins an empty ledger: licence files then have to be imported again.'
  );
}
