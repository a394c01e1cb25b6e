/** How the reader would do something: by a command, or by the button beside the text. */
type Way = 'command' | 'button';

/** By which command a server gets an identity of its own. */
const renewCommand = 'understudy identity renew';

const stopOrRenew =
  'one of the two is a copy of the other. Stop the copy, or give it an identity of its own';

/** What to do about two servers with one identity, after a colon. */
export const copyRemedy = `${stopOrRenew}: ${renewCommand}`;

/** Another server has this server's own identity. */
export function describeOwnCopy(address: string, way: Way = 'command'): string {
  return (
    `The server at ${address} has the same identity as this one, and only the one that was there first ` +
    `serves: ${way === 'command' ? copyRemedy : `${stopOrRenew}.`}`
  );
}

/** This server is the one of the two that the others refuse, or that was started later. */
export function describeStandingAside(way: Way = 'command'): string {
  const how = way === 'command' ? ` (${renewCommand})` : '';
  return (
    'This server serves nothing: another one with the same identity was there before it, and one of the ' +
    `two is a copy. Give this server an identity of its own${how} if it is the copy; if the other one ` +
    'is, stop that one and start this one again.'
  );
}
