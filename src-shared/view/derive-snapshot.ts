import type { Attention } from '../model/attention.ts';
import type { NodeSnapshot } from '../model/node-snapshot.ts';
import { deriveAttention } from './attention.ts';
import { compareUrgency } from './attention-order.ts';
import { inEachRelationship } from './one-relationship.ts';
import { findFailovers, findUnsynchronised } from './protection.ts';
import type { DesktopStatus, NodeConnection, TrayState, UiSnapshot } from '../model/ui-snapshot.ts';

export interface SnapshotParts {
  connection: NodeConnection;
  /** The last one known. */
  node: NodeSnapshot | null;
  desktop: DesktopStatus;
  /** What the shell itself has to say, such as damaged settings. */
  notices: Attention[];
  /** Keys of the notices that the admin has set aside for now. */
  setAside: string[];
}

/** Key of the cause “the node is away”; one cause for each spell of absence. */
export const awayKeyPrefix = 'node:away:';

/** Everything that window, tray and notifications show, from what is known now. */
export function deriveSnapshot(revision: number, parts: SnapshotParts): UiSnapshot {
  const { connection, node, desktop, notices, setAside } = parts;
  return {
    revision,
    connection,
    node,
    attention: [...deriveNodeAttention(connection, node), ...notices].sort(compareUrgency),
    setAside,
    trayState: deriveTrayState(connection, node),
    desktop,
  };
}

function deriveNodeAttention(connection: NodeConnection, node: NodeSnapshot | null): Attention[] {
  const known = node ? deriveAttention(node) : [];
  if (connection.state !== 'away') return known;
  // Whether it grants seats is unknown now; what a licence says of itself stays true.
  return [describeAway(connection), ...known.filter(({ key }) => !key.startsWith('serving:'))];
}

function describeAway(connection: NodeConnection): Attention {
  return {
    key: `${awayKeyPrefix}${connection.sinceMs}`,
    severity: 'error',
    title: 'The licence server is not responding',
    text: connection.message ?? 'It does not answer. No new seats are granted until it is back.',
    tab: 'overview',
  };
}

function deriveTrayState(connection: NodeConnection, node: NodeSnapshot | null): TrayState {
  if (connection.state !== 'connected' || !node) return 'stopped';
  switch (node.serving.state) {
    case 'serving':
    case 'standby':
      return isAsItShouldBe(node) ? node.serving.state : 'failover';
    case 'degraded':
      return 'failover';
    case 'stopped':
      return 'stopped';
  }
}

/** Nothing is served by a failover server, and the servers that protect each other could. */
function isAsItShouldBe(node: NodeSnapshot): boolean {
  if (findFailovers(node).length > 0) return false;
  if (node.ledgers.some(({ overdraft }) => overdraft !== null)) return false;
  return inEachRelationship(node)
    .filter(({ relationship }) => relationship?.state === 'established')
    .every((one) => one.readiness.ready && findUnsynchronised(one).length === 0);
}
