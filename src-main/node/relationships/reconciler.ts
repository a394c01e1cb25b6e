import { type AdminAnswer, refuse } from '../../../src-shared/contract/admin.ts';
import type { PeerArguments } from '../../../src-shared/contract/peers.ts';
import {
  type LedgerConfig,
  type Membership,
  participants,
  primaryOf,
} from '../../../src-shared/model/ledger-config.ts';
import { isWitness } from '../core/replica/replica-state.ts';
import { StoreUnavailable } from '../store/store.ts';
import type { CommitQueue } from '../store/commit-queue.ts';
import type { HostedReplica } from '../replicas/hosted-replica.ts';
import { othersOf } from '../replicas/membership.ts';
import type { Replicas } from '../replicas/replicas.ts';
import type { PeerCalls, PeerHandlers } from '../peers/peer-calls.ts';
import type { Log } from '../base/log.ts';
import type { Consents } from '../peers/pairing/consents.ts';
import type { AwaitedConsents } from './awaited-consents.ts';
import { refuseWithoutConsent } from './without-consent.ts';
import { type Candidates, refuseUnwritable } from './candidates.ts';
import { type ConfigChange, configure } from '../orders/config-orders.ts';
import {
  countingNoLonger,
  firstAway,
  firstInSync,
  goalOf,
  mayBeDismissed,
  type MembershipStep,
  nextMembership,
} from './membership-steps.ts';
import { describeBadMembership } from '../core/ledger/config-change.ts';

export interface ReconcilerOptions {
  replicas: Replicas;
  calls: PeerCalls;
  candidates: Candidates;
  consents: Pick<Consents, 'allows' | 'ask'>;
  awaited: AwaitedConsents;
  commits: Pick<CommitQueue, 'settled' | 'failure'>;
  log: Pick<Log, 'warn'>;
}

/** How often it is looked whether a ledger is on its way somewhere. */
const lookEveryMs = 250;

