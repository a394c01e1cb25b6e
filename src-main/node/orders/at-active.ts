import { setTimeout as delay } from 'node:timers/promises';
import { type AdminAnswer, refuse } from '../../../src-shared/contract/admin-error.ts';
import type {
  PeerArguments,
  PeerMethod,
  PeerParams,
  PeerResult,
} from '../../../src-shared/contract/peers.ts';
import type { Actor } from '../../../src-shared/model/actor.ts';
import { type LedgerConfig, primaryOf } from '../../../src-shared/model/ledger-config.ts';
import { until } from '../base/until.ts';
import type { PeerCalls, PeerHandlers } from '../peers/peer-calls.ts';
import type { HostedReplica } from '../replicas/hosted-replica.ts';
import { isOtherMember } from '../replicas/membership.ts';
import type { Replicas } from '../replicas/replicas.ts';
import { lacksMajority, type ServingWatch } from '../replicas/serving-watch.ts';
import { refuseUnserved } from '../replicas/not-serving.ts';

/** Calls that order something of a ledger. */
export type OrderCall = Extract<PeerMethod, 'ledger.order' | 'ledger.configure' | 'ledger.move'>;

/** How the server that serves a ledger carries a call out. */
interface Carrier<M extends OrderCall> {
  /** Why another member may not order this; null: it may. */
  refuse?: (config: LedgerConfig, args: PeerArguments<M>, from: string) => string | null;
  carryOut: (
    replica: HostedReplica,
    args: PeerArguments<M>,
    actor: Actor,
  ) => Promise<AdminAnswer<PeerResult<M>>>;
}
export type Carriers = { [M in OrderCall]: Carrier<M> };

export interface AtActiveOptions {
  serverId: string;
  replicas: Replicas;
  calls: Pick<PeerCalls, 'call'>;
  watch: Pick<ServingWatch, 'isUnsettled'>;
  nameOf: (id: string) => string;
  /** Longest wait of an order for the end of a takeover, in ms. */
  takeoverMsMax?: number;
}

/** A server that falls silent in the middle of a handover is given up after `takeoverAfter`, 3 s. */
const takeoverMsMaxDefault = 5_000;

/** Time between two attempts, in ms. */
const againAfterMs = 100;

/**
 * Orders to a ledger, which the server that serves it carries out, wherever they are given: here, or
 * at another member over the link. While a takeover is under way they wait for its end.
 */
export class AtActive {
  readonly #options: AtActiveOptions;
  readonly #carriers: Carriers;

  constructor(options: AtActiveOptions, carriers: Carriers) {
    this.#options = options;
    this.#carriers = carriers;
  }

  handlers(): PeerHandlers<OrderCall> {
    return {
      'ledger.order': (from, ...given) => this.#carryOutFor(from, 'ledger.order', ...given),
      'ledger.configure': (from, ...given) => this.#carryOutFor(from, 'ledger.configure', ...given),
      'ledger.move': (from, ...given) => this.#carryOutFor(from, 'ledger.move', ...given),
    };
  }

  /** Has an order carried out; NOT_SERVING when no server is known to serve the ledger. */
  async order<M extends OrderCall>(
    replica: HostedReplica,
    method: M,
    args: PeerArguments<M> & PeerParams<M>,
    actor: Actor,
  ): Promise<AdminAnswer<PeerResult<M>>> {
    const { takeoverMsMax = takeoverMsMaxDefault } = this.#options;
    const endMs = performance.now() + takeoverMsMax;
    for (;;) {
      await this.settled(replica, endMs - performance.now());
      const answer = await this.#give(replica, method, args, actor);
      // The server that served a moment ago may have carried the order out before it stopped: only an
      // order that does no harm a second time is given again.
      const mayRepeat = method === 'ledger.configure';
      if (answer.ok || answer.code !== 'NOT_SERVING' || !mayRepeat) return answer;
      if (performance.now() + againAfterMs >= endMs || lacksMajority(replica)) return answer;
      await delay(againAfterMs);
    }
  }

  /** Waits until it is settled who serves a ledger; for the time of a takeover at most. */
  async settled(
    replica: HostedReplica,
    withinMs = this.#options.takeoverMsMax ?? takeoverMsMaxDefault,
  ): Promise<void> {
    await until(() => !this.#options.watch.isUnsettled(replica), withinMs);
  }

  async #give<M extends OrderCall>(
    replica: HostedReplica,
    method: M,
    args: PeerArguments<M> & PeerParams<M>,
    actor: Actor,
  ): Promise<AdminAnswer<PeerResult<M>>> {
    if (replica.isActive) return this.#carriers[method].carryOut(replica, args, actor);
    const { serverId, nameOf, calls } = this.#options;
    const { active, config } = replica.view();
    if (active !== null && active !== serverId) return calls.call(active, method, args, actor);
    return refuseUnserved(`the licences of ${nameOf(primaryOf(config.membership))}`);
  }

  async #carryOutFor<M extends OrderCall>(
    from: string,
    method: M,
    args: PeerArguments<M>,
    actor: Actor,
  ): Promise<AdminAnswer<PeerResult<M>>> {
    const { replicas, serverId, nameOf } = this.#options;
    const replica = replicas.get(args.ledger);
    const config = replica?.view().config;
    if (!replica || !config || !isOtherMember(config, from, serverId)) {
      return refuse('BAD_REQUEST', `${nameOf(from)} takes no part in the ledger of the order.`);
    }
    const carrier = this.#carriers[method];
    const why = carrier.refuse?.(config, args, from) ?? null;
    return why === null ? carrier.carryOut(replica, args, actor) : refuse('BAD_REQUEST', why);
  }
}
