import type { Refusal } from '../../../src-shared/contract/admin-error.ts';
import type { Actor } from '../../../src-shared/model/actor.ts';
import { primaryOf } from '../../../src-shared/model/ledger-config.ts';
import type { Clock } from '../base/clock.ts';
import type { TimelineNote } from '../base/timeline-note.ts';
import type { Orders } from '../orders/orders.ts';
import type { DissolvedLedgers } from '../replicas/dissolved-ledgers.ts';
import type { HostedReplica } from '../replicas/hosted-replica.ts';
import type { Replicas } from '../replicas/replicas.ts';
import type { AwaitedConsents } from './awaited-consents.ts';
import type { Candidates } from './candidates.ts';
import { describeLicenses, type OwnRelationship } from './shared-ledgers.ts';

export interface DissolveOptions {
  candidates: Candidates;
  orders: Pick<Orders, 'configure'>;
  replicas: Pick<Replicas, 'drop'>;
  awaited: Pick<AwaitedConsents, 'outsideOf'>;
  dissolved: Pick<DissolvedLedgers, 'note'>;
  admin: Actor;
  clock: Clock;
  note: (note: TimelineNote) => void;
}

/**
 * Begins the end of a relationship in each of its ledgers. That of a server which cannot be asked, or has
 * dissolved it already, is given up here; why it is not kept is remembered for whoever asks (protocol section 1).
 */
export async function dissolveLedgers(
  { relationship, replicas }: OwnRelationship,
  options: DissolveOptions,
): Promise<Refusal | undefined> {
  const { candidates, orders, dissolved, admin, clock } = options;
  const ledgers = replicas.map(({ id }) => id);
  const atMs = Math.round(clock().wallMs);
  await dissolved.note({ relationship: relationship.id, ledgers, atMs, by: admin.name });
  const outside = options.awaited.outsideOf(relationship.id, relationship.members);
  for (const replica of replicas) {
    const primary = primaryOf(replica);
    const isAway = !candidates.get(primary).connected || outside.includes(primary);
    if (primary !== candidates.ownId && isAway) {
      giveUp(replica, options);
      continue;
    }
    const { name } = candidates.get(candidates.ownId);
    const message = `The relationship is dissolved, as ordered at ${name}: each server keeps its own licences.`;
    const change = { relationship: { ...relationship, goal: null }, placed: null };
    const answer = await orders.configure(replica, change, 'relationshipDissolved', message);
    if (!answer.ok) return answer;
  }
  return undefined;
}

function giveUp(replica: HostedReplica, options: DissolveOptions): void {
  const { candidates, replicas, admin: actor, note } = options;
  const { config } = replica.view();
  const primary = candidates.nameOf(primaryOf(replica));
  const of = describeLicenses(config, candidates);
  replicas.drop(replica.id);
  note({
    kind: 'relationshipDissolved',
    severity: 'info',
    message:
      `The relationship was dissolved here without ${primary}: this server does not keep ${of} any more. ` +
      `${primary} is told so when the two are connected again, and has to dissolve it too.`,
    actor,
  });
}