/**
 * Brings the membership of each ledger that this server serves to its goal, one change at a time.
 * The goal is part of the ledger, so that whoever serves it goes on where the one before stopped.
 */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #busy = new Set<string>();
  /** By ledger, the sentence that the log has about why it cannot go on. */
  readonly #told = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
  }

  handlers(): PeerHandlers<'ledger.join' | 'ledger.leave'> {
    return {
      'ledger.join': (from, args) => this.#join(from, args),
      'ledger.leave': async (from, { ledger, configVersion }) =>
        this.#leave(from, ledger, configVersion),
    };
  }

  start(): void {
    this.#timer = setInterval(() => this.#look(), lookEveryMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /**
   * A member that lost its disk, or never got the ledger, is given everything again. Under `majority` it has
   * forgotten what it promised, so that it is a learner first, and a witness is let go and taken in anew.
   */
  async inviteAgain(replica: HostedReplica, id: string): Promise<void> {
    const { candidates, calls } = this.#options;
    const { config } = replica.view();
    if (!replica.isActive || this.#busy.has(replica.id)) return;
    if (!othersOf(config, candidates.ownId).includes(id)) return;
    this.#busy.add(replica.id);
    try {
      const change = countingNoLonger(config, id);
      if (change && !(await this.#tellLoss(replica, id, change))) return;
      if (id === config.membership.witness) return;
      const args = { ledger: replica.id, config: replica.view().config };
      const answer = await calls.call(id, 'ledger.join', args);
      if (answer.ok && config.membership.rule === 'continuity')
        await this.#tellLoss(replica, id, {});
    } finally {
      this.#busy.delete(replica.id);
    }
  }

  async #tellLoss(replica: HostedReplica, id: string, change: ConfigChange): Promise<boolean> {
    const name = this.#options.candidates.nameOf(id);
    const message = `${name} has lost what it had, and is given everything again.`;
    const answer = await configure(replica, change, 'relationshipChanged', message);
    if (!answer.ok) this.#tellOnce(replica.id, answer.message);
    return answer.ok;
  }

  #look(): void {
    for (const replica of this.#options.replicas.all()) {
      const { config, serving } = replica.view();
      // A failover server only keeps the place: it must not let go of the primary, nor of itself.
      const isPrimary = primaryOf(config.membership) === this.#options.candidates.ownId;
      if (!serving || !isPrimary || this.#busy.has(replica.id)) continue;
      const step = nextMembership(config.membership, goalOf(config));
      const dissolved = step === null && config.relationship?.goal === null;
      if (step === null && !dissolved) continue;
      this.#busy.add(replica.id);
      void this.#take(replica, step)
        .catch((error: unknown) => {
          this.#options.log.warn('A step of a relationship failed', error);
        })
        .finally(() => this.#busy.delete(replica.id));
    }
  }

  async #take(replica: HostedReplica, step: MembershipStep | null): Promise<void> {
    const { candidates, calls, awaited } = this.#options;
    const { config } = replica.view();
    if (step === null) {
      const message = 'The relationship has ended.';
      await configure(replica, { relationship: null }, 'relationshipDissolved', message);
      return;
    }
    const wait = await this.#describeWait(replica, step);
    if (wait !== null) {
      this.#tellOnce(replica.id, wait);
      return;
    }
    const { membership, joins, leaves } = step;
    const next: LedgerConfig = { ...config, membership, version: config.version + 1 };
    if (joins !== null) {
      const args = { ledger: replica.id, config: next };
      const answer = await calls.call(joins, 'ledger.join', args);
      if (answer.ok) awaited.forget(joins);
      else {
        awaited.note(joins, answer);
        this.#tellOnce(
          replica.id,
          `${candidates.nameOf(joins)} cannot take part: ${answer.message}`,
        );
        return;
      }
    }
    const of = `the licences of ${candidates.nameOf(candidates.ownId)}`;
    const message =
      joins !== null
        ? `${candidates.nameOf(joins)} takes part in ${of}.`
        : leaves !== null
          ? `${candidates.nameOf(leaves)} no longer takes part in ${of}.`
          : `From now on ${rulesInWords[membership.rule]} may serve ${of}.`;
    const done = await configure(replica, { membership }, 'relationshipChanged', message);
    if (!done.ok) {
      this.#tellOnce(replica.id, done.message);
      return;
    }
    this.#told.delete(replica.id);
    if (leaves !== null) {
      const args = { ledger: replica.id, configVersion: next.version };
      await calls.call(leaves, 'ledger.leave', args);
    }
  }

  /** What another server has to do before a step can be taken; null: nothing. */
  async #describeWait(replica: HostedReplica, step: MembershipStep): Promise<string | null> {
    const { candidates, calls } = this.#options;
    const { config, synchronised } = replica.view();
    const late = firstInSync(config, step);
    if (late !== null && !synchronised.includes(late)) {
      return `The policy is changed when ${candidates.nameOf(late)} is synchronised.`;
    }
    const args = { ledger: replica.id, configVersion: config.version };
    for (const id of firstAway(config, step)) {
      const answer = await calls.call(id, 'ledger.leave', args);
      if (answer.ok) continue;
      const why = `${candidates.nameOf(id)} has to hear first that it gives these licences up for that`;
      return `The policy is not changed yet: ${why}. ${answer.message}`;
    }
    return null;
  }

  #tellOnce(ledger: string, message: string): void {
    if (this.#told.get(ledger) === message) return;
    this.#told.set(ledger, message);
    this.#options.log.warn(message);
  }

  /** This server is told that it takes part no longer; nobody takes its own licences from it. */
  #leave(from: string, id: string, configVersion: number): AdminAnswer<Record<string, never>> {
    const { replicas, candidates } = this.#options;
    const replica = replicas.get(id);
    if (!replica) return { ok: true, value: {} };
    const self = { id: candidates.ownId, isActive: replica.isActive };
    if (!mayBeDismissed(replica.view().config, { from, configVersion }, self)) {
      return refuse('BAD_REQUEST', describeMustStay(candidates.nameOf(from)));
    }
    replicas.drop(id);
    return { ok: true, value: {} };
  }

  /** This server is asked to take part in the ledger of a paired one. */
  async #join(
    from: string,
    { ledger: id, config }: PeerArguments<'ledger.join'>,
  ): Promise<AdminAnswer<Record<string, never>>> {
    const { replicas, candidates, commits, consents, awaited } = this.#options;
    const refusal = this.#refuseJoin(from, id, config);
    if (refusal) return refusal;
    const { relationship, membership } = config;
    if (replicas.get(id) || !relationship) return { ok: true, value: {} };
    const wish = { relationship, membership, protects: false };
    const unasked = await refuseWithoutConsent({ candidates, consents }, from, wish);
    if (unasked) return unasked;
    awaited.forget(from);
    // The new one is on the disk before the old one goes.
    const isTakenBack = primaryOf(config.membership) === candidates.ownId;
    const former = isTakenBack ? replicas.own() : undefined;
    replicas.create(id, config);
    try {
      await commits.settled();
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      replicas.drop(id);
      return refuseUnwritable(candidates.nameOf(candidates.ownId), error.message);
    }
    if (former) replicas.drop(former.id);
    return { ok: true, value: {} };
  }

  #refuseJoin(from: string, id: string, config: LedgerConfig): AdminAnswer<never> | undefined {
    const { replicas, candidates, commits } = this.#options;
    const { membership, relationship } = config;
    const all = participants(membership);
    const name = candidates.nameOf(candidates.ownId);
    if (!all.includes(candidates.ownId) || !membership.members.includes(from) || !relationship) {
      return refuse(
        'BAD_REQUEST',
        `${candidates.nameOf(from)} or ${name} takes no part in this ledger.`,
      );
    }
    const bad = describeBadMembership(membership);
    if (bad !== null) return refuse('BAD_REQUEST', bad);
    if (replicas.get(id)) return undefined;
    if (commits.failure !== undefined) return refuseUnwritable(name, commits.failure);
    const other = replicas.all().find((replica) => {
      const known = replica.view().config.relationship;
      return known !== null && known.id !== relationship.id && !isWitness(replica.state);
    });
    if (other && membership.witness !== candidates.ownId) {
      return refuse(
        'RELATIONSHIP_EXISTS',
        `${name} is in another relationship already. Dissolve that one first.`,
      );
    }
    const primary = primaryOf(membership);
    if (primary === candidates.ownId)
      return this.#refuseToTakeBack() ?? candidates.refuseUnpaired(all);
    if (replicas.all().some((replica) => primaryOf(replica) === primary)) {
      return refuse(
        'RELATIONSHIP_EXISTS',
        `${name} keeps another ledger of ${candidates.nameOf(from)} already.`,
      );
    }
    return candidates.refuseUnpaired(all);
  }

  /** A server whose disk was replaced gets its ledger back in the place of the empty new one. */
  #refuseToTakeBack(): AdminAnswer<never> | undefined {
    const own = this.#options.replicas.own();
    const { licenses, leases } = own.ledger;
    const isEmpty = licenses.size === 0 && leases.size === 0;
    if (isEmpty && own.view().config.relationship === null) return undefined;
    const { candidates } = this.#options;
    const message = `${candidates.nameOf(candidates.ownId)} has licences of its own already and cannot take these back.`;
    return refuse('RELATIONSHIP_EXISTS', message);
  }
}

const rulesInWords: Record<Membership['rule'], string> = {
  continuity: 'any server that is left',
  majority: 'only a server that more than half of the votes are with',
};

function describeMustStay(other: string): string {
  return (
    `${other} cannot have this server give these licences up: they are its own, it serves them now, ` +
    `or ${other} does not keep them.`
  );
}
