import { type AdminAnswer, refuse } from '../../../src-shared/contract/admin-error.ts';
import type { Preview, SwitchoverResult } from '../../../src-shared/model/relationship.ts';
import { formatInstant } from '../../../src-shared/model/scalars.ts';
import { deriveCoverage } from '../core/ledger/coverage.ts';
import type { Clock } from '../base/clock.ts';
import type { HostedReplica } from '../replicas/hosted-replica.ts';
import type { Replicas } from '../replicas/replicas.ts';
import type { Candidates } from './candidates.ts';
import type { Orders } from '../orders/orders.ts';
import { derivePreview } from './preview.ts';
import {
  findOwnRelationships,
  meantRelationships,
  type OwnRelationship,
} from './shared-ledgers.ts';
import { primaryOf } from '../../../src-shared/model/ledger-config.ts';

export interface PlannedChangesOptions {
  replicas: Replicas;
  candidates: Candidates;
  orders: Pick<Orders, 'move' | 'settled'>;
  clock: Clock;
}

export type MadeMove = SwitchoverResult['moves'][number];

/** Planned changes of who serves, and what an unplanned one would do. */
export class PlannedChanges {
  readonly #options: PlannedChangesOptions;
  /** Switchovers and failbacks that are under way. */
  readonly #runs = new Set<{ cancelled: boolean }>();

  constructor(options: PlannedChangesOptions) {
    this.#options = options;
  }

  /** Without `to`: away from this server when it serves something, else to it. */
  async switchover(
    to: string | undefined,
    reference?: string,
  ): Promise<AdminAnswer<SwitchoverResult>> {
    const { candidates } = this.#options;
    const meant = this.#meant(reference);
    if (!meant.ok) return meant;
    const found = to === undefined ? null : candidates.find(to);
    if (found && !found.ok) return found;
    const targets = new Map<HostedReplica, string>();
    const servesAny = meant.value.some(({ replicas }) => replicas.some(({ isActive }) => isActive));
    for (const own of meant.value) {
      const target = found?.value.id ?? this.#otherServer(own, servesAny);
      if (target === null) continue;
      for (const replica of own.replicas) {
        const { members } = replica.view().config.membership;
        if (members.includes(target)) targets.set(replica, target);
      }
    }
    if (targets.size === 0) {
      const name = found?.value.name ?? candidates.nameOf(candidates.ownId);
      const message = `${name} keeps no licences of this relationship and cannot serve. Name a server that does.`;
      return refuse('BAD_REQUEST', message);
    }
    const moved = [...targets.keys()].filter(
      (replica) => replica.view().active !== targets.get(replica),
    );
    return this.#moveAll(moved, (replica) => targets.get(replica) ?? primaryOf(replica));
  }

