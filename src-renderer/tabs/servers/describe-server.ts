import type { RelationshipStatus } from '../../../src-shared/model/relationship.ts';
import type { ServerRow } from '../../../src-shared/model/server-row.ts';
import { describeLink } from '../../features/pair/describe-link.ts';
import {
  capitalise,
  describeConnected,
  roleWords,
} from '../../../src-shared/view/relationship-words.ts';

/** What there is between this server and another, in a few words. */
export function describeConnection(server: ServerRow, isMember: boolean): string {
  if (server.pairing === 'ended') return 'Pairing ended';
  if (!server.paired) return 'Found, not paired';
  if (isMember) return describeLink(server.connected, server.synchronised);
  return capitalise(describeConnected(server.connected));
}

/** What is wrong with a server, or is to be done next; empty when nothing is. */
export function describeNextStep(server: ServerRow, isMember: boolean): string {
  if (server.problem) return server.problem.message;
  if (!server.paired) return 'Pair with it to let the two protect each other.';
  if (server.connected)
    return isMember ? '' : 'It protects nothing yet: set a backup up in the tab Failover.';
  return 'This server goes on trying to connect.';
}

/** The part of a server in the relationships of this one. */
export function describeRole(
  server: Pick<ServerRow, 'id'>,
  relationships: readonly RelationshipStatus[],
): string {
  const roles = relationships
    .flatMap(({ members }) => members)
    .filter(({ id }) => id === server.id)
    .map(({ role }) => roleWords[role].label);
  return roles.length === 0 ? '–' : [...new Set(roles)].join(', ');
}
