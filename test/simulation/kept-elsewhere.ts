import { type LedgerConfig, participants } from '../../src-shared/model/ledger-config.ts';
import { createLog, lastPosition } from '../../src-main/node/core/replica/log.ts';
import { majorityOfCount } from '../../src-main/node/core/replica/quorum.ts';
import { configId } from '../../src-main/node/core/rows/row.ts';
import { comparePositions } from '../../src-main/node/core/replica/term.ts';
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
    return copy?.rows.has(`config ${configId}`) === true;
  });
}

/**
 * Under `majority`: enough voters are left that remember what they promised, by the configuration of the
 * active and by each that another one has. What only the active has written is gone with its disk.
 */
function quorumRemembers(cluster: Cluster, id: string): boolean {
  const { active, members } = cluster;
  const config = active?.state?.ledger.config;
  if (!config || !counts(config, id)) return false;
  const others = participants(config.membership).filter((other) => other !== id);
  const stored = others.flatMap((other) => members.get(other)?.store?.config ?? []);
  const voting = stored.filter(({ membership }) => membership.rule === 'majority');
  return [config, ...voting].every((one) => isQuorumLeft(cluster, one, id));
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
