/** `by`: the name of the server that says so. */
export function describeReplaced(by: string): string {
  return (
    `${by} says that another server was put in the place of this one while it was down. This server does not ` +
    'serve its licences, since each seat could be granted twice, and keeps what it has of them. If that is ' +
    'right: understudy relationship dissolve gives them up here. If it is not: understudy relationship ' +
    'dissolve --force lets this server serve them again, alone.'
  );
}
