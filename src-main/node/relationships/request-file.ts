import type { AdminResult } from '../../../src-shared/contract/admin.ts';
import type { RelationshipStatus } from '../../../src-shared/model/relationship.ts';
import { formatInstant } from '../../../src-shared/model/scalars.ts';
import { systemClock } from '../base/clock.ts';
import type { Identity } from '../identity/identity.ts';
import { signRequest } from '../identity/sign-request.ts';
import { relationshipOfOwn } from './relationship-status.ts';

export interface RequestFileOptions {
  identity: Pick<Identity, 'id' | 'privateKey'>;
  settings: { readonly current: { name: string } };
  relationships: { statuses(): RelationshipStatus[] };
}

/**
 * The servers that keep licences here, signed by this one: those of the relationship of its own licences, of
 * all when these are in none, or this one alone.
 */
export function makeRequestFile(options: RequestFileOptions): AdminResult<'servers.requestFile'> {
  const { identity, settings, relationships } = options;
  const own = { id: identity.id, name: settings.current.name };
  const all = relationships.statuses();
  const ofOwn = relationshipOfOwn(own.id, all);
  const members = (ofOwn ? [ofOwn] : all).flatMap((relationship) => relationship.members);
  const servers = new Map([[own.id, own]]);
  for (const { id, name, role } of members) {
    if (role !== 'witness' && id !== own.id) servers.set(id, { id, name });
  }
  const requestedAt = formatInstant(systemClock().wallMs);
  const content = signRequest(
    { format: 'understudy-request/1', servers: [...servers.values()], requestedAt },
    identity,
  );
  return { servers: [...servers.values()], content };
}
