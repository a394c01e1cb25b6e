/** A server that says that it is paired with this one: its word alone, and what to do where it is right. */
export function describeStranger(name: string, id: string): string {
  return (
    `${name}, ${id}, says that it is paired with this server, and is not known here. If the data directory of this ` +
    'server was put back to a state from before that pairing, or emptied, pair the two again (understudy ' +
    'servers invite) and accept what it keeps of the licences of this server, if it asks for that (understudy ' +
    `relationship accept ${name}): what the two have is kept. If nobody here knows that server, nothing is to ` +
    'be done.'
  );
}
