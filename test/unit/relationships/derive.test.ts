import { beforeEach, describe, expect, it } from 'vitest';
import { derivePreview } from '../../../src-main/node/relationships/preview.ts';
import { deriveReadiness, uniteReadiness } from '../../../src-main/node/relationships/readiness.ts';
import { ReadinessWatch } from '../../../src-main/node/relationships/readiness-watch.ts';
import {
  deriveRelationshipStatus,
  isMemberSynchronised,
} from '../../../src-main/node/relationships/relationship-status.ts';
import type { HostedReplica } from '../../../src-main/node/replicas/hosted-replica.ts';
import type { LedgerConfig, LedgerRelationship } from '../../../src-shared/model/ledger-config.ts';
import { backupServer, makeCandidates, makeLedgerView } from '../../support/ledger-views.ts';
import { pairConfig } from '../../support/peer-messages.ts';
import {
  leaseIdOf,
  makeInstalledLicense,
  makeLease,
  nowMs,
  otherId,
  serverId,
} from '../../support/records.ts';

const third = 'c3'.repeat(32);
const candidates = makeCandidates(backupServer, { id: third, name: 'Witness' });
const relationship = pairConfig.relationship as LedgerRelationship;
const pair = [serverId, otherId];

const covered = makeInstalledLicense({ redundancy: 'backup' });
const bare = makeInstalledLicense({ id: 'bare', feature: 'pdm', redundancy: 'none' });

const strictGoal = { members: pair, witness: third, rule: 'majority' } as const;
const strictConfig: LedgerConfig = {
  ...pairConfig,
  membership: strictGoal,
  relationship: { ...relationship, policy: 'strict', goal: strictGoal },
};

describe('a preview', () => {
  const leases = [
    makeLease(1),
    makeLease(2, { licenseId: 'bare', feature: 'pdm', units: 2 }),
    makeLease(3, { licenseId: 'bare', feature: 'pdm', borrowUntilMs: nowMs + 1 }),
  ];
  const full = { licenses: [covered, bare], leases };
  const preview = (stop: string, ...replicas: HostedReplica[]) =>
    derivePreview([stop], replicas, candidates);

  it('of the server that serves names what the other one takes, and who loses a seat', () => {
    expect(preview(serverId, makeLedgerView(full))).toEqual({
      stop: { id: serverId, name: 'Main' },
      also: [],
      serves: [{ server: { id: otherId, name: 'Backup' }, licenses: ['acme-cad'], seats: 1 }],
      stops: [
        { license: 'bare', feature: 'pdm', seats: 3, reason: 'The vendor grants no redundancy.' },
      ],
      unserved: [],
      deniedCount: 1,
      denied: [
        {
          lease: leaseIdOf(2),
          feature: 'pdm',
          user: 'anna',
          host: 'pc-1',
          reason: 'The vendor grants no redundancy.',
        },
      ],
    });
  });

  it('of the standby, or of one that takes no part, changes nothing', () => {
    for (const stop of [otherId, third]) {
      const { serves, stops, denied } = preview(stop, makeLedgerView(full));
      expect(serves).toMatchObject([{ server: { id: serverId }, licenses: ['acme-cad', 'bare'] }]);
      expect([stops, denied]).toEqual([[], []]);
    }
  });

  it('says that a backup which lacks something, or is away, would not serve', () => {
    const behind = makeLedgerView({ ...full, view: { synchronised: [serverId] } });
    expect(preview(serverId, behind).stops).toMatchObject([
      { reason: 'Backup does not have everything yet.' },
      { reason: 'Backup does not have everything yet.' },
    ]);
    const members = [{ id: otherId, down: true, lagEntries: 3 }];
    const away = makeLedgerView({ ...full, view: { synchronised: [serverId], members } });
    expect(preview(serverId, away).stops[0]?.reason).toBe('Backup cannot be reached.');
  });

  it('tells a licence that stops from one that nobody serves now either', () => {
    const damage = 'What is kept of it is not what its vendor signed.';
    const damaged = makeLedgerView({ licenses: [{ ...covered, damage }] });
    expect(preview(serverId, damaged)).toMatchObject({ stops: [], unserved: [{ reason: damage }] });

    const members = [{ id: serverId, down: true, lagEntries: 0 }];
    const view = { active: otherId, synchronised: [otherId], members };
    const failedOver = preview(otherId, makeLedgerView({ ...full, self: otherId, view }));
    expect(failedOver).toMatchObject({
      stops: [{ license: 'acme-cad', reason: 'Main does not have everything yet.' }],
      unserved: [{ license: 'bare' }],
      deniedCount: 1,
    });
    expect(failedOver.denied).toHaveLength(1);

    const nobody = preview(serverId, makeLedgerView({ ...full, view: { active: null } }));
    expect(nobody.stops).toEqual([]);
  });

  it('counts the votes that would be left', () => {
    const at = (quorumMargin: number) =>
      makeLedgerView({ ...full, config: strictConfig, view: { quorumMargin } });
    expect(preview(third, at(1)).serves).toHaveLength(1);
    for (const stop of [serverId, otherId, third]) {
      expect(preview(stop, at(0)).stops[0]?.reason).toContain('Too few');
    }
  });

  it('of a server alone stops everything', () => {
    const config = { ...pairConfig, membership: { ...pairConfig.membership, members: [serverId] } };
    const alone = makeLedgerView({ ...full, config, view: { synchronised: [serverId] } });
    expect(preview(serverId, alone).stops[0]?.reason).toBe('No other server protects it.');
  });

  it('names 200 holders at most', () => {
    const many = Array.from({ length: 300 }, (_, n) => makeLease(n + 1, { licenseId: 'bare' }));
    const ledger = makeLedgerView({ licenses: [bare], leases: many });
    const { denied, deniedCount, stops } = preview(serverId, ledger);
    expect([denied.length, deniedCount, stops[0]?.seats]).toEqual([200, 300, 300]);
  });
});

