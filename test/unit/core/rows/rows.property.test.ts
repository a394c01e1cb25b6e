import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalText } from '../../../../src-main/node/core/rows/canonical-text.ts';
import { compareRows } from '../../../../src-main/node/core/rows/compare-rows.ts';
import {
  bucketOf,
  differingBuckets,
  rootText,
  sumsOf,
} from '../../../../src-main/node/core/rows/digest.ts';
import {
  allRows,
  changeRow,
  createRowSet,
  moveMark,
  type RowSet,
  rowsInBucket,
  uniteRow,
} from '../../../../src-main/node/core/rows/row-set.ts';
import {
  configId,
  isEndedForGood,
  isLive,
  type LeaseRow,
  rank,
  type Row,
  spellIdOf,
} from '../../../../src-main/node/core/rows/row.ts';
import { soloConfig } from '../../../../src-shared/model/ledger-config.ts';
import { makeInstalledLicense, makeLease, serverId, vendor } from '../../../support/records.ts';

// Few values, so that rows of one key often agree in part and differ in the rest.
const small = fc.integer({ min: 0, max: 3 });
const origin = fc.record({
  by: fc.tuple(small, fc.constantFrom('aa', 'bb')).map(([number, boot]) => spellIdOf(number, boot)),
  write: small,
});

const leaseRow: fc.Arbitrary<Row> = fc
  .tuple(
    origin,
    fc.integer({ min: 1, max: 4 }),
    fc.constantFrom(0, 1, 2, rank.returned, rank.released, rank.releasedEverywhere),
    small,
    fc.option(fc.constantFrom(1, 2, 3, 10, 11, 12)),
    fc.constantFrom('anna', 'bert'),
  )
  .map(([from, number, howFar, stampMs, borrowUntilMs, user]) => {
    const holder = { instance: user, user, host: 'pc' };
    const lease = makeLease(number, { borrowUntilMs, holder });
    const row: LeaseRow = {
      kind: 'lease',
      id: lease.id,
      ...from,
      rank: howFar,
      stampMs,
      licenseId: lease.licenseId,
      instance: user,
      borrowUntilMs,
      lease: null,
    };
    return isLive(row) ? { ...row, lease } : row;
  });

const licenseRow: fc.Arbitrary<Row> = fc
  .tuple(
    origin,
    small,
    fc.option(fc.constantFrom(30 as const, 7 as const, null)),
    fc.option(small, { nil: undefined }),
    fc.record({ serial: fc.integer({ min: 1, max: 2 }), isRevoked: fc.boolean() }),
    fc.option(small, { nil: undefined }),
  )
  .map(([from, revision, told, trialBeganMs, { serial, isRevoked }, serialSeen]) => {
    const began = trialBeganMs === undefined ? {} : { trialBeganMs };
    const grant = { serial, ...(isRevoked && { revoked: '2026-01-01T00:00:00Z' }) };
    const license =
      told === null ? null : { ...makeInstalledLicense(grant), expiryToldDays: told, ...began };
    const kept = license ? {} : began;
    const seen = serialSeen === undefined ? {} : { serialSeen };
    return { kind: 'license', id: 'acme-cad', ...from, revision, license, ...kept, ...seen };
  });

const vendorRow: fc.Arbitrary<Row> = fc
  .tuple(origin, small, fc.boolean())
  .map(([from, revision, stays]) => {
    return { kind: 'vendor', id: vendor.keyId, ...from, revision, vendor: stays ? vendor : null };
  });

const configRow: fc.Arbitrary<Row> = fc.tuple(origin, small).map(([from, version]) => {
  return { kind: 'config', id: configId, ...from, config: { ...soloConfig(serverId), version } };
});

const spellRow: fc.Arbitrary<Row> = fc
  .record({ number: small, write: small, told: small, usage: small, events: small })
  .map((figures) => ({
    kind: 'spell',
    id: spellIdOf(figures.number, 'aa'),
    member: serverId,
    fromMs: 0,
    toMs: figures.write,
    timesSet: 0,
    overdraft: figures.told === 0 ? null : { units: figures.told, sinceMs: 1 },
    ...figures,
  }));

const anyRow = fc.oneof(leaseRow, leaseRow, licenseRow, vendorRow, configRow, spellRow);
const rowsOfOneKey = fc.oneof(
  fc.tuple(licenseRow, licenseRow, licenseRow),
  fc.tuple(vendorRow, vendorRow, vendorRow),
  fc.tuple(configRow, configRow, configRow),
  fc.tuple(leaseRow, leaseRow, leaseRow),
  fc.tuple(spellRow, spellRow, spellRow),
);

function unite(set: RowSet, rows: Iterable<Row>): RowSet {
  for (const row of rows) {
    const change = uniteRow(set, row);
    if (change) changeRow(set, change);
  }
  return set;
}

const isAlive = (row: Row) => row.kind === 'lease' && isLive(row);
const hasEnded = (row: Row) => row.kind === 'lease' && isEndedForGood(row);
const textOf = (set: RowSet) => [...allRows(set)].map(canonicalText).sort();

describe('the order of the rows of one key', () => {
  it('is total: rows are equal only when they are the same, and it goes one way', () => {
    fc.assert(
      fc.property(rowsOfOneKey, ([a, b, c]) => {
        expect(compareRows(a, b) === 0).toBe(canonicalText(a) === canonicalText(b));
        expect(Math.sign(compareRows(a, b)) + Math.sign(compareRows(b, a))).toBe(0);
        if (compareRows(a, b) <= 0 && compareRows(b, c) <= 0) {
          expect(compareRows(a, c)).toBeLessThanOrEqual(0);
        }
      }),
    );
  });
});

