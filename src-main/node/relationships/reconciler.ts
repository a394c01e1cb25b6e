import { z } from 'zod';
import type { AdminAnswer, AdminErrorCode } from '../../../src-shared/contract/admin.ts';
import { type LedgerConfig, ledgerConfigSchema } from '../../../src-shared/model/ledger-config.ts';
import { isWitness, participants } from '../core/replica/replica-state.ts';
import { StoreUnavailable } from '../store/store.ts';
import type { CommitQueue } from '../store/commit-queue.ts';
import type { HostedLedger } from '../replicas/hosted-replica.ts';
import { isOtherMember, type Ledgers, othersOf } from '../replicas/replicas.ts';
import { type PeerCalls, peerMethod } from '../peers/peer-calls.ts';
import type { Log } from '../base/log.ts';
import type { KnownServers } from './candidates.ts';
import type { LedgerOrders } from '../orders/config-orders.ts';
import { goalOf, type MembershipStep, nextMembership, withoutServer } from './membership-steps.ts';
import { describeBadMembership } from './relationship-rules.ts';
import { primaryOf } from './shared-ledgers.ts';

export interface ReconcilerOptions {
  ledgers: Ledgers;
  calls: PeerCalls;
  servers: KnownServers;
  orders: LedgerOrders;
  commits: Pick<CommitQueue, 'settled' | 'failure'>;
  log: Pick<Log, 'warn'>;
}

const joinParams = z.strictObject({
  ledger: z.string().min(1).max(64),
  config: ledgerConfigSchema,
});
const leaveParams = z.strictObject({ ledger: z.string().max(64), configVersion: z.int() });
const emptyResult = z.object({});

/** How often it is looked whether a ledger is on its way somewhere. */
const lookEveryMs = 250;

