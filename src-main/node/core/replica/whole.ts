import { type LedgerConfig, participants } from '../../../../src-shared/model/ledger-config.ts';
import type { MemberId } from '../ledger/member-id.ts';
import type { ReplicaState } from './replica-state.ts';

/**
 * The sync set of a server that is called to a ledger of rows, or gives up a log for one: those who keep it, and
 * not this server, which has but some of the rows until it has had all that was committed there. Where a majority
 * decides, a learner is known as one by the configuration.
 */
export function keptByOthers({ membership }: LedgerConfig, self: MemberId): MemberId[] {
  if (membership.rule === 'majority') return [];
  return participants(membership).filter((id) => id !== self);
}

/** What is here is but some of the ledger's rows, whatever they say. That is durable with the first of them. */
export function isPartial({ self, syncSet }: Pick<ReplicaState, 'self' | 'syncSet'>): boolean {
  return syncSet.size > 0 && !syncSet.has(self);
}