  /** The relationship that is meant; without a reference all of them. */
  #meant(reference: string | undefined): AdminAnswer<OwnRelationship[]> {
    const { replicas, candidates } = this.#options;
    return meantRelationships(
      findOwnRelationships(replicas, candidates.ownId),
      reference,
      candidates,
    );
  }

  /**
   * Whom a switchover without a name goes to, while this server serves something: the first other member
   * that has everything of a relationship whose licences it serves; null: it serves none of that one. Else
   * this server.
   */
  #otherServer({ relationship, replicas }: OwnRelationship, servesAny: boolean): string | null {
    const { ownId } = this.#options.candidates;
    if (!servesAny) return ownId;
    const served = replicas.filter((replica) => replica.isActive);
    if (served.length === 0) return null;
    const others = relationship.members.filter((id) => id !== ownId);
    const isReady = (id: string) =>
      served.every((replica) => replica.view().synchronised.includes(id));
    return others.find(isReady) ?? others[0] ?? ownId;
  }

  /** Every ledger goes back to its primary. */
  async failback(reference?: string): Promise<AdminAnswer<SwitchoverResult>> {
    const meant = this.#meant(reference);
    if (!meant.ok) return meant;
    const kept = meant.value.flatMap(({ replicas }) => replicas);
    const away = kept.filter((replica) => {
      const { active, config } = replica.view();
      return active !== primaryOf(replica) || config.placed !== null;
    });
    return this.#moveAll(away, primaryOf);
  }

  /**
   * Ends a switchover or failback that has not reached its last ledger: what moved stays where it is,
   * and no more is moved. False: none is under way.
   */
  cancel(): boolean {
    for (const run of this.#runs) run.cancelled = true;
    return this.#runs.size > 0;
  }

  /** One ledger, with what is to be said of it. */
  async move(
    replica: HostedReplica,
    to: string,
    occasion?: 'drill',
  ): Promise<AdminAnswer<MadeMove>> {
    const { candidates, clock, orders } = this.#options;
    const from = replica.view().active ?? primaryOf(replica);
    const at = formatInstant(clock().wallMs);
    const answer = await orders.move(replica, to, occasion);
    if (!answer.ok) return answer;
    const counts = countMoved(replica, from, to);
    return {
      ok: true,
      value: {
        ledger: replica.id,
        at,
        tookMs: Math.round(answer.value.tookMs * 10) / 10,
        from: { id: from, name: candidates.nameOf(from) },
        to: { id: to, name: candidates.nameOf(to) },
        ...counts,
      },
    };
  }

  /** Of the loss of these servers, all at once. */
  preview([first, ...also]: readonly [string, ...string[]]): AdminAnswer<Preview> {
    const { replicas, candidates } = this.#options;
    const stop = candidates.find(first);
    if (!stop.ok) return stop;
    const lost: [string, ...string[]] = [stop.value.id];
    for (const reference of also) {
      const found = candidates.find(reference);
      if (!found.ok) return found;
      if (!lost.includes(found.value.id)) lost.push(found.value.id);
    }
    const kept = replicas.all().filter(({ ledger }) => ledger.licenses.size > 0);
    return { ok: true, value: derivePreview(lost, kept, candidates) };
  }

  async #moveAll(
    replicas: readonly HostedReplica[],
    targetOf: (replica: HostedReplica) => string,
  ): Promise<AdminAnswer<SwitchoverResult>> {
    const moves: MadeMove[] = [];
    const run = { cancelled: false };
    this.#runs.add(run);
    try {
      for (const replica of replicas) {
        // A takeover that is under way is waited for: until it is over, nothing has begun.
        await this.#options.orders.settled([replica]);
        if (run.cancelled) return this.#refuseCancelled(moves);
        const answer = await this.move(replica, targetOf(replica));
        if (!answer.ok) return answer;
        moves.push(answer.value);
      }
    } finally {
      this.#runs.delete(run);
    }
    return { ok: true, value: { moves } };
  }

  #refuseCancelled(moves: readonly MadeMove[]): AdminAnswer<never> {
    const done = moves.map(
      ({ to, from }) => `${to.name} serves for ${from.name} already and goes on until it is moved.`,
    );
    return refuse(
      'CANCELLED',
      ['Cancelled.', ...(done.length > 0 ? done : ['Nothing was moved.'])].join(' '),
    );
  }
}

/** What one member served and the other goes on with, and what only the other may serve. */
function countMoved(
  replica: HostedReplica,
  from: string,
  to: string,
): Pick<MadeMove, 'licenses' | 'leases' | 'units' | 'resumed'> {
  const { config } = replica.view();
  const { licenses, unitCountByLicense } = replica.ledger;
  const counts = { licenses: 0, leases: 0, units: 0, resumed: 0 };
  for (const license of licenses.values()) {
    if (!deriveCoverage(config, license, to).covered) continue;
    if (!deriveCoverage(config, license, from).covered) {
      counts.resumed++;
      continue;
    }
    const out = unitCountByLicense.get(license.id);
    counts.licenses++;
    counts.leases += out?.leases ?? 0;
    counts.units += out?.units ?? 0;
  }
  return counts;
}
