import type { AdminErrorCode } from '../../../src-shared/contract/admin-error.ts';
import { describe, expect, it } from 'vitest';
import type { Replicas } from '../../../src-main/node/replicas/replicas.ts';
import type { PeerCalls } from '../../../src-main/node/peers/peer-calls.ts';
import { RelationshipChecker } from '../../../src-main/node/relationships/relationship-check.ts';
import type { ResolvedPlan } from '../../../src-main/node/relationships/relationship-plan.ts';
import { soloConfig } from '../../../src-shared/model/ledger-config.ts';
import { backupServer, makeCandidates, makeLedgerView } from '../../support/ledger-views.ts';
import { makeInstalledLicense, otherId, serverId } from '../../support/records.ts';

const third = 'c3'.repeat(32);
const plan = {
  kind: 'backup',
  members: [serverId, otherId],
  mutual: false,
  witness: null,
  policy: 'available',
} satisfies ResolvedPlan;

const side = {
  name: 'Backup',
  version: '1.0.0',
  relationship: null as string | null,
  paired: [serverId, third],
  storeFailure: null as string | null,
  licenses: [],
};

interface CheckerOptions {
  other?: Partial<typeof side>;
  clockDifferenceMs?: number;
  paired?: boolean;
  storeFailure?: string;
  /** The other servers do not answer, or this one alone. */
  silent?: boolean | string;
  /** What not answering comes to. */
  code?: AdminErrorCode;
  connected?: boolean;
}

function makeChecker({
  other = {},
  clockDifferenceMs = 0,
  paired = true,
  connected,
  storeFailure,
  silent,
  code = 'SERVER_UNREACHABLE',
}: CheckerOptions = {}) {
  const config = soloConfig(serverId);
  const licenses = [makeInstalledLicense({ redundancy: 'backup' })];
  const own = makeLedgerView({ config, licenses });
  const call = async (to: string) => {
    if (silent === true || silent === to)
      return { ok: false, code, message: 'It is not connected.' };
    const witness = { name: 'Witness', paired: [serverId, otherId] };
    return { ok: true, value: to === third ? { ...side, ...witness } : { ...side, ...other } };
  };
  return new RelationshipChecker({
    replicas: { all: () => [own], own: () => own } as unknown as Replicas,
    calls: { call } as unknown as PeerCalls,
    candidates: makeCandidates(
      { ...backupServer, clockDifferenceMs, paired, connected: connected ?? silent === undefined },
      { id: third, name: 'Witness' },
    ),
    consents: { of: () => [] },
    storeFailure: () => storeFailure,
  });
}

function check(
  options: CheckerOptions = {},
  more: Partial<Parameters<RelationshipChecker['check']>[0]> = {},
  existing: string | null = null,
  staying: readonly string[] = [],
) {
  return makeChecker(options).check({ ...plan, ...more }, existing, staying);
}

const strict = { policy: 'strict', witness: third } as const;

describe('nothing is missing', () => {
  it('when both can take part, with a witness or without', async () => {
    const licenses = [{ license: 'acme-cad', server: serverId, covered: true }];
    expect(await check()).toMatchObject({ missing: [], warnings: [], licenses });
    expect(await check({}, strict)).toMatchObject({ missing: [], warnings: [] });
  });

  it('of the relationship that is being changed', async () => {
    const existing = { other: { relationship: 'this one' } };
    expect(await check(existing, {}, 'this one')).toMatchObject({ missing: [] });
  });
});

describe('what is missing', () => {
  it.each([
    ['WITNESS_MISSING', {}, { policy: 'strict' }, 'third server'],
    ['WITNESS_UNUSED', {}, { witness: third }, 'strict'],
    ['NOT_CONNECTED', { silent: true }, {}, 'not connected'],
    ['NOT_PAIRED', { silent: true, paired: false }, {}, 'Make a code'],
    ['NOT_PAIRED', { other: { paired: [serverId] } }, strict, 'Backup and Witness'],
    ['RELATIONSHIP_EXISTS', { other: { relationship: 'another' } }, {}, 'Backup is in'],
    ['STORE_UNAVAILABLE', { storeFailure: 'the disk is full' }, {}, 'Main cannot write'],
    ['STORE_UNAVAILABLE', { other: { storeFailure: 'it is full' } }, {}, 'Backup cannot write'],
    ['CLOCK_DIFFERENCE', { clockDifferenceMs: -3_600_001 }, {}, 'differs by 60 minutes'],
  ] as const)('is told: %s', async (code, options, more, text) => {
    const { missing } = await check(options as CheckerOptions, more);
    expect(missing).toEqual([{ code, message: expect.stringContaining(text) }]);
  });

  it('is one thing when two servers say that they are not paired', async () => {
    const { missing } = await check({ other: { paired: [] } });
    expect(missing).toHaveLength(1);
  });
});

describe('a warning', () => {
  it.each([
    ['CLOCK_DIFFERENCE', { clockDifferenceMs: 60_001 }],
    ['VERSION_DIFFERS', { other: { version: '2.0.0' } }],
  ])('is given and stops nothing: %s', async (code, options) => {
    const { missing, warnings } = await check(options);
    expect([missing, warnings.map((warning) => warning.code)]).toEqual([[], [code]]);
  });
});

describe('who does not answer', () => {
  const all = [serverId, otherId, third];

  it('is silent, also while its link stands, and this server is not', async () => {
    const hung = makeChecker({ silent: otherId, connected: true });
    expect(await hung.silentOf(all)).toEqual([otherId]);
    expect(await makeChecker({ silent: true }).silentOf(all)).toEqual([otherId, third]);
    expect(await makeChecker().silentOf(all)).toEqual([]);
  });

  it('is nobody who refuses to say anything', async () => {
    const refuses = makeChecker({ silent: otherId, code: 'BAD_REQUEST' });
    expect(await refuses.silentOf(all)).toEqual([]);
  });
});

describe('a triad', () => {
  const triad = { kind: 'triad', policy: 'strict', members: [serverId, otherId, third] } as const;

  it('needs no witness, and a licence that is entitled to three servers', async () => {
    const { missing, warnings, licenses } = await check(
      {},
      { ...triad, members: [...triad.members] },
    );
    expect(missing).toEqual([]);
    expect(warnings).toMatchObject([{ code: 'NOTHING_COVERED' }]);
    expect(licenses).toMatchObject([{ license: 'acme-cad', covered: false }]);
  });

  it('names the two that are not paired with each other', async () => {
    const apart = { other: { paired: [serverId] } };
    const { missing } = await check(apart, { ...triad, members: [...triad.members] });
    expect(missing).toMatchObject([{ code: 'NOT_PAIRED' }]);
    expect(missing[0]?.message).toContain('Backup and Witness are not paired');
  });
});

describe('a member that stays and is away', () => {
  const pool = { kind: 'pool', name: 'floor', members: [serverId, otherId, third] } as const;
  const more = { ...pool, members: [...pool.members] };

  it('stands in the way of no change', async () => {
    const away = { silent: otherId };
    const stays = [serverId, otherId];
    expect(await check(away, more, 'this one')).toMatchObject({
      missing: [{ code: 'NOT_CONNECTED' }],
    });
    expect(await check(away, more, 'this one', stays)).toMatchObject({ missing: [] });
  });

  it('has to be there when nobody else stays from whom it could hear of who came', async () => {
    const nobodyElse = await check({ silent: otherId }, more, 'this one', [otherId]);
    expect(nobodyElse.missing).toMatchObject([{ code: 'NOT_CONNECTED' }]);
  });
});
