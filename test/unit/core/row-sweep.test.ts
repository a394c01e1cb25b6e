import { expect, it } from 'vitest';
import { dropOver } from '../../../src-main/node/core/ledger/unite.ts';
import { rootText } from '../../../src-main/node/core/rows/digest.ts';
import { allRows, createRowSet } from '../../../src-main/node/core/rows/row-set.ts';
import { CoreHost, dayMs, grantedLease } from '../../support/core-host.ts';

const leaseCount = 5_000;
const dropsPerStepMax = 2_000;

/** A server whose 5,000 leases of one morning were given back long ago, a few a moment. */
function makeHost(): CoreHost {
  const host = new CoreHost();
  host.install({ units: leaseCount });
  for (let n = 1; n <= leaseCount; n++) {
    const { id } = grantedLease(host.checkout({ instance: `app-${n}` }));
    host.return(id);
    if (n % 100 === 0) host.pass(250);
  }
  host.suspend(3 * dayMs);
  return host;
}

it('drops thousands of rows that are over in several steps, and all of them in the end', () => {
  const host = makeHost();
  const left = [leaseCount];
  for (let step = 0; step < 4; step++) {
    host.pass(250);
    left.push(host.state.rows?.lease.size ?? 0);
  }
  expect(left).toEqual([5_000, 3_000, 1_000, 0, 0]);
  expect([...host.disk.rows.values()].filter(({ kind }) => kind === 'lease')).toEqual([]);
});

it('drops them at a member that follows in as many steps, and has the same rows after each', () => {
  const host = makeHost();
  const { rows } = host.state;
  const follower = createRowSet(rows ? allRows(rows) : []);
  const state = { ...host.state, rows: follower, leases: new Map(), unitCountByLicense: new Map() };
  for (let step = 0; step < 3; step++) {
    host.pass(250);
    const dropped = dropOver(state, rows?.markMs ?? 0);
    expect(dropped.length).toBeGreaterThan(0);
    expect(dropped.length).toBeLessThanOrEqual(dropsPerStepMax);
    expect([...follower.lease.keys()]).toEqual([...(rows?.lease.keys() ?? [])]);
  }
});

it('lets no message drop more than that, whatever mark it names', () => {
  const host = makeHost();
  const root = rootText(host.state.rows?.digest ?? createRowSet().digest);
  expect(dropOver(host.state, Number.MAX_SAFE_INTEGER)).toHaveLength(dropsPerStepMax);
  expect(rootText(host.state.rows?.digest ?? createRowSet().digest)).not.toBe(root);
  expect(host.state.rows?.lease.size).toBe(leaseCount - dropsPerStepMax);
});