describe('readiness', () => {
  const readiness = (
    options: Parameters<typeof makeLedgerView>[0] = {},
    known = candidates,
    storeFailure?: string,
    elsewhere: { server: string; licenses: string[] }[] = [],
    outside: string[] = [],
  ) =>
    deriveReadiness({
      relationship: { relationship, replicas: [makeLedgerView(options)] },
      candidates: known,
      awaited: { outsideOf: () => outside },
      storeFailure,
      missing: null,
      damagedElsewhere: () => elsewhere,
    });
  const codesOf = (...args: Parameters<typeof readiness>) =>
    readiness(...args).reasons.map(({ code }) => code);

  it('is there when nothing is missing', () => {
    expect(readiness({ licenses: [covered] })).toMatchObject({ ready: true, reasons: [] });
    expect(readiness({ licenses: [covered, bare] }).ready).toBe(true);
    expect(readiness({ config: strictConfig, view: { quorumMargin: 1 } }).ready).toBe(true);
  });

  it('is not there without a relationship', () => {
    const none = uniteReadiness([], [], candidates);
    expect(none).toMatchObject({ ready: false, reasons: [{ code: 'NO_RELATIONSHIP' }] });
  });

  const other = (more: object) => makeCandidates({ ...backupServer, ...more });
  const away = { ...pairConfig.membership, members: [serverId] };
  it.each([
    ['FORMING', { config: { ...pairConfig, membership: away } }, candidates],
    ['NOT_SERVING', { view: { active: null } }, candidates],
    ['NO_STANDBY', {}, other({ paired: false })],
    ['NO_STANDBY', {}, other({ connected: false })],
    ['CLOCK_DIFFERENCE', {}, other({ clockDifferenceMs: -61_000 })],
    ['VERSION_DIFFERS', {}, other({ version: '2.0.0' })],
    ['NO_STANDBY', { view: { synchronised: [serverId] } }, candidates],
    ['QUORUM_MARGIN', { config: strictConfig, view: { quorumMargin: 0 } }, candidates],
    ['NOTHING_COVERED', { licenses: [bare] }, candidates],
  ])('is lost by %s', (code, options, known) => {
    expect(codesOf(options, known)).toEqual([code]);
    expect(readiness(options, known).ready).toBe(false);
  });

  it('asks for the next one when another server than the primary serves', () => {
    const at = { active: otherId };
    expect(readiness({ licenses: [covered], view: at })).toMatchObject({
      ready: true,
      reasons: [],
    });
    const alone = { view: { ...at, synchronised: [otherId] } };
    expect(readiness({ licenses: [covered], ...alone }).reasons).toEqual([
      {
        code: 'NO_STANDBY',
        message: 'No standby is left: Main does not have everything of its own licences yet.',
      },
    ]);
  });

  it('says once of a server that is down that it is no standby', () => {
    const lost = { licenses: [covered], view: { synchronised: [serverId] } };
    expect(readiness(lost, other({ connected: false })).reasons).toEqual([
      {
        code: 'NO_STANDBY',
        message: 'No standby is left: Backup is down or cannot be reached.',
      },
    ]);
  });

  it('names a witness that is missing beside a standby that is there', () => {
    const known = makeCandidates(backupServer, { ...backupServer, id: third, connected: false });
    const strict = { licenses: [covered], config: strictConfig, view: { quorumMargin: 1 } };
    expect(codesOf(strict, known)).toEqual(['NOT_CONNECTED']);
  });

  it('is lost by a disk that fails, and by the other half of a mutual backup that is missing', () => {
    expect(codesOf({}, candidates, 'the disk is full')).toEqual(['STORE_UNAVAILABLE']);
    const mutual = { ...relationship, mutual: true };
    const half = deriveReadiness({
      relationship: { relationship: mutual, replicas: [makeLedgerView()] },
      candidates,
      awaited: { outsideOf: () => [] },
      storeFailure: undefined,
      missing: null,
      damagedElsewhere: () => [],
    });
    expect(half.reasons).toMatchObject([
      { code: 'FORMING', message: expect.stringContaining('Backup') },
    ]);
  });

  it('is lost by data that is missing here', () => {
    const message = 'ledger.db is missing.';
    const { reasons } = deriveReadiness({
      relationship: { relationship, replicas: [makeLedgerView({ view: { incomplete: true } })] },
      candidates,
      awaited: { outsideOf: () => [] },
      storeFailure: undefined,
      missing: { noticedAt: '2026-03-01T08:00:00.000Z', message, warning: null, givers: [otherId] },
      damagedElsewhere: () => [],
    });
    expect(reasons).toEqual([{ code: 'DATA_MISSING', message }]);
  });

  it('is lost by a copy of a licence that is damaged, here or at another member', () => {
    const damage = 'What is kept of it is not what its vendor signed.';
    const broken = [covered, { ...bare, damage }];
    expect(readiness({ licenses: broken }).reasons).toEqual([
      { code: 'LICENSE_DAMAGED', message: 'Main has a damaged copy of bare.' },
    ]);
    const licenses = ['acme-cad', 'bare', 'third'];
    const there = [{ server: otherId, licenses }];
    expect(readiness({ licenses: [covered] }, candidates, undefined, there).reasons).toEqual([
      { code: 'LICENSE_DAMAGED', message: 'Backup has a damaged copy of acme-cad and 2 more.' },
    ]);
  });

  it('says what a clock that is far off comes to, and each thing once', () => {
    const far = other({ clockDifferenceMs: 3_700_000 });
    expect(readiness({}, far).reasons[0]?.message).toBe(
      'The clock of Backup is 62 minutes ahead of that of Main: the two do not synchronise until the wrong one ' +
        'is set right.',
    );
    const replicas = [makeLedgerView(), makeLedgerView()];
    const known = other({ connected: false });
    const sources = { relationship: { relationship, replicas }, candidates: known };
    const damagedElsewhere = () => [];
    const { reasons } = deriveReadiness({
      ...sources,
      awaited: { outsideOf: () => [] },
      storeFailure: undefined,
      missing: null,
      damagedElsewhere,
    });
    expect(reasons).toHaveLength(1);
  });
});

