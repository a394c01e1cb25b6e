import { type LedgerConfig, participants } from '../../src-shared/model/ledger-config.ts';
import { withLearners } from '../../src-main/node/core/ledger/config-change.ts';
import { createLog, lastPosition } from '../../src-main/node/core/replica/log.ts';
import { majorityOfCount } from '../../src-main/node/core/replica/quorum.ts';
import { comparePositions } from '../../src-main/node/core/replica/term.ts';
import { isPartial } from '../../src-main/node/core/replica/whole.ts';
import type { Cluster } from './cluster.ts';
import type { Member } from './member.ts';

/** Another member has the ledger too: what only one has is gone with its disk. */
export function othersKeep(cluster: Cluster, { id, store }: Member): boolean {
  const { membership } = store?.config ?? {};
  if (membership?.rule === 'majority') return quorumRemembers(cluster, id);
  if (membership?.rule !== 'continuity') return false;
  return membership.members.some((other) => {
    const { store: copy, isIncomplete, suspended } = cluster.members.get(other) ?? {};
    const kept = copy?.config.membership;
    // Who stands still may hear that it was taken out when it wakes, and drop what it has.
    if (other === id || isIncomplete === true || suspended === true) return false;
    // Who was not counted in yet when all stopped does not serve, and gives nothing back.
    const areIn = [id, other].every((one) => kept?.members.includes(one) === true);
    if (kept?.rule !== 'continuity' || !areIn) return false;
    // Who has but some of the rows cannot give them back.
    return !isPartial({ self: other, syncSet: new Set(copy?.syncSet) });
  });
}

/**
 * Under `majority`: enough voters are left that remember what they promised, by the configuration of the
 * active, by each that another one has, and by each that another one is asked for: it makes that before it can
 * notice the loss (docs/protocol.md, known limits). What only the active has written is gone with its disk.
 */
function quorumRemembers(cluster: Cluster, id: string): boolean {
  const { active, members } = cluster;
  const config = active?.state?.ledger.config;
  if (!config || !counts(config, id)) return false;
  const others = participants(config.membership).filter((other) => other !== id);
  const known = others.flatMap((other) => {
    const member = members.get(other);
    return member ? [...storedBy(member), ...orderedOf(cluster, member)] : [];
  });
  const voting = known.filter(({ membership }) => membership.rule === 'majority');
  return [config, ...voting].every((one) => isQuorumLeft(cluster, one, id));
}

function storedBy({ store }: Member): LedgerConfig[] {
  return store ? [store.config] : [];
}

/** As they would be made: who comes does not count yet. */
function orderedOf(cluster: Cluster, member: Member): LedgerConfig[] {
  const now = member.state?.ledger.config;
  return now ? cluster.ordersAt(member).map((config) => withLearners(now, config)) : [];
}

function counts({ membership, learners = [] }: LedgerConfig, id: string): boolean {
  // It may be counted in at this moment, and then its disk is one that has to be there.
  return (
    membership.rule === 'majority' &&
    participants(membership).includes(id) &&
    !learners.includes(id)
  );
}

function isQuorumLeft({ members }: Cluster, config: LedgerConfig, id: string): boolean {
  const { membership, learners = [] } = config;
  const voters = participants(membership).filter((one) => !learners.includes(one));
  const left = voters.filter((one) => {
    const { store, isIncomplete } = members.get(one) ?? {};
    const kept = store?.config.membership;
    return (
      one !== id && !isIncomplete && kept?.rule === 'majority' && participants(kept).includes(one)
    );
  });
  // A witness alone has nothing to give back.
  const last = lastPosition(members.get(id)?.store?.log ?? createLog());
  const hasAll = left.some((one) => {
    const log = members.get(one)?.store?.log;
    return one !== membership.witness && log && comparePositions(lastPosition(log), last) >= 0;
  });
  return hasAll && left.length >= majorityOfCount(voters.length);
}
