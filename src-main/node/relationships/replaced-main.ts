import { type AdminAnswer, refuse } from '../../../src-shared/contract/admin-error.ts';
import { until } from '../base/until.ts';
import { describeReplacement } from '../replicas/not-serving.ts';
import type { Replicas } from '../replicas/replicas.ts';
import type { OwnRelationship } from './shared-ledgers.ts';

/** Longest wait until a server serves its own licences again by its admin's word. */
const serveMsMax = 10_000;

/**
 * The backup of this server says that another one has its place. What its admin decides about the licences:
 * they are given up here, true; or, with force, this server serves them again, false. Undefined: nobody says
 * that it was replaced.
 */
export async function decideReplaced(
  { replicas: kept }: OwnRelationship,
  replicas: Pick<Replicas, 'drop'>,
  force: boolean,
): Promise<AdminAnswer<boolean> | undefined> {
  const replaced = kept.filter((replica) => describeReplacement(replica) !== null);
  if (replaced.length === 0) return undefined;
  if (!force) {
    for (const { id } of kept) replicas.drop(id);
    return { ok: true, value: true };
  }
  for (const replica of replaced) replica.step({ type: 'replacementDenied' });
  const serves = await until(() => replaced.every(({ isActive }) => isActive), serveMsMax);
  if (serves) return { ok: true, value: false };
  return refuse(
    'NOT_SERVING',
    'This server does not serve its licences yet. Try again when it does: understudy status',
  );
}
