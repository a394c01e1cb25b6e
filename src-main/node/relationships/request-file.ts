import type { AdminResult } from '../../../src-shared/contract/admin.ts';
import type { RelationshipStatus } from '../../../src-shared/model/relationship.ts';
import { formatInstant } from '../../../src-shared/model/scalars.ts';
import { systemClock } from '../base/clock.ts';
import type { Identity } from '../identity/identity.ts';
import { signRequest } from '../identity/sign-request.ts';

export interface RequestFileOptions {
  identity: Pick<Identity, 'id' | 'privateKey'>;
  settings: { readonly current: { name: string } };
  relationships: { status(): RelationshipStatus | null };
}

/** The servers that keep licences here, this one alone or those of its relationship, signed by this one. */
export function makeRequestFile(options: RequestFileOptions): AdminResult<'servers.requestFile'> {
  const { identity, settings, relationships } = options;
  const own = { id: identity.id, name: settings.current.name };
  const members = relationships.status()?.members.filter(({ role }) => role !== 'witness') ?? [];
  const others = members.filter(({ id }) => id !== own.id).map(({ id, name }) => ({ id, name }));
  const servers = [own, ...others];
  const requestedAt = formatInstant(systemClock().wallMs);
  const content = signRequest({ format: 'understudy-request/1', servers, requestedAt }, identity);
  return { servers, content };
}
