import { describe, expect, it } from 'vitest';
import { describeAllowed, describeParts } from '../../../src-shared/view/describe-consent.ts';

describe('what a pairing allows', () => {
  it('begins like a sentence, and leaves the name of a server as it is', () => {
    expect(describeAllowed(['keep'], 'srv-b', 'this server')).toBe(
      'This server may set up a relationship with srv-b without asking again.',
    );
    expect(describeAllowed(['keep'], 'this server', 'srv-b')).toBe(
      'srv-b may set up a relationship with this server without asking again.',
    );
    expect(describeAllowed([], 'this server', 'the other server')).toBe(
      'The other server and this server see and reach each other, and no more: for a relationship, ' +
        'the other server has to ask.',
    );
    expect(describeParts(['witness'], 'this server', 'srv-b')).toEqual([
      'This server votes on who serves, and keeps no licences.',
    ]);
  });
});
