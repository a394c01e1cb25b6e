import type { AdminAnswer } from '../../../src-shared/contract/admin-error.ts';
import type { AdminArguments } from '../../../src-shared/contract/admin.ts';
import type {
  LedgerOrder,
  OrderMethod,
  OrderResult,
  OrderType,
  OrderTypeOf,
} from '../../../src-shared/contract/ledger-order.ts';
import type { OrderedChangeKind, OrderedConfig } from '../../../src-shared/contract/peers.ts';
import type { Actor } from '../../../src-shared/model/actor.ts';
import type { Clock } from '../base/clock.ts';
import type { TimelineNote } from '../base/timeline-note.ts';
import { until } from '../base/until.ts';
import type { LicenseDoor } from '../licensing/license-door.ts';
import type { PeerHandlers } from '../peers/peer-calls.ts';
import { refuseOrder, refuseRelationship } from './relationship-rules.ts';
import type { HostedReplica } from '../replicas/hosted-replica.ts';
import { carryOut, makers } from './admin-orders.ts';
import type { BorrowRequests } from './borrow-orders.ts';
import { AtActive, type AtActiveOptions, type OrderCall } from './at-active.ts';
import { configure, move, moveMsMax } from './config-orders.ts';
import { mateOf } from './ledger-for.ts';

export interface OrdersOptions extends AtActiveOptions {
  clock: Clock;
  door: LicenseDoor;
  requests: BorrowRequests;
  /** Puts an entry on the timeline of this server. */
  note: (note: TimelineNote) => void;
  /** Who orders things here. */
  admin: Actor;
}

type OrderHandlers = {
  [M in OrderMethod]: (
    args: AdminArguments<M>,
  ) => Promise<AdminAnswer<OrderResult<OrderTypeOf<M>>>>;
};

/** What an admin orders of a ledger; the server that serves it carries it out (`AtActive`). */
export class Orders {
  readonly #options: OrdersOptions;
  readonly #atActive: AtActive;

  constructor(options: OrdersOptions) {
    this.#options = options;
    const { note, door, requests } = options;
    this.#atActive = new AtActive(options, {
      'ledger.order': {
        refuse: ({ membership }, { order }, from) => refuseOrder(membership, order.type, from),
        carryOut: (replica, { order }, actor) => {
          const mate = mateOf(replica, options.replicas);
          return carryOut(order, { replica, mate, note, door, requests, actor });
        },
      },
      'ledger.configure': {
        refuse: (config, { change: { relationship } }, from) =>
          relationship ? refuseRelationship(config, relationship, from) : null,
        carryOut: (replica, { change, kind, message }, actor) =>
          configure(replica, change, kind, message, actor),
      },
      'ledger.move': {
        carryOut: (replica, { to, occasion }, actor) =>
          move(options, replica, { to, isDrill: occasion === 'drill', actor }),
      },
    });
  }

  /** Answers what other members order of ledgers that this server serves. */
  handlers(): PeerHandlers<OrderCall> {
    return this.#atActive.handlers();
  }

  /** A handler for each method of the admin interface that is an order to a ledger. */
  adminHandlers(): OrderHandlers {
    const handlers = Object.keys(makers).map((name) => {
      const method = name as OrderMethod;
      const handle = (args: AdminArguments<OrderMethod>) => this.#give(method, args);
      return [method, handle] as const;
    });
    return Object.fromEntries(handlers) as unknown as OrderHandlers;
  }

  /** Imports a licence file that no admin has given. */
  importFile(
    file: AdminArguments<'license.import'>,
    actor: Actor,
  ): Promise<AdminAnswer<OrderResult<'import'>>> {
    const answer = this.#give('license.import', file, actor);
    return answer as Promise<AdminAnswer<OrderResult<'import'>>>;
  }

  /** Gives an order to a ledger. */
  order<T extends OrderType>(
    replica: HostedReplica,
    order: LedgerOrder<T>,
    actor: Actor = this.#options.admin,
  ): Promise<AdminAnswer<OrderResult<T>>> {
    const args = { ledger: replica.id, order: order as LedgerOrder };
    const answer = this.#atActive.order(replica, 'ledger.order', args, actor);
    return answer as Promise<AdminAnswer<OrderResult<T>>>;
  }

  /** Changes the configuration of a ledger. The message goes on the timeline. */
  configure(
    replica: HostedReplica,
    change: OrderedConfig,
    kind: OrderedChangeKind,
    message: string,
    actor: Actor = this.#options.admin,
  ): Promise<AdminAnswer<Record<string, never>>> {
    const args = { ledger: replica.id, change, kind, message };
    return this.#atActive.order(replica, 'ledger.configure', args, actor);
  }

  /** Waits until it is settled who serves each of these ledgers, while a takeover may be under way. */
  async settled(replicas: readonly HostedReplica[]): Promise<void> {
    await Promise.all(replicas.map((replica) => this.#atActive.settled(replica)));
  }

  /** Gives a ledger to a synchronised member and waits until that serves. */
  async move(
    replica: HostedReplica,
    to: string,
    occasion?: 'drill',
  ): Promise<AdminAnswer<{ tookMs: number }>> {
    const isHere = replica.isActive;
    const args = {
      ledger: replica.id,
      to,
      ...(occasion && { occasion }),
    };
    const { admin } = this.#options;
    const answer = await this.#atActive.order(replica, 'ledger.move', args, admin);
    if (answer.ok && !isHere) await until(() => replica.view().active === to, moveMsMax);
    return answer;
  }

  async #give<M extends OrderMethod>(
    method: M,
    args: AdminArguments<M>,
    actor: Actor = this.#options.admin,
  ): Promise<AdminAnswer<unknown>> {
    const { replicas } = this.#options;
    const made = makers[method](args, replicas);
    if ('ok' in made) return made;
    const { replica, order } = made;
    const mate = mateOf(replica, replicas);
    if (mate) return this.#giveToPool([replica, mate], order, actor);
    return this.order(replica, order, actor);
  }

  /** What concerns both ledgers of a pool goes to both; a file that one of them refuses to neither. */
  async #giveToPool(
    pool: readonly [HostedReplica, HostedReplica],
    order: LedgerOrder,
    actor: Actor,
  ): Promise<AdminAnswer<unknown>> {
    const [first, mate] = pool;
    if (order.type === 'trust' || order.type === 'forget') {
      const there = await this.order(mate, order, actor);
      // A ledger that does not have the vendor has nothing to forget.
      const isDone = there.ok || (order.type === 'forget' && there.code === 'NO_SUCH_VENDOR');
      return isDone ? this.order(first, order, actor) : there;
    }
    if (order.type !== 'import') return this.order(first, order, actor);
    const tried = await this.#import(pool, { ...order, dryRun: true }, actor);
    if (!tried.ok || order.dryRun) return tried;
    return this.#import(pool, order, actor);
  }

  async #import(
    pool: readonly [HostedReplica, HostedReplica],
    order: LedgerOrder<'import'>,
    actor: Actor,
  ): Promise<AdminAnswer<OrderResult<'import'>>> {
    const changes: OrderResult<'import'>['changes'] = [];
    for (const replica of pool) {
      const answer = await this.order<'import'>(replica, order, actor);
      if (!answer.ok) return answer;
      changes.push(...answer.value.changes);
    }
    return { ok: true, value: { changes } };
  }
}
