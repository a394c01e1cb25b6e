import { type AdminAnswer, refuse } from '../../../src-shared/contract/admin.ts';
import type { Preview, SwitchoverResult } from '../../../src-shared/model/relationship.ts';
import { formatInstant } from '../../../src-shared/model/scalars.ts';
import { deriveCoverage } from '../core/ledger/coverage.ts';
import type { Clock } from '../base/clock.ts';
import type { HostedReplica } from '../replicas/hosted-replica.ts';
import type { Replicas } from '../replicas/replicas.ts';
import type { Candidates } from './candidates.ts';
import type { Orders } from '../orders/orders.ts';
import { derivePreview } from './preview.ts';
import { findOwnRelationship, noRelationship } from './shared-ledgers.ts';
import { primaryOf } from '../../../src-shared/model/ledger-config.ts';

export interface PlannedChangesOptions {
  replicas: Replicas;
  candidates: Candidates;
  orders: Pick<Orders, 'move'>;
  clock: Clock;
}

export type MadeMove = SwitchoverResult['moves'][number];

/** Planned changes of who serves, and what an unplanned one would do. */
export class PlannedChanges {
  readonly #options: PlannedChangesOptions;

  constructor(options: PlannedChangesOptions) {
    this.#options = options;
  }

  /** Without `to`: away from this server when it serves something, else to it. */
  async switchover(to: string | undefined): Promise<AdminAnswer<SwitchoverResult>> {
    const { replicas, candidates } = this.#options;
    const current = findOwnRelationship(replicas, candidates.ownId);
    if (!current) return noRelationship;
    const { members } = current.relationship;
    let target: string;
    if (to === undefined) {
      const serves = current.replicas.some((replica) => replica.isActive);
      const other = members.find((id) => id !== candidates.ownId) ?? candidates.ownId;
      target = serves ? other : candidates.ownId;
    } else {
      const found = candidates.find(to);
      if (!found.ok) return found;
      target = found.value.id;
    }
    const concerned = current.replicas.filter((replica) => {
      return replica.view().config.membership.members.includes(target);
    });
    if (concerned.length === 0) {
      const message = `${candidates.nameOf(target)} keeps no licences of this relationship and cannot serve. Name a server that does.`;
      return refuse('BAD_REQUEST', message);
    }
    return this.#moveAll(
      concerned.filter((replica) => replica.view().active !== target),
      () => target,
    );
  }

  /** Every ledger goes back to its primary. */
  async failback(): Promise<AdminAnswer<SwitchoverResult>> {
    const { replicas, candidates } = this.#options;
    const current = findOwnRelationship(replicas, candidates.ownId);
    if (!current) return noRelationship;
    const away = current.replicas.filter((replica) => {
      const { active, config } = replica.view();
      return active !== primaryOf(replica) || config.placed !== null;
    });
    return this.#moveAll(away, primaryOf);
  }

  /** One ledger, with what is to be said of it. */
  async move(replica: HostedReplica, to: string): Promise<AdminAnswer<MadeMove>> {
    const { candidates, clock, orders } = this.#options;
    const from = replica.view().active ?? primaryOf(replica);
    const at = formatInstant(clock().wallMs);
    const answer = await orders.move(replica, to);
    if (!answer.ok) return answer;
    const { licenses, leases } = countServed(replica, to);
    return {
      ok: true,
      value: {
        ledger: replica.id,
        at,
        tookMs: Math.round(answer.value.tookMs * 10) / 10,
        from: { id: from, name: candidates.nameOf(from) },
        to: { id: to, name: candidates.nameOf(to) },
        licenses,
        leases,
      },
    };
  }

  preview(stop: string): AdminAnswer<Preview> {
    const { replicas, candidates } = this.#options;
    const found = candidates.find(stop);
    if (!found.ok) return found;
    const kept = replicas.all().filter(({ ledger }) => ledger.licenses.size > 0);
    return { ok: true, value: derivePreview(found.value.id, kept, candidates) };
  }

  async #moveAll(
    replicas: readonly HostedReplica[],
    targetOf: (replica: HostedReplica) => string,
  ): Promise<AdminAnswer<SwitchoverResult>> {
    const moves: MadeMove[] = [];
    for (const replica of replicas) {
      const answer = await this.move(replica, targetOf(replica));
      if (!answer.ok) return answer;
      moves.push(answer.value);
    }
    return { ok: true, value: { moves } };
  }
}

/** What a member may serve of a ledger. */
function countServed(replica: HostedReplica, id: string): Pick<MadeMove, 'licenses' | 'leases'> {
  const { config } = replica.view();
  const { licenses, unitCountByLicense } = replica.ledger;
  const counts = { licenses: 0, leases: 0 };
  for (const license of licenses.values()) {
    if (!deriveCoverage(config, license, id).covered) continue;
    counts.licenses++;
    counts.leases += unitCountByLicense.get(license.id)?.leases ?? 0;
  }
  return counts;
}
