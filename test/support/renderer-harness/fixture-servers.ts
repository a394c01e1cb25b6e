import type { RelationshipStatus } from '../../../src-shared/model/relationship.ts';
import type { ServerRow } from '../../../src-shared/model/server-row.ts';
import { dayMs, instant, serverId } from './fixture.ts';

// The other servers that a server knows, and those that it is in a relationship with.

export const backupId = '9b27d4e1a6c0835ff41e7d22b8906ac3517fe08d42b96c1a7035ed84f2c6b19d';
export const witnessId = 'c1d05e7f3a94b826d7108fe5639ab2c4407d1e98f5b3620ca8e71d4690fb3a52';
export const foundId = 'e77a10c4d95b3f286a04b1c8fd3520e9718cb64da2f0395e1b8d47c60af29e13';

export function row(overrides: Partial<ServerRow>): ServerRow {
  return {
    id: backupId,
    name: 'SRV-LIC-02',
    address: 'srv-lic-02.corp.example:7470',
    discovered: true,
    paired: true,
    connected: true,
    synchronised: false,
    clockDifferenceMs: 12,
    roundTripMs: 0.6,
    version: '0.1.0',
    pairedAt: instant(8 * dayMs),
    putBackAt: null,
    pairing: 'paired',
    problem: null,
    addresses: ['srv-lic-02.corp.example:7470', '10.20.0.12:7470'],
    consent: [],
    ...overrides,
  };
}

export const found = row({
  id: foundId,
  name: 'SRV-LIC-BRANCH-OFFICE-NORTH',
  address: '10.20.7.31:7470',
  addresses: ['10.20.7.31:7470'],
  ...{ paired: false, connected: false, pairing: 'none', pairedAt: null },
  ...{ version: null, clockDifferenceMs: null, roundTripMs: null },
});
export const witness = row({
  id: witnessId,
  name: 'SRV-DC-03',
  address: 'srv-dc-03.corp.example:7470',
  addresses: ['srv-dc-03.corp.example:7470'],
  clockDifferenceMs: -340,
});
/** Why a server at that host is not connected. */
export function unreachable(host: string): ServerRow['problem'] {
  return {
    code: 'UNANSWERED',
    message:
      `${host}.corp.example:7470 does not answer. Check that the host is up, and that the ` +
      'firewalls between the two let the TCP port pass.',
  };
}

export const ended = row({
  id: 'd'.repeat(64),
  name: 'SRV-OLD',
  address: '10.20.0.9:7470',
  ...{ paired: false, connected: false, pairing: 'ended', version: '0.0.9' },
  ...{ clockDifferenceMs: 95_000, roundTripMs: null },
  problem: {
    code: 'NOT_PAIRED',
    message: 'The other server has ended the pairing. Pair the two again, or forget it here too.',
  },
});

type Members = RelationshipStatus['members'];

export function member(overrides: Partial<Members[number]>): Members[number] {
  return {
    id: serverId,
    name: 'SRV-LIC-01',
    role: 'main',
    address: 'srv-lic-01.corp.example:7470',
    paired: true,
    connected: true,
    synchronised: true,
    clockDifferenceMs: 12,
    version: '0.1.0',
    ...overrides,
  };
}

export const backupMember = member({
  id: backupId,
  name: 'SRV-LIC-02',
  role: 'backup',
  address: 'srv-lic-02.corp.example:7470',
});
export const witnessMember = member({
  id: witnessId,
  name: 'SRV-DC-03',
  role: 'witness',
  address: 'srv-dc-03.corp.example:7470',
});
