import { expect, test } from 'vitest';
import { clientCommand } from '../../../src-renderer/features/seats/client-command.ts';
import {
  describeServedBy,
  validityColors,
} from '../../../src-renderer/tabs/licences/describe-license.ts';
import {
  selectLicenses as selectEntries,
  type LicenseEntry,
  type LicenseSort,
} from '../../../src-renderer/tabs/licences/sort-licenses.ts';
import { rankByScarcity } from '../../../src-renderer/tabs/overview/rank-by-scarcity.ts';
import type { LicenseDetail } from '../../../src-shared/model/license.ts';
import { makeLicense } from '../desktop/snapshot-builders.ts';
import { snapshot } from '../../support/renderer-harness/fixture.ts';

const licenses = snapshot.node?.licenses ?? [];
const selectLicenses = (
  some: readonly LicenseDetail[],
  search: string,
  sort: { by: LicenseSort; descending: boolean },
) => {
  const entries = some.map((license): LicenseEntry => ({ license, now: unprotected }));
  return selectEntries(entries, search, sort).map(({ license }) => license);
};
const unprotected = { works: false, why: 'No other server keeps it.' };
const features = (search: string, by: LicenseSort, descending = false) =>
  selectLicenses(licenses, search, { by, descending }).map(({ feature }) => feature);

test('sorts by name, seats, end and state, both ways', () => {
  expect(features('', 'feature')).toEqual(
    licenses.map(({ feature }) => feature).sort((a, b) => a.localeCompare(b)),
  );
  expect(features('', 'seats', true)[0]).toBe('render');
  expect(features('', 'expires')[0]).toBe('mesher');
  expect(features('', 'expires').at(-1)).toBe('solver');
  expect(features('', 'state')[0]).toBe('mesher');
});

test('what failed over comes first, then what nobody serves', () => {
  const [first, second, ...rest] = licenses;
  const servedBy = { id: 'b'.repeat(64), name: 'B', role: 'failover' } as const;
  const some = [
    ...rest,
    ...(first ? [{ ...first, servedBy: null }] : []),
    ...(second ? [{ ...second, servedBy: { ...servedBy, since: '2026-03-01T00:00:00Z' } }] : []),
  ];
  const sorted = selectLicenses(some, '', { by: 'servedBy', descending: false });
  expect(sorted.slice(0, 2).map(({ id }) => id)).toEqual([second?.id, first?.id]);
});

test('a damaged licence comes before one that has expired, and is shown as an error', () => {
  const damage = 'What is kept of it is not what its vendor signed.';
  const [first, ...rest] = licenses;
  const some = [...rest, ...(first ? [{ ...first, validity: 'damaged' as const, damage }] : [])];
  const [worst] = selectLicenses(some, '', { by: 'state', descending: false });
  expect(worst?.id).toBe(first?.id);
  expect(validityColors.damaged).toBe('danger');
});

test('what is meant to survive a failover and would not comes first', () => {
  const entry = (id: string, configured: boolean, works: boolean): LicenseEntry => ({
    license: makeLicense({ id, failover: { configured } }),
    now: { works, why: '' },
  });
  const all = [entry('safe', true, true), entry('alone', false, false), entry('lost', true, false)];
  const ids = (by: LicenseSort) =>
    selectEntries(all, '', { by, descending: false }).map(({ license }) => license.id);
  expect(ids('works')).toEqual(['lost', 'alone', 'safe']);
  expect(ids('configured')).toEqual(['alone', 'lost', 'safe']);
});

test('searches product, feature, vendor and id, whatever the case', () => {
  expect(features('STRATA', 'feature')).toEqual(['mesher', 'solver']);
  expect(features(' brightfield software ', 'feature')).toHaveLength(licenses.length);
  expect(features('no such thing', 'feature')).toEqual([]);
});

test('the licences that run out first come first', () => {
  const ranked = rankByScarcity(licenses).map(({ feature }) => feature);
  expect(ranked.slice(0, 2)).toEqual(['render', 'simulation-advanced']);
  expect(ranked.at(-1)).toBe('mesher');
});

test('says who serves a licence, and as what', () => {
  const servedBy = { id: 'a'.repeat(64), name: 'SRV-B', since: '2026-03-01T00:00:00Z' };
  const here = describeServedBy({ ...servedBy, role: 'primary' }, servedBy.id);
  expect(here).toEqual({ who: 'This server', role: 'primary' });
  const there = describeServedBy({ ...servedBy, role: 'failover' }, 'b'.repeat(64));
  expect(there).toEqual({ who: 'SRV-B', role: 'failover server' });
  expect(describeServedBy(null, servedBy.id)).toEqual({ who: 'Not served', role: '' });
  const waiting = describeServedBy(null, servedBy.id, 'SRV-A');
  expect(waiting).toEqual({ who: 'Not served', role: 'waits for SRV-A' });
});

test('the command for a client is one that can be typed', () => {
  const addresses = ['[::1]:7470'];
  expect(clientCommand({ feature: 'cad', addresses, packaged: true })).toBe(
    'understudy client run --feature cad --server [::1]:7470 -- YOUR-APPLICATION',
  );
  expect(clientCommand({ feature: 'cad pro "x"', addresses, packaged: false })).toBe(
    'node scripts/cli.mjs client run --feature "cad pro \\"x\\"" --server [::1]:7470 -- YOUR-APPLICATION',
  );
  expect(clientCommand({ feature: undefined, addresses, packaged: true })).toContain('FEATURE');
  const both = clientCommand({ feature: 'cad', addresses: ['a:7470', 'b:7470'], packaged: true });
  expect(both).toContain('--server a:7470 --server b:7470 --');
});