describe('the watch over readiness', () => {
  let monotonicMs: number;
  let ready: boolean;
  let told: string[];
  let reasons: { code: string; message: string }[];
  let watch: ReadinessWatch;
  const pass = (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      monotonicMs += 1_000;
      watch.look();
    }
  };

  beforeEach(() => {
    monotonicMs = 0;
    ready = true;
    told = [];
    reasons = [{ code: 'X', message: 'Something is missing.' }];
    watch = new ReadinessWatch({
      relationships: {
        statuses: () => [
          {
            id: 'r',
            members: [],
            readiness: { ready, reasons: ready ? [] : reasons, together: [] },
          },
        ],
      },
      clock: () => ({ monotonicMs, wallMs: 0 }),
      note: ({ kind, message }) => told.push(`${kind} ${message}`),
    });
  });

  it('tells what lasts for five seconds, and not at the first time that all is well', () => {
    pass(10);
    expect(told).toEqual([]);
    ready = false;
    pass(4);
    ready = true;
    pass(10);
    expect(told).toEqual([]);
    ready = false;
    pass(7);
    expect(told).toEqual(['readinessLost A failover would not work now. Something is missing.']);
    ready = true;
    pass(7);
    expect(told[1]).toContain('readinessRegained');
  });

  it('counts neither what was before it changed, nor the time in which it was suspended', () => {
    pass(3);
    ready = false;
    pass(3);
    expect(told).toEqual([]);
    monotonicMs += 60_000;
    pass(4);
    ready = true;
    pass(10);
    expect(told).toEqual([]);
  });

  it('says that no standby is left, which is more than that a failover would not work', () => {
    const message = 'No standby is left: Backup is down or cannot be reached.';
    reasons = [...reasons, { code: 'NO_STANDBY', message }];
    ready = false;
    pass(7);
    expect(told).toEqual([`readinessLost ${message} Something is missing.`]);
  });
});

