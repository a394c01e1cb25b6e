import { describe, expect, it } from 'vitest';
import {
  describeReplaced,
  describeWithdrawn,
} from '../../../src-main/node/core/ledger/dropped-changes.ts';
import { restoreLedger } from '../../../src-main/node/core/ledger/ledger-start.ts';
import type { Change, StoredLedger } from '../../../src-main/node/core/ledger/change.ts';
import {
  ended,
  granted,
  logConfig,
  makeEnded,
  makeEvent,
  makeInstalledLicense,
  makeLease,
  makeMeta,
  makeSession,
  makeStoredLedger,
  makeVendorRecord,
  nowMs,
  serverId,
} from '../../support/records.ts';

const withdrawn = (...changes: Change[]) => describeWithdrawn(changes, (id) => id.slice(0, 2));

const endOf = (number: number, end: 'returned' | 'expired' | 'released'): Change[] => {
  const lease = makeLease(number);
  const after = makeSession(number, { leaseId: lease.id, end });
  return [ended(lease), { type: 'usage', after }];
};

describe('of entries that go it is said', () => {
  const { user, host } = makeLease(1).holder;
  const seat = (number: number) => `${makeLease(number).licenseId} by ${user} on ${host}`;

  it('which seats were granted, borrowed, given back and released, and not which ran out', () => {
    const lease = makeLease(5);
    const borrowed = { ...lease, borrowUntilMs: nowMs };
    expect(
      withdrawn(
        granted(makeLease(1)),
        ...endOf(2, 'returned'),
        ...endOf(3, 'released'),
        ...endOf(4, 'expired'),
        { type: 'lease', before: lease, after: borrowed },
      ),
    ).toEqual([
      `the grant of 1 seat (${seat(1)})`,
      `the borrowing of 1 seat (${seat(5)})`,
      `the return of 1 seat (${seat(2)})`,
      `the release of 1 seat (${seat(3)})`,
    ]);
  });

  it('the first of many by name', () => {
    const leases = Array.from({ length: 8 }, (_, n) => granted(makeLease(n + 1)));
    const [said] = withdrawn(...leases);
    expect(said).toMatch(/^the grant of 8 seats \(.*; 3 more\)$/);
  });

  it('which licence, trust and setting', () => {
    const license = makeInstalledLicense();
    const trusted = makeVendorRecord();
    const settings = { ...logConfig.settings, takeoverAfterMs: 4_321 };
    expect(
      withdrawn(
        { type: 'license', before: null, after: license },
        { type: 'vendor', before: trusted, after: null },
        { type: 'config', before: logConfig, after: { ...logConfig, version: 9, settings } },
      ),
    ).toEqual([
      expect.stringMatching(`^licence ${license.id} as serial .* \\(before: not installed\\)$`),
      `vendor ${trusted.vendor} (key ${trusted.keyId}) as forgotten`,
      'the relationship with takeoverAfterMs=4321',
    ]);
  });

  it('nothing of what came to nothing within them, and of what nobody relies on', () => {
    const meta = makeMeta();
    expect(
      withdrawn(
        granted(makeLease(1)),
        ...endOf(1, 'returned'),
        { type: 'event', after: makeEvent(1) },
        { type: 'meta', before: meta, after: meta },
        { type: 'config', before: logConfig, after: { ...logConfig, version: 9 } },
      ),
    ).toEqual([]);
  });
});

describe('of a ledger in whose place an image comes', () => {
  const restore = (more: Partial<StoredLedger>) =>
    restoreLedger(
      makeStoredLedger({ config: logConfig, ...more }),
      { serverId, demoVendorKeyId: 'demo', newLedgerId: 'ledger-1' },
      { monotonicMs: 0, wallMs: nowMs },
    );
  const license = makeInstalledLicense();
  const [version] = license.versions;
  if (!version) throw new Error('the licence has a version');
  const grant = { ...version.grant, serial: version.grant.serial + 1, units: 9 };
  const versions = [version, { ...version, grant, revision: version.revision + 1 }];
  const later = { ...license, versions };

  it('is said what the image cannot have come from', () => {
    const had = restore({ licenses: [later], ended: [makeEnded(1)], leases: [] });
    const { leaseId } = makeEnded(1);
    const now = restore({
      licenses: [license],
      leases: [makeLease(1, { id: leaseId })],
      ended: [],
    });
    expect(describeReplaced(had, now)).toEqual({
      parts: [
        expect.stringContaining(`as serial ${grant.serial}, 9 seats (before: serial `),
        expect.stringContaining('the return of 1 seat'),
      ],
      isSure: true,
    });
  });

  it('is said nothing where the image goes on from it', () => {
    const had = restore({ licenses: [license], leases: [makeLease(1), makeLease(2)], ended: [] });
    const now = restore({ licenses: [later], leases: [makeLease(3)], ended: [makeEnded(1)] });
    expect(describeReplaced(had, now)).toEqual({ parts: [], isSure: false });
    const without = restore({ licenses: [], leases: [], ended: [] });
    expect(describeReplaced(had, without)).toEqual({ parts: [], isSure: false });
  });
});
