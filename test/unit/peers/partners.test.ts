import { expect, it } from 'vitest';
import { Partners } from '../../../src-main/node/peers/pairing/partners.ts';

it('a server is a partner as long as it takes part in any ledger that is kept here', () => {
  const partners = new Partners();
  partners.note('own', ['b', 'w']);
  partners.note('other', ['b']);
  expect(partners.ids()).toEqual(new Set(['b', 'w']));
  partners.note('own', []);
  expect([partners.has('b'), partners.has('w')]).toEqual([true, false]);
  partners.forget('other');
  expect(partners.has('b')).toBe(false);
});