describe('the status of a relationship', () => {
  const statusOf = (own: LedgerRelationship, ...replicas: HostedReplica[]) =>
    deriveRelationshipStatus(
      { relationship: own, replicas },
      candidates,
      {
        messageOf: () => null,
        obstacleOf: () => null,
        outsideOf: () => [],
        returningOf: () => null,
      },
      { ready: true, reasons: [], together: [] },
    );

  it('has every member with its role, the witness last', () => {
    const strict = strictConfig.relationship as LedgerRelationship;
    const status = statusOf(strict, makeLedgerView({ config: strictConfig }));
    expect(status).toMatchObject({ state: 'established', pending: null, policy: 'strict' });
    expect(
      status.members.map(({ name, role, synchronised }) => [name, role, synchronised]),
    ).toEqual([
      ['Main', 'main', true],
      ['Backup', 'backup', true],
      ['Witness', 'witness', true],
    ]);
    const triad = statusOf({ ...relationship, kind: 'triad' }, makeLedgerView());
    expect(triad.members.map(({ role }) => role)).toEqual(['primary', 'secondary']);
  });

  it.each([
    ['forming', [serverId], serverId, 'Backup is to take part in the licences of Main.'],
    ['forming', [serverId, otherId, third], serverId, 'Witness is to leave the licences of Main.'],
    ['forming', [serverId], null, 'No server serves the licences of Main now.'],
  ])('is %s from %j on', (state, members, active, pending) => {
    const config = { ...pairConfig, membership: { ...pairConfig.membership, members } };
    const replica = makeLedgerView({ config, view: { active } });
    expect(statusOf(relationship, replica)).toMatchObject({ state, pending });
  });

  it('says that the policy is being changed, and that it is being dissolved', () => {
    const alone = { ...pairConfig.membership, members: [serverId] };
    const config = { ...strictConfig, membership: alone };
    expect(statusOf(relationship, makeLedgerView({ config })).pending).toContain('Who may serve');
    const dissolved = { ...pairConfig, relationship: { ...relationship, goal: null } };
    expect(statusOf(relationship, makeLedgerView({ config: dissolved }))).toMatchObject({
      state: 'dissolving',
      pending: 'Backup is to leave the licences of Main.',
    });
  });

  it('calls a member synchronised that has all of its ledgers, and a witness that is there', () => {
    const behind = makeLedgerView({ view: { synchronised: [serverId] } });
    expect(isMemberSynchronised(otherId, [makeLedgerView(), behind], true)).toBe(false);
    expect(isMemberSynchronised(otherId, [makeLedgerView()], false)).toBe(true);
    expect(isMemberSynchronised(third, [behind], true)).toBe(true);
    expect(isMemberSynchronised(third, [behind], false)).toBe(false);
  });
});
