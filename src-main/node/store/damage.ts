/** What an admin is told of a ledger that cannot be read. `cause` is a clause. */
export function describeDamage(file: string, cause: string): string {
  return (
    `The ledger ${file} is damaged: ${cause}. It was left as it is. Restore a backup with ` +
    '"understudy restore FILE --replace", or start with "understudy serve --start-anew": either puts it ' +
    'aside in the same directory. The latter begins an empty ledger, to which a server that protects this ' +
    'one gives back what it has; otherwise licence files have to be imported again.'
  );
}
