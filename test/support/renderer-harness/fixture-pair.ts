import { inOneRelationship } from './one-relationship.ts';
import { describeApart } from '../../../src-shared/view/describe-clocks-apart.ts';
import type { RelationshipStatus } from '../../../src-shared/model/relationship.ts';
import type { LicenseDetail } from '../../../src-shared/model/license.ts';
import type { LedgerStatus, NodeSnapshot } from '../../../src-shared/model/node-snapshot.ts';
import type { TimelineEvent } from '../../../src-shared/model/timeline.ts';
import { dayMs, events, instant, licenses, minuteMs, node, serverId } from './fixture.ts';
import {
  backupId,
  backupMember,
  ended,
  found,
  member,
  row,
  unreachable,
  witness,
  witnessId,
  witnessMember,
} from './fixture-servers.ts';

// Servers that protect each other, in the states that the window has to show.

export const pairScenarios = [
  'found',
  'paired',
  'pair',
  'mutual',
  'failover',
  'failover-here',
  'returned',
  'switched-over',
  'unsynchronised',
  'clocks-apart',
  'disconnected',
  'strict',
  'witness',
  'forming',
  'overdraft',
  'stranger',
  'not-kept-by-all',
  'missing-data',
] as const;
export type PairScenario = (typeof pairScenarios)[number];

const established: RelationshipStatus = {
  id: '2f6b0d3e-1111-4a5b-9c8d-7e6f5a4b3c2d',
  kind: 'backup',
  policy: 'available',
  mutual: false,
  members: [member({}), backupMember],
  ledgers: [],
  readiness: { ready: true, reasons: [], together: [] },
  settings: {
    ...{ heartbeatMs: 250, takeoverAfterMs: 3_000, syncTimeoutMs: 1_000, reclaim: 'automatic' },
    ...{ reclaimAfterMs: 10_000, reclaimHoldDownMaxMs: 600_000, coldStartWaitMs: 15_000 },
  },
  state: 'established',
  pending: null,
};

const ledger: LedgerStatus = {
  id: 'main',
  rule: 'continuity',
  members: [serverId, backupId],
  witness: null,
  active: serverId,
  activeSince: instant(9 * dayMs),
  term: 7,
  here: 'active',
  synchronised: [serverId, backupId],
  placed: null,
  reclaim: null,
  overdraft: null,
  clock: null,
  licenses: licenses.length,
  leases: 326,
};
const backupLedger: LedgerStatus = {
  ...ledger,
  id: 'backup',
  members: [backupId, serverId],
  active: backupId,
  here: 'standby',
  term: 2,
  licenses: 1,
  leases: 17,
};

type ServedBy = LicenseDetail['servedBy'];
const byBackup: ServedBy = {
  id: backupId,
  name: 'SRV-LIC-02',
  role: 'failover',
  since: instant(4 * minuteMs),
};

function cover(servedBy?: ServedBy): LicenseDetail[] {
  return licenses.map((license) => ({
    ...license,
    failover: license.demo
      ? { configured: false, reason: 'Its vendor does not allow redundancy.' }
      : { configured: true },
    // What may run on its own server only is served by nobody meanwhile.
    servedBy: servedBy ? (license.demo ? null : servedBy) : license.servedBy,
  }));
}

/** What the backup has of its own. */
function backupLicenses(): LicenseDetail[] {
  const [first] = licenses;
  if (!first) return [];
  return [
    {
      ...first,
      ...{ id: 'northwind-plm', product: 'Northwind PLM', feature: 'plm', units: 30, inUse: 17 },
      ...{ ledger: 'backup', primary: backupId, failover: { configured: true } },
      servedBy: {
        ...{ id: backupId, name: 'SRV-LIC-02', role: 'primary' },
        since: instant(8 * dayMs),
      },
    },
  ];
}

const clocksApartMs = 2 * 60 * minuteMs;

const ready = { ready: true, reasons: [], together: [] };
const notReady = (code: string, message: string) => ({
  ready: false,
  reasons: [{ code, message }],
  together: [],
});

const noStandby = (why: string) => notReady('NO_STANDBY', `No standby is left: ${why}`);
const lacksAll = (name: string) => {
  const of = name === 'SRV-LIC-01' ? 'its own licences' : 'the licences of SRV-LIC-01';
  return `${name} does not have everything of ${of} yet.`;
};

const pairMessages: [TimelineEvent['kind'], TimelineEvent['severity'], string, string][] = [
  [
    'failoverBegan',
    'error',
    'SRV-LIC-01 stopped responding. SRV-LIC-02 is serving 5 licences, 325 seats kept.',
    backupId,
  ],
  ['syncLost', 'warning', 'SRV-LIC-02 does not acknowledge and is not synchronised.', serverId],
  ['syncRegained', 'info', 'SRV-LIC-02 is synchronised again.', serverId],
  ['drillFinished', 'info', 'A drill passed: over in 43 ms, back in 38 ms.', serverId],
  ['relationshipCreated', 'info', 'SRV-LIC-02 protects SRV-LIC-01.', serverId],
  ['serverPaired', 'info', 'This server was paired with SRV-LIC-02.', serverId],
];

