import type { AdminAnswer, AdminErrorCode } from '../../../src-shared/contract/admin.ts';
import type { Preview, SwitchoverResult } from '../../../src-shared/model/relationship.ts';
import { formatInstant } from '../../../src-shared/model/scalars.ts';
import { deriveCoverage } from '../core/ledger/coverage.ts';
import type { Clock } from '../base/clock.ts';
import type { HostedLedger } from '../replicas/hosted-replica.ts';
import type { Ledgers } from '../replicas/replicas.ts';
import type { KnownServers } from './candidates.ts';
import type { LedgerOrders } from '../orders/config-orders.ts';
import { derivePreview } from './preview.ts';
import { findOwnRelationship, primaryOf } from './shared-ledgers.ts';

export interface PlannedChangesOptions {
  ledgers: Ledgers;
  servers: KnownServers;
  orders: LedgerOrders;
  clock: Clock;
}

export type Move = SwitchoverResult['moves'][number];

/** Planned changes of who serves, and what an unplanned one would do (product, points 12 and 15). */
export class PlannedChanges {
  readonly #options: PlannedChangesOptions;

  constructor(options: PlannedChangesOptions) {
    this.#options = options;
  }

  /** Without `to`: away from this server when it serves something, else to it. */
  async switchover(to: string | undefined): Promise<AdminAnswer<SwitchoverResult>> {
    const { ledgers, servers } = this.#options;
    const current = findOwnRelationship(ledgers, servers.ownId);
    if (!current) return noRelationship;
    const { members } = current.relationship;
    let target: string;
    if (to === undefined) {
      const serves = current.ledgers.some((ledger) => ledger.isActive);
      const other = members.find((id) => id !== servers.ownId) ?? servers.ownId;
      target = serves ? other : servers.ownId;
    } else {
      const found = servers.find(to);
      if (!found.ok) return found;
      target = found.value.id;
    }
    const concerned = current.ledgers.filter((ledger) => {
      return ledger.view().config.membership.members.includes(target);
    });
    if (concerned.length === 0) {
      const message = `${servers.nameOf(target)} keeps no licences of this relationship and cannot serve.`;
      return fail('BAD_REQUEST', message);
    }
    return this.#moveAll(
      concerned.filter((ledger) => ledger.view().active !== target),
      () => target,
    );
  }

  /** Every ledger goes back to its primary. */
  async failback(): Promise<AdminAnswer<SwitchoverResult>> {
    const { ledgers, servers } = this.#options;
    const current = findOwnRelationship(ledgers, servers.ownId);
    if (!current) return noRelationship;
    const away = current.ledgers.filter((ledger) => {
      const { active, config } = ledger.view();
      return active !== primaryOf(ledger) || config.placed !== null;
    });
    return this.#moveAll(away, primaryOf);
  }

  /** One ledger, with what is to be said of it. */
  async move(ledger: HostedLedger, to: string): Promise<AdminAnswer<Move>> {
    const { servers, clock, orders } = this.#options;
    const from = ledger.view().active ?? primaryOf(ledger);
    const at = formatInstant(clock().wallMs);
    const answer = await orders.move(ledger, to);
    if (!answer.ok) return answer;
    const { licenses, leases } = countServed(ledger, to);
    return {
      ok: true,
      value: {
        ledger: ledger.id,
        at,
        tookMs: Math.round(answer.value.tookMs * 10) / 10,
        from: { id: from, name: servers.nameOf(from) },
        to: { id: to, name: servers.nameOf(to) },
        licenses,
        leases,
      },
    };
  }

  preview(stop: string): AdminAnswer<Preview> {
    const { ledgers, servers } = this.#options;
    const found = servers.find(stop);
    if (!found.ok) return found;
    const kept = ledgers.all().filter(({ state }) => state.ledger.licenses.size > 0);
    return { ok: true, value: derivePreview(found.value.id, kept, servers) };
  }

  async #moveAll(
    ledgers: readonly HostedLedger[],
    targetOf: (ledger: HostedLedger) => string,
  ): Promise<AdminAnswer<SwitchoverResult>> {
    const moves: Move[] = [];
    for (const ledger of ledgers) {
      const answer = await this.move(ledger, targetOf(ledger));
      if (!answer.ok) return answer;
      moves.push(answer.value);
    }
    return { ok: true, value: { moves } };
  }
}

/** What a member may serve of a ledger. */
function countServed(ledger: HostedLedger, id: string): Pick<Move, 'licenses' | 'leases'> {
  const { config } = ledger.view();
  const { licenses, unitCountByLicense } = ledger.state.ledger;
  const counts = { licenses: 0, leases: 0 };
  for (const license of licenses.values()) {
    if (!deriveCoverage(config, license, id).covered) continue;
    counts.licenses++;
    counts.leases += unitCountByLicense.get(license.id)?.leases ?? 0;
  }
  return counts;
}

const noRelationship = fail(
  'NO_RELATIONSHIP',
  'This server is in no relationship. Create one first.',
);

function fail(code: AdminErrorCode, message: string): AdminAnswer<never> {
  return { ok: false, code, message };
}