it('puts the earlier beginning of a trial above the later one, and both above none', () => {
  const rowOf = (trialBeganMs?: number): Row => {
    const began = trialBeganMs === undefined ? {} : { trialBeganMs };
    const license = { ...makeInstalledLicense(), ...began };
    return { kind: 'license', id: license.id, by: '1.aa', write: 1, revision: 1, license };
  };
  expect(compareRows(rowOf(1), rowOf(2))).toBeGreaterThan(0);
  expect(compareRows(rowOf(2), rowOf())).toBeGreaterThan(0);
});

describe('uniting', () => {
  const sets = fc.array(anyRow, { maxLength: 12 });

  it('comes to the same in any order and however often', () => {
    fc.assert(
      fc.property(sets, sets, sets, (a, b, c) => {
        const once = unite(createRowSet(), [...a, ...b, ...c]);
        const otherwise = unite(createRowSet(), [...c, ...b, ...a, ...b, ...c]);
        const inParts = unite(
          unite(createRowSet(), a),
          allRows(unite(unite(createRowSet(), c), b)),
        );
        expect(textOf(otherwise)).toEqual(textOf(once));
        expect(textOf(inParts)).toEqual(textOf(once));
      }),
    );
  });

  it('takes in nothing that is over by the sweep mark, but a release that not all know', () => {
    fc.assert(
      fc.property(fc.array(leaseRow, { maxLength: 12 }), small, (rows, markMs) => {
        const set = createRowSet();
        set.markMs = markMs;
        unite(set, rows);
        for (const row of set.lease.values()) {
          const lastMs = Math.max(row.stampMs, row.borrowUntilMs ?? 0);
          expect(row.rank === rank.released || lastMs > markMs).toBe(true);
        }
      }),
    );
  });

  it('remembers an end for longer than any row that would bring the lease back, whenever that was written', () => {
    const leases = fc.array(leaseRow, { minLength: 2, maxLength: 12 });
    fc.assert(
      fc.property(leases, fc.integer({ min: 1, max: 12 }), (all, markMs) => {
        // No row is as old as a mark that has not begun to move.
        const rows = all.filter((row) => row.kind === 'lease' && row.stampMs > 0);
        const set = unite(createRowSet(), rows);
        for (const before of moveMark(set, markMs)) changeRow(set, { before, after: null });
        unite(set, rows.filter(isAlive));
        const ended = new Set(rows.filter(hasEnded).map(({ id }) => id));
        const living = [...set.lease.values()].filter(isAlive).map(({ id }) => id);
        expect(living.filter((id) => ended.has(id))).toEqual([]);
      }),
    );
  });
});

describe('a digest', () => {
  const sets = fc.array(anyRow, { maxLength: 12 });

  it('is the same exactly when the rows are, whatever way they came and went', () => {
    fc.assert(
      fc.property(sets, sets, (a, b) => {
        const left = unite(createRowSet(), a);
        const right = unite(createRowSet(), [...b, ...a]);
        for (const row of allRows(unite(createRowSet(), b))) {
          if (left.lease.has(row.id)) continue;
          const here = right.lease.get(row.id);
          if (here) changeRow(right, { before: here, after: null });
        }
        const same = JSON.stringify(textOf(left)) === JSON.stringify(textOf(right));
        expect(rootText(left.digest) === rootText(right.digest)).toBe(same);
      }),
    );
  });

  it('has every row in its bucket and in no other, whatever came, changed and went', () => {
    fc.assert(
      fc.property(sets, sets, (a, b) => {
        const set = unite(createRowSet(), [...a, ...b]);
        for (const row of unite(createRowSet(), b).lease.values()) {
          changeRow(set, { before: set.lease.get(row.id) ?? null, after: null });
        }
        const rows = [...allRows(set)];
        const found = new Set(rows.flatMap((row) => rowsInBucket(set, bucketOf(row))));
        expect(found).toEqual(new Set(rows));
        for (const row of rows) expect(rowsInBucket(set, bucketOf(row))).toContain(row);
        const held = set.inBucket.reduce((sum, bucket = []) => sum + bucket.length, 0);
        expect(held).toBe(rows.length);
      }),
    );
  });

  it('names the buckets in which two members differ, and no others', () => {
    fc.assert(
      fc.property(sets, anyRow, (rows, row) => {
        const before = unite(createRowSet(), rows);
        const after = unite(createRowSet(), [...rows, row]);
        const differ = JSON.stringify(textOf(before)) !== JSON.stringify(textOf(after));
        const buckets = differingBuckets(before.digest, sumsOf(after.digest));
        expect(buckets).toEqual(differ ? [bucketOf(row)] : []);
      }),
    );
  });

  it('notices one unit more in one lease', () => {
    const lease = makeLease(1, { units: 1 });
    const about = { id: lease.id, licenseId: 'l', instance: 'i', borrowUntilMs: null };
    const row: Row = { kind: 'lease', ...about, rank: 0, stampMs: 1, by: '1.a', write: 1, lease };
    const other: Row = { ...row, lease: { ...lease, units: 2 } };
    expect(rootText(createRowSet([row]).digest)).not.toBe(rootText(createRowSet([other]).digest));
  });
});
