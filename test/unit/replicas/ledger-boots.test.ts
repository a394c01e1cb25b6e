import { expect, it } from 'vitest';
import { LedgerBoots } from '../../../src-main/node/replicas/ledger-boots.ts';

/** Starts of a server with the names `boot1`, `boot2` and so on. */
function countedBoots() {
  let count = 1;
  const boots = {
    current: 'boot1',
    renew: () => (boots.current = `boot${++count}`),
  };
  return boots;
}

it('a ledger that is taken up again by the same start begins with another boot', () => {
  const ledgers = new LedgerBoots(countedBoots());
  expect(['one', 'two'].map((ledger) => ledgers.begin(ledger))).toEqual(['boot1', 'boot1']);
  ledgers.noteGivenUp('one', 'boot1');
  expect(ledgers.begin('one')).toBe('boot2');
});

it('a boot that the ledger never had is as good as a new one', () => {
  const boots = countedBoots();
  const ledgers = new LedgerBoots(boots);
  ledgers.noteGivenUp('one', ledgers.begin('one'));
  ledgers.noteGivenUp('two', ledgers.begin('two'));
  boots.renew();
  expect([ledgers.begin('one'), ledgers.begin('two')]).toEqual(['boot2', 'boot2']);
  // It has counted for both since.
  ledgers.noteGivenUp('one', 'boot2');
  expect([ledgers.begin('one'), boots.current]).toEqual(['boot3', 'boot3']);
});

it('all ledgers of a server that stood still share one new boot', () => {
  const boots = countedBoots();
  const ledgers = new LedgerBoots(boots);
  const all = Array.from({ length: 20 }, (_, i) => ledgers.begin(`ledger ${i}`));
  expect(new Set(all.map((former) => ledgers.renew(former)))).toEqual(new Set(['boot2']));
  expect(ledgers.renew('boot2')).toBe('boot3');
});
