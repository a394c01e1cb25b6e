/** Another server has this server's own identity. */
export function describeOwnCopy(address: string): string {
  return (
    `The server at ${address} has the same identity as this one: one of the two is a copy of the ` +
    'other, and both give out the same seats. Stop one of them, or give the copy an identity of its ' +
    'own: understudy identity renew'
  );
}
