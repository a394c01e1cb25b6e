import type { NodeSnapshot } from '../../../src-shared/model/node-snapshot.ts';
import {
  type Coverage,
  type RelationshipStatus,
  relationshipSettingsDefault,
} from '../../../src-shared/model/relationship.ts';
import { makeNode } from '../../support/snapshot-builders.ts';

export const main = { id: 'a'.repeat(64), name: 'SRV-A' };
export const backup = { id: 'b'.repeat(64), name: 'SRV-B' };
export const at = '2026-03-01T08:00:00.000Z';

export function makeRelationship(more: Partial<RelationshipStatus> = {}): RelationshipStatus {
  const common = {
    paired: true,
    connected: true,
    synchronised: true,
    clockDifferenceMs: null,
    version: '1.0.0',
  };
  return {
    id: '00000000-0000-4000-8000-000000000001',
    kind: 'backup',
    policy: 'available',
    mutual: false,
    members: [
      { ...main, ...common, role: 'main', address: 'srv-a:7470' },
      { ...backup, ...common, role: 'backup', address: 'srv-b:7470', clockDifferenceMs: -1_500 },
    ],
    ledgers: [main.id],
    readiness: { ready: true, reasons: [], together: [] },
    settings: relationshipSettingsDefault,
    state: 'established',
    pending: null,
    ...more,
  };
}

export const coverage: Coverage[] = [
  { license: 'acme.cad', feature: 'cad', server: main.id, units: 5, covered: true },
  {
    license: 'acme.pdm',
    feature: 'pdm',
    server: main.id,
    units: 2,
    covered: false,
    reason: 'Its vendor grants no redundancy.',
  },
];

export function makeLedger(more: Partial<NodeSnapshot['ledgers'][number]> = {}) {
  return {
    id: main.id,
    rule: 'continuity' as const,
    members: [main.id, backup.id],
    witness: null,
    active: main.id,
    activeSince: at,
    term: 3,
    here: 'active' as const,
    synchronised: [main.id, backup.id],
    placed: null,
    reclaim: null,
    overdraft: null,
    clock: null,
    licenses: 2,
    leases: 7,
    ...more,
  };
}

/** What `snapshot` answers on the main server of a backup. */
export function makeSnapshot(more: Partial<NodeSnapshot> = {}): NodeSnapshot {
  return makeNode({
    server: {
      ...main,
      version: '1.0.0',
      address: 'srv-a:7470',
      uptimeSeconds: 60,
      putBackAt: null,
    },
    relationship: makeRelationship(),
    ledgers: [makeLedger()],
    at,
    serving: { state: 'serving', reasons: [], since: at },
    leaseCount: 7,
    ...more,
  });
}
