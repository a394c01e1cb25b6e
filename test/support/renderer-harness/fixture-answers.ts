import type { Coverage, Preview } from '../../../src-shared/model/relationship.ts';
import { serverId } from './fixture.ts';
import { pairNodes } from './fixture-pair.ts';
import { backupId, witnessId } from './fixture-servers.ts';

// What a server answers that is asked about its relationship.

export const coverage: Coverage[] = pairNodes.pair.licenses.map(
  ({ id, feature, units, failover }) => ({
    license: id,
    feature,
    server: serverId,
    units,
    covered: failover.configured,
    ...(failover.reason !== undefined && { reason: failover.reason }),
  }),
);

/** If the main stopped, or if the backup did. */
export function previewOf(stop: string): Preview {
  const names: Record<string, string> = {
    [serverId]: 'SRV-LIC-01',
    [backupId]: 'SRV-LIC-02',
    [witnessId]: 'SRV-DC-03',
  };
  const server = { id: stop, name: names[stop] ?? stop };
  const nothing = { also: [], serves: [], stops: [], unserved: [], deniedCount: 0, denied: [] };
  if (stop !== serverId) return { stop: server, ...nothing };
  const covered = coverage.filter((license) => license.covered);
  return {
    stop: server,
    also: [],
    serves: [
      {
        server: { id: backupId, name: 'SRV-LIC-02' },
        licenses: covered.map(({ license }) => license),
        seats: 325,
      },
    ],
    stops: coverage
      .filter((license) => !license.covered)
      .map(({ license, feature, reason = '' }) => ({ license, feature, seats: 1, reason })),
    unserved: [],
    deniedCount: 1,
    denied: [
      {
        lease: '5b0c7a52-9d1e-4c55-8a3f-000000000004',
        feature: 'demo-editor',
        user: 'user000004',
        host: 'WS-0004.corp.example',
        reason: 'No other server may serve this licence.',
      },
    ],
  };
}