/** The timeline of a pair: entries of both servers among those of the one. */
export const pairEvents: TimelineEvent[] = events.map((event, index) => {
  const [kind, severity, message, server] = pairMessages[index] ?? [];
  if (!kind || !severity || !message || !server) return event;
  return { sequence: event.sequence, at: event.at, server, kind, severity, message };
});

function pairNode(overrides: Partial<NodeSnapshot>): NodeSnapshot {
  return inOneRelationship({
    ...node,
    servers: [row({ synchronised: true }), found],
    relationship: established,
    ledgers: [ledger],
    licenses: cover(),
    readiness: ready,
    events: pairEvents.slice(0, 50),
    ...overrides,
  });
}

const backupServer: NodeSnapshot['server'] = {
  ...node.server,
  id: backupId,
  name: 'SRV-LIC-02',
  address: 'srv-lic-02.corp.example:7470',
};

const isMissing =
  'The data directory of this server was put back from an earlier state. This server does not serve until ' +
  'SRV-LIC-02 has given back what is missing, or an admin accepts the loss: understudy ledger accept-loss.';

/** What a node says in each of the states. */
export const pairNodes: Record<PairScenario, NodeSnapshot> = {
  found: { ...node, servers: [found] },
  paired: { ...node, servers: [row({}), witness, ended, found] },
  pair: pairNode({}),
  mutual: pairNode({
    relationship: { ...established, mutual: true },
    ledgers: [ledger, backupLedger],
    licenses: [...cover(), ...backupLicenses()],
  }),
  // Seen from the backup, which serves.
  failover: pairNode({
    server: backupServer,
    serving: { state: 'serving', reasons: [], since: instant(4 * minuteMs) },
    servers: [
      row({
        ...{ id: serverId, name: 'SRV-LIC-01', address: 'srv-lic-01.corp.example:7470' },
        ...{ connected: false, synchronised: false, problem: unreachable('srv-lic-01') },
      }),
    ],
    relationship: {
      ...established,
      members: [member({ connected: false, synchronised: false }), backupMember],
    },
    ledgers: [
      {
        ...ledger,
        active: backupId,
        activeSince: instant(4 * minuteMs),
        term: 8,
        synchronised: [backupId],
        reclaim: { to: serverId, stopped: false, failures: 1, waitMs: 10_000, leftMs: null },
      },
    ],
    licenses: cover(byBackup),
    readiness: noStandby('SRV-LIC-01 is down or cannot be reached.'),
  }),
  // Seen from the main that has returned.
  'failover-here': pairNode({
    serving: { state: 'standby', reasons: [], since: instant(minuteMs) },
    ledgers: [
      {
        ...{ ...ledger, active: backupId, activeSince: instant(4 * minuteMs), term: 8 },
        ...{ here: 'catching-up', synchronised: [backupId] },
        reclaim: { to: serverId, stopped: false, failures: 1, waitMs: 10_000, leftMs: null },
      },
    ],
    servers: [row({ synchronised: false }), found],
    licenses: cover(byBackup),
    readiness: noStandby(lacksAll('SRV-LIC-01')),
  }),
  returned: pairNode({
    serving: { state: 'standby', reasons: [], since: instant(minuteMs) },
    relationship: {
      ...established,
      settings: { ...established.settings, reclaim: 'manual' },
    },
    ledgers: [
      {
        ...{ ...ledger, active: backupId, activeSince: instant(4 * minuteMs), term: 8 },
        here: 'standby',
        reclaim: { to: serverId, stopped: false, failures: 1, waitMs: 10_000, leftMs: 0 },
      },
    ],
    licenses: cover(byBackup),
  }),
  // An admin gave everything to the backup; the main stands by.
  'switched-over': pairNode({
    serving: { state: 'standby', reasons: [], since: instant(4 * minuteMs) },
    ledgers: [
      {
        ...ledger,
        active: backupId,
        activeSince: instant(4 * minuteMs),
        term: 8,
        here: 'standby',
        placed: backupId,
      },
    ],
    licenses: cover(byBackup),
  }),
  unsynchronised: pairNode({
    servers: [row({ synchronised: false }), found],
    relationship: {
      ...established,
      members: [member({}), { ...backupMember, synchronised: false }],
    },
    ledgers: [{ ...ledger, synchronised: [serverId] }],
    readiness: noStandby(lacksAll('SRV-LIC-02')),
  }),
  'clocks-apart': pairNode({
    servers: [row({ synchronised: false, clockDifferenceMs: clocksApartMs }), found],
    relationship: {
      ...established,
      members: [
        member({}),
        { ...backupMember, synchronised: false, clockDifferenceMs: clocksApartMs },
      ],
    },
    ledgers: [{ ...ledger, synchronised: [serverId] }],
    readiness: noStandby(describeApart('SRV-LIC-02', clocksApartMs, 'SRV-LIC-01')),
  }),
  disconnected: pairNode({
    servers: [
      row({ connected: false, synchronised: false, problem: unreachable('srv-lic-02') }),
      found,
    ],
    relationship: {
      ...established,
      members: [member({}), { ...backupMember, connected: false, synchronised: false }],
    },
    ledgers: [{ ...ledger, synchronised: [serverId] }],
    readiness: noStandby('SRV-LIC-02 is down or cannot be reached.'),
  }),
  strict: pairNode({
    servers: [row({ synchronised: true }), witness, found],
    relationship: {
      ...established,
      policy: 'strict',
      members: [member({}), backupMember, witnessMember],
    },
    ledgers: [{ ...ledger, rule: 'majority', witness: witnessId }],
    readiness: {
      ...ready,
      together: [
        'If two servers of SRV-LIC-01, SRV-LIC-02 and SRV-DC-03 fail at once, nobody serves the licences ' +
          'of SRV-LIC-01.',
      ],
    },
  }),
  // Seen from the witness of the two.
  witness: {
    ...node,
    server: { ...node.server, id: witnessId, name: 'SRV-DC-03' },
    servers: [
      row({ id: serverId, name: 'SRV-LIC-01', address: 'srv-lic-01.corp.example:7470' }),
      row({ connected: false, problem: unreachable('srv-lic-02') }),
    ],
    ledgers: [
      {
        ...{ ...ledger, rule: 'majority', witness: witnessId },
        ...{ here: 'standby', synchronised: [], licenses: 0, leases: 0 },
      },
    ],
    licenses: [],
    leaseCount: 0,
  },
  forming: pairNode({
    servers: [row({}), found],
    relationship: {
      ...established,
      state: 'forming',
      pending: 'SRV-LIC-02 is copying the licences of SRV-LIC-01 (212 of 326 leases).',
      members: [member({}), { ...backupMember, synchronised: false }],
    },
    ledgers: [{ ...ledger, synchronised: [serverId] }],
    readiness: notReady(
      'FORMING',
      'The protection of the licences of SRV-LIC-01 is still being set up.',
    ),
  }),
  overdraft: pairNode({
    ledgers: [{ ...ledger, overdraft: { units: 3, since: instant(40 * minuteMs) } }],
  }),
  // The data directory of this server was emptied; the one that kept its licences calls.
  stranger: {
    ...node,
    licenses: [],
    leaseCount: 0,
    servers: [],
    strangers: [{ id: backupId, name: 'SRV-LIC-02', at: instant(1_000) }],
  },
  // It was dissolved by force at the backup, while this server was down.
  'not-kept-by-all': pairNode({
    servers: [row({}), found],
    relationship: {
      ...established,
      state: 'forming',
      outside: [backupId],
      pending:
        'SRV-LIC-02 has no part in the licences of SRV-LIC-01 any more: the relationship was dissolved there by ' +
        'an admin on 1 December 2026, 04:12:31 UTC, which this server could not hear of. What this server has ' +
        'of them is kept. End it here too: understudy relationship dissolve --force. If that was a mistake, ' +
        'end it all the same, and set it up again.',
      members: [member({}), { ...backupMember, synchronised: false }],
    },
    ledgers: [{ ...ledger, synchronised: [serverId] }],
    readiness: noStandby('SRV-LIC-02 has no part in it.'),
  }),
  'missing-data': pairNode({
    serving: {
      state: 'stopped',
      reasons: [{ code: 'DATA_MISSING', message: isMissing }],
      since: instant(minuteMs),
    },
    relationship: {
      ...established,
      policy: 'strict',
      members: [
        member({ synchronised: false }),
        { ...backupMember, synchronised: false },
        witnessMember,
      ],
    },
    servers: [row({ synchronised: false }), witness],
    ledgers: [
      {
        ...ledger,
        rule: 'majority',
        witness: witnessId,
        active: null,
        here: 'stopped',
        synchronised: [],
      },
    ],
    missingData: {
      noticedAt: instant(minuteMs),
      message: isMissing,
      warning:
        'SRV-LIC-02 has changes that this server does not have, and this server has others that were made after ' +
        'it was put back. When the loss is accepted here, those of SRV-LIC-02 are dropped: licences can go back ' +
        'to an older version, and seats that were granted or given back be forgotten. The timeline then says ' +
        'which. To keep those instead, stop this server, put its data directory back from the copy once more, ' +
        'start it while SRV-LIC-02 runs, and accept the loss then.',
      givers: [backupId],
    },
    readiness: notReady('NOT_SERVING', 'Nobody serves the licences of SRV-LIC-01.'),
  }),
};
