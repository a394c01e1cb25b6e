import { z } from 'zod';
import type { AdminAnswer } from '../../../../src-shared/contract/admin.ts';
import {
  type LedgerConfig,
  ledgerConfigSchema,
} from '../../../../src-shared/model/ledger-config.ts';
import { isWitness } from '../../core/replica/replica-state.ts';
import type { CommitQueue } from '../commit-queue.ts';
import type { HostedLedger } from '../ledgers/hosted-ledger.ts';
import { type Ledgers, othersOf } from '../ledgers/ledgers.ts';
import { type PeerCalls, peerMethod } from '../ledgers/peer-calls.ts';
import type { Log } from '../log.ts';
import type { KnownServers } from './known-servers.ts';
import type { LedgerOrders } from './ledger-orders.ts';
import { goalOf, type MembershipStep, nextMembership } from './membership-steps.ts';

export interface ReconcilerOptions {
  ledgers: Ledgers;
  calls: PeerCalls;
  servers: KnownServers;
  orders: LedgerOrders;
  commits: Pick<CommitQueue, 'settled'>;
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
        const hosted = options.ledgers.get(ledger);
        const { config } = hosted?.view() ?? {};
        const mayLeave =
          config !== undefined &&
          othersOf(config, options.servers.ownId).includes(from) &&
          configVersion > config.version;
        if (mayLeave) options.ledgers.drop(ledger);
        return { ok: true, value: {} };
      }),
    });
  }

  start(): void {
    this.#timer = setInterval(() => this.#look(), lookEveryMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** A member has lost its disk, or never got the ledger: it is asked to keep it again. */
  async inviteAgain(ledger: HostedLedger, id: string): Promise<void> {
    const { config } = ledger.view();
    if (!ledger.isActive || this.#busy.has(ledger.id)) return;
    if (!othersOf(config, this.#options.servers.ownId).includes(id)) return;
    this.#busy.add(ledger.id);
    try {
      const args = { ledger: ledger.id, config };
      await this.#options.calls.call(id, 'ledger.join', args, emptyResult);
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

  /** This server is asked to take part in the ledger of a paired one. */
  async #join(
    from: string,
    { ledger: id, config }: z.infer<typeof joinParams>,
  ): Promise<AdminAnswer<unknown>> {
    const { ledgers, servers, commits } = this.#options;
    const { membership, relationship } = config;
    const takesPart =
      membership.members.includes(servers.ownId) || membership.witness === servers.ownId;
    if (!takesPart || !membership.members.includes(from) || relationship === null) {
      const message = 'That server takes no part in this ledger.';
      return { ok: false, code: 'BAD_REQUEST', message };
    }
    if (ledgers.get(id)) return { ok: true, value: {} };
    const other = ledgers.all().find((ledger) => {
      const known = ledger.view().config.relationship;
      return known !== null && known.id !== relationship.id && !isWitness(ledger.state);
    });
    if (other && membership.witness !== servers.ownId) {
      const message = 'It is in another relationship already.';
      return { ok: false, code: 'RELATIONSHIP_EXISTS', message };
    }
    if (membership.members[0] === servers.ownId && !this.#giveUpEmptyOwn()) {
      const message = 'It has licences of its own already and cannot take these back.';
      return { ok: false, code: 'RELATIONSHIP_EXISTS', message };
    }
    ledgers.create(id, config);
    await commits.settled();
    return { ok: true, value: {} };
  }

  /** A server whose disk was replaced gets its ledger back in the place of the empty new one. */
  #giveUpEmptyOwn(): boolean {
    const { ledgers } = this.#options;
    const own = ledgers.own();
    const { licenses, leases } = own.state.ledger;
    if (licenses.size > 0 || leases.size > 0) return false;
    ledgers.drop(own.id);
    return true;
  }
}
