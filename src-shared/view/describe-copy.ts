/** What to do about two servers with one identity, after a colon. */
export const copyRemedy =
  'one of the two is a copy of the other. Stop the copy, or give it an identity of its own: ' +
  'understudy identity renew';

/** Another server has this server's own identity. */
export function describeOwnCopy(address: string): string {
  return (
    `The server at ${address} has the same identity as this one, and only the one that was there first ` +
    `serves: ${copyRemedy}`
  );
}

/** This server is the one of the two that the others refuse, or that was started later. */
export const describeStandingAside =
  'This server serves nothing: another one with the same identity was there before it, and one of the ' +
  'two is a copy. Give this server an identity of its own (understudy identity renew) if it is the ' +
  'copy; if the other one is, stop that one and start this one again.';
