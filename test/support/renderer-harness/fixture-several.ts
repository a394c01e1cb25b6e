import type { NodeSnapshot } from '../../../src-shared/model/node-snapshot.ts';
import { backupId, backupMember, member, row, unreachable, witnessId } from './fixture-servers.ts';
import { pairNodes } from './fixture-pair.ts';

/**
 * SRV-LIC-02, which protects SRV-LIC-01 and SRV-DC-03: the first serves its licences, and for the other one
 * it serves.
 */
export const severalNode: NodeSnapshot = makeSeveral();

function makeSeveral(): NodeSnapshot {
  const node = pairNodes.pair;
  const { relationship } = node;
  const [ledger] = node.ledgers;
  if (!relationship || !ledger) throw new Error('the pair has a relationship and a ledger');
  const name = 'SRV-DC-03';
  const gone = { connected: false, synchronised: false };
  const down = {
    ready: false,
    reasons: [
      { code: 'NO_STANDBY', message: `No standby is left: ${name} is down or cannot be reached.` },
    ],
    together: [],
  };
  const first = { ...relationship, ledgers: [ledger.id] };
  const second = {
    ...relationship,
    id: '7c1f0d3e-2222-4a5b-9c8d-7e6f5a4b3c2d',
    members: [member({ ...gone, id: witnessId, name }), backupMember],
    ledgers: ['third'],
    readiness: down,
  };
  return {
    ...node,
    server: { ...node.server, id: backupId, name: 'SRV-LIC-02' },
    servers: [
      row({ id: relationship.members[0]?.id ?? '', name: 'SRV-LIC-01', synchronised: true }),
      row({ ...gone, id: witnessId, name, problem: unreachable('srv-dc-03') }),
    ],
    relationship: first,
    relationships: [first, second],
    ledgers: [
      { ...ledger, here: 'standby' },
      {
        ...ledger,
        id: 'third',
        members: [witnessId, backupId],
        active: backupId,
        here: 'active',
        synchronised: [backupId],
        term: 3,
        licenses: 0,
        leases: 0,
        reclaim: { to: witnessId, stopped: false, failures: 1, waitMs: 10_000, leftMs: null },
      },
    ],
    readiness: {
      ...down,
      together: [
        'SRV-LIC-02 stands in for SRV-LIC-01 and SRV-DC-03: if both fail at once, SRV-LIC-02 serves the ' +
          'licences of both, each with its own seats and no more. While it does, SRV-LIC-02 is their only ' +
          'server.',
      ],
    },
  };
}