/**
 * Brings the membership of each ledger that this server serves to its goal, one change at a time. The
 * goal is part of the ledger, so that whoever serves it goes on where the one before stopped.
 */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #busy = new Set<string>();
  /** Who left, and the version of the configuration without it, until it was told. */
  readonly #told = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
    options.calls.register({
      'ledger.join': peerMethod(joinParams, (from, args) => this.#join(from, args)),
      'ledger.leave': peerMethod(leaveParams, async (from, { ledger, configVersion }) => {
        return this.#leave(from, ledger, configVersion);
      }),
    });
  }

  start(): void {
    this.#timer = setInterval(() => this.#look(), lookEveryMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /**
   * One that takes part has lost its disk, or never got the ledger. It has forgotten what it promised, so
   * that it does not count until it was let go and taken in again; the primary stays one meanwhile.
   */
  async inviteAgain(ledger: HostedLedger, id: string): Promise<void> {
    const { servers, calls, orders } = this.#options;
    const { config } = ledger.view();
    if (!ledger.isActive || this.#busy.has(ledger.id)) return;
    if (!othersOf(config, servers.ownId).includes(id)) return;
    this.#busy.add(ledger.id);
    try {
      if (id === primaryOf(ledger)) {
        await calls.call(id, 'ledger.join', { ledger: ledger.id, config }, emptyResult);
        return;
      }
      const membership = withoutServer(config.membership, id);
      const placed = config.placed === id ? null : config.placed;
      const message = `${servers.nameOf(id)} has lost what it had, and is given everything again.`;
      const answer = await orders.configure(
        ledger,
        { membership, placed },
        'relationshipChanged',
        message,
      );
      if (!answer.ok) this.#tellOnce(ledger.id, answer.message);
    } finally {
      this.#busy.delete(ledger.id);
    }
  }

  #look(): void {
    for (const ledger of this.#options.ledgers.all()) {
      const { config, serving } = ledger.view();
      // A failover server only keeps the place: it must not let go of the primary, nor of itself.
      const isPrimary = config.membership.members[0] === this.#options.servers.ownId;
      if (!serving || !isPrimary || this.#busy.has(ledger.id)) continue;
      const step = nextMembership(config.membership, goalOf(config));
      const dissolved = step === null && config.relationship?.goal === null;
      if (step === null && !dissolved) continue;
      this.#busy.add(ledger.id);
      void this.#take(ledger, step)
        .catch((error: unknown) => {
          this.#options.log.warn('A step of a relationship failed', error);
        })
        .finally(() => this.#busy.delete(ledger.id));
    }
  }

  async #take(ledger: HostedLedger, step: MembershipStep | null): Promise<void> {
    const { orders, servers, calls } = this.#options;
    const { config } = ledger.view();
    if (step === null) {
      const message = 'The relationship has ended.';
      await orders.configure(ledger, { relationship: null }, 'relationshipDissolved', message);
      return;
    }
    const { membership, joins, leaves } = step;
    const next: LedgerConfig = { ...config, membership, version: config.version + 1 };
    if (joins !== null) {
      const args = { ledger: ledger.id, config: next };
      const answer = await calls.call(joins, 'ledger.join', args, emptyResult);
      if (!answer.ok) {
        this.#tellOnce(ledger.id, `${servers.nameOf(joins)} cannot take part: ${answer.message}`);
        return;
      }
    }
    const of = `the licences of ${servers.nameOf(servers.ownId)}`;
    const message =
      joins !== null
        ? `${servers.nameOf(joins)} takes part in ${of}.`
        : leaves !== null
          ? `${servers.nameOf(leaves)} no longer takes part in ${of}.`
          : `The rule for ${of} is ${membership.rule} now.`;
    const done = await orders.configure(ledger, { membership }, 'relationshipChanged', message);
    if (!done.ok) {
      this.#tellOnce(ledger.id, done.message);
      return;
    }
    this.#told.delete(ledger.id);
    if (leaves !== null) {
      const args = { ledger: ledger.id, configVersion: next.version };
      await calls.call(leaves, 'ledger.leave', args, emptyResult);
    }
  }

  #tellOnce(ledger: string, message: string): void {
    if (this.#told.get(ledger) === message) return;
    this.#told.set(ledger, message);
    this.#options.log.warn(message);
  }

  /** This server is told that it takes part no longer; nobody takes its own licences from it. */
  #leave(from: string, id: string, configVersion: number): AdminAnswer<unknown> {
    const { ledgers, servers } = this.#options;
    const ledger = ledgers.get(id);
    if (!ledger) return { ok: true, value: {} };
    const { config } = ledger.view();
    const mayOrder = isOtherMember(config, from, servers.ownId) && configVersion > config.version;
    if (!mayOrder || ledger.isActive || primaryOf(ledger) === servers.ownId) {
      return refuse('BAD_REQUEST', 'That server cannot take this ledger from it.');
    }
    ledgers.drop(id);
    return { ok: true, value: {} };
  }

  /** This server is asked to take part in the ledger of a paired one. */
  async #join(
    from: string,
    { ledger: id, config }: z.infer<typeof joinParams>,
  ): Promise<AdminAnswer<unknown>> {
    const { ledgers, servers, commits } = this.#options;
    const refusal = this.#refuseJoin(from, id, config);
    if (refusal) return refusal;
    if (ledgers.get(id)) return { ok: true, value: {} };
    // The new one is on the disk before the old one goes.
    const [primary] = config.membership.members;
    const former = primary === servers.ownId ? ledgers.own() : undefined;
    ledgers.create(id, config);
    try {
      await commits.settled();
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      ledgers.drop(id);
      return refuse('STORE_UNAVAILABLE', `It cannot write to its disk: ${error.message}.`);
    }
    if (former) ledgers.drop(former.id);
    return { ok: true, value: {} };
  }

  #refuseJoin(from: string, id: string, config: LedgerConfig): AdminAnswer<never> | undefined {
    const { ledgers, servers, commits } = this.#options;
    const { membership, relationship } = config;
    const all = participants(membership);
    if (!all.includes(servers.ownId) || !membership.members.includes(from) || !relationship) {
      return refuse('BAD_REQUEST', 'That server takes no part in this ledger.');
    }
    const bad = describeBadMembership(membership);
    if (bad !== null) return refuse('BAD_REQUEST', bad);
    if (ledgers.get(id)) return undefined;
    if (commits.failure !== undefined) {
      return refuse('STORE_UNAVAILABLE', `It cannot write to its disk: ${commits.failure}.`);
    }
    const other = ledgers.all().find((ledger) => {
      const known = ledger.view().config.relationship;
      return known !== null && known.id !== relationship.id && !isWitness(ledger.state);
    });
    if (other && membership.witness !== servers.ownId) {
      return refuse('RELATIONSHIP_EXISTS', 'It is in another relationship already.');
    }
    const [primary] = membership.members;
    if (primary === servers.ownId) return this.#refuseToTakeBack() ?? servers.refuseUnpaired(all);
    if (ledgers.all().some((ledger) => primaryOf(ledger) === primary)) {
      return refuse('RELATIONSHIP_EXISTS', 'It keeps another ledger of that server already.');
    }
    return servers.refuseUnpaired(all);
  }

  /** A server whose disk was replaced gets its ledger back in the place of the empty new one. */
  #refuseToTakeBack(): AdminAnswer<never> | undefined {
    const own = this.#options.ledgers.own();
    const { licenses, leases } = own.state.ledger;
    const isEmpty = licenses.size === 0 && leases.size === 0;
    if (isEmpty && own.view().config.relationship === null) return undefined;
    const message = 'It has licences of its own already and cannot take these back.';
    return refuse('RELATIONSHIP_EXISTS', message);
  }
}

function refuse(code: AdminErrorCode, message: string): AdminAnswer<never> {
  return { ok: false, code, message };
}
