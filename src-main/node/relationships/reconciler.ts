import {
  type AdminAnswer,
  type Refusal,
  refuse,
} from '../../../src-shared/contract/admin-error.ts';
import type { PeerArguments } from '../../../src-shared/contract/peers.ts';
import {
  type LedgerConfig,
  type LedgerRelationship,
  participants,
  primaryOf,
} from '../../../src-shared/model/ledger-config.ts';
import { noTerm } from '../core/replica/term.ts';
import { waitsForRows } from '../core/ledger/unite.ts';
import { StoreUnavailable } from '../store/store.ts';
import type { CommitQueue } from '../store/commit-queue.ts';
import type { HostedReplica } from '../replicas/hosted-replica.ts';
import { othersOf } from '../replicas/membership.ts';
import type { Replicas } from '../replicas/replicas.ts';
import type { PeerCalls, PeerHandlers } from '../peers/peer-calls.ts';
import type { Log } from '../base/log.ts';
import type { TimelineNote } from '../base/timeline-note.ts';
import { ForgottenRelationships } from './forgotten-relationships.ts';
import { isClaimedBy } from '../replicas/message-guard.ts';
import type { Consents } from '../peers/pairing/consents.ts';
import type { AwaitedConsents } from './awaited-consents.ts';
import { refuseWithoutConsent } from './without-consent.ts';
import { type Candidates, refuseUnwritable } from './candidates.ts';
import { type ConfigChange, configure } from '../orders/config-orders.ts';
import {
  countingNoLonger,
  findHeir,
  firstAway,
  firstInSync,
  goalOf,
  lastingOf,
  mayBeDismissed,
  mayStep,
  type MembershipStep,
  nextMembership,
  nextStepOf,
  waitsForSeats,
} from './membership-steps.ts';
import { primariesOfPlan } from './relationship-plan.ts';
import { refuseAnother, standingOf } from './several-relationships.ts';
import { describeLicenses, findOwnRelationships } from './shared-ledgers.ts';
import {
  describeKept,
  describeMustStay,
  describeOverdrawn,
  describeTakenOut,
} from './step-words.ts';
import { describeBadMembership } from '../core/ledger/config-change.ts';

export interface ReconcilerOptions {
  replicas: Replicas;
  calls: PeerCalls;
  candidates: Candidates;
  consents: Pick<Consents, 'allows' | 'ask'>;
  awaited: AwaitedConsents;
  commits: Pick<CommitQueue, 'settled' | 'failure'>;
  log: Pick<Log, 'warn'>;
  note: (note: TimelineNote) => void;
}

/** Wait before a server that refused is asked again, in milliseconds. */
const askAgainMs = 1_000;

/** How often it is looked whether a ledger is on its way somewhere. */
const lookEveryMs = 250;

/**
 * Brings the membership of each ledger that this server serves to its goal, one change at a time.
 * The goal is part of the ledger, so that whoever serves it goes on where the one before stopped.
 */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #busy = new Set<string>();
  /** When a server last refused to take part again, on the monotonic clock. */
  readonly #refusedMs = new Map<string, number>();
  readonly #forgotten: ForgottenRelationships;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
    this.#forgotten = new ForgottenRelationships(options);
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
    const { candidates, calls, awaited } = this.#options;
    const { config } = replica.view();
    if (!replica.isActive || this.#busy.has(replica.id) || this.#wasRefused(id)) return;
    if (!othersOf(config, candidates.ownId).includes(id)) return;
    this.#busy.add(replica.id);
    try {
      const change = countingNoLonger(config, id);
      if (change && !(await this.#tellLoss(replica, id, change))) return;
      if (id === config.membership.witness) return;
      const args = this.#callTo(id, replica, replica.view().config);
      const answer = await calls.call(id, 'ledger.join', args);
      if (!answer.ok) {
        this.#noteRefused(id, answer);
        return;
      }
      awaited.forget(id);
      if (config.membership.rule === 'continuity') await this.#tellLoss(replica, id, {});
    } finally {
      this.#busy.delete(replica.id);
    }
  }

  /** Asked again a moment later, and not with each of its messages. */
  #wasRefused(id: string): boolean {
    return performance.now() - (this.#refusedMs.get(id) ?? -Infinity) < askAgainMs;
  }

  #noteRefused(id: string, refusal: Refusal): void {
    const { awaited, note } = this.#options;
    this.#refusedMs.set(id, performance.now());
    if (refusal.code !== 'RELATIONSHIP_FORGOTTEN' && !awaited.isConsent(refusal)) {
      this.#tellOnce(id, refusal.message);
      return;
    }
    const message = awaited.noteReturn(id, refusal);
    if (message !== null) note({ kind: 'directoryPutBack', severity: 'warning', message });
  }

  async #tellLoss(replica: HostedReplica, id: string, change: ConfigChange): Promise<boolean> {
    const name = this.#options.candidates.nameOf(id);
    const message = `${name} has lost what it had, or a part of it, and is given everything again.`;
    const answer = await configure(replica, change, 'relationshipChanged', message);
    if (!answer.ok) this.#tellOnce(replica.id, answer.message);
    return answer.ok;
  }

  #look(): void {
    for (const replica of this.#options.replicas.all()) {
      const { config, serving } = replica.view();
      if (!serving || this.#busy.has(replica.id)) continue;
      const { ownId } = this.#options.candidates;
      const step = nextStepOf(replica.view(), replica.ledger);
      const isReached = nextMembership(config.membership, goalOf(config)) === null;
      const dissolved = isReached && config.relationship?.goal === null;
      if (step === null && !dissolved) {
        if (waitsForSeats(replica.ledger, goalOf(config))) {
          this.#tellOnce(replica.id, describeOverdrawn(config, this.#options.candidates));
        } else this.#options.awaited.forgetObstacle(replica.id);
        continue;
      }
      if (step?.leaves === ownId || !mayStep(config, ownId)) {
        this.#giveWay(replica);
        continue;
      }
      this.#busy.add(replica.id);
      void this.#take(replica, step)
        .catch((error: unknown) => {
          this.#options.log.warn('A step of a relationship failed', error);
        })
        .finally(() => this.#busy.delete(replica.id));
    }
  }

  /** Who is not to stay gives its place to one that is, so that this one can let it go. */
  #giveWay(replica: HostedReplica): void {
    const heir = findHeir(replica.view(), this.#options.candidates.ownId);
    if (heir !== null) replica.step({ type: 'switchoverRequested', to: heir });
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
      const args = this.#callTo(joins, replica, next);
      const answer = await calls.call(joins, 'ledger.join', args);
      if (answer.ok) awaited.forget(joins);
      else {
        if (answer.code === 'TAKEN_OUT_LATER') await this.#raiseVersion(replica, answer.message);
        awaited.note(joins, answer);
        this.#tellOnce(
          replica.id,
          `${candidates.nameOf(joins)} cannot take part: ${answer.message}`,
        );
        return;
      }
    }
    // The step was decided, and its newcomer called, for the change that follows this configuration.
    if (replica.view().config.version !== config.version) return;
    const of = describeLicenses(config, candidates);
    const message =
      joins !== null
        ? `${candidates.nameOf(joins)} takes part in ${of}.`
        : leaves !== null
          ? `${candidates.nameOf(leaves)} no longer takes part in ${of}.`
          : describeKept(config, membership, candidates);
    const placed = config.placed === leaves ? null : config.placed;
    const done = await configure(replica, { membership, placed }, 'relationshipChanged', message);
    if (!done.ok) {
      this.#tellOnce(replica.id, done.message);
      return;
    }
    awaited.forgetObstacle(replica.id);
    if (leaves !== null) {
      const args = { ledger: replica.id, configVersion: next.version };
      await calls.call(leaves, 'ledger.leave', args);
    }
  }

  /** What a server is told that is called to take part. */
  #callTo(id: string, replica: HostedReplica, config: LedgerConfig): PeerArguments<'ledger.join'> {
    const others = lastingOf(config).filter((one) => one !== id);
    const absent = this.#options.candidates.absentOf(others);
    const isByVotes = config.membership.rule === 'majority';
    return {
      ...{ ledger: replica.id, config },
      ...(absent.length > 0 && { absent }),
      ...(isByVotes && { term: replica.view().term.number }),
    };
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

  /**
   * A server that is to join was taken out by a later change than is known here. Who has the votes that a
   * change takes is right to go on, with numbers above that one; who has not cannot.
   */
  async #raiseVersion(replica: HostedReplica, message: string): Promise<void> {
    const raised = await configure(replica, {}, 'relationshipChanged', message);
    if (!raised.ok) this.#tellOnce(replica.id, raised.message);
  }

  #tellOnce(ledger: string, message: string): void {
    if (this.#options.awaited.noteObstacle(ledger, message)) this.#options.log.warn(message);
  }

  /** This server is told that it takes part no longer; nobody takes its own licences from it. */
  #leave(from: string, id: string, configVersion: number): AdminAnswer<Record<string, never>> {
    const { replicas, candidates } = this.#options;
    const replica = replicas.get(id);
    if (!replica) return { ok: true, value: {} };
    const { calledIn, ledger } = replica.state;
    const hasNothing = waitsForRows(ledger);
    const self = { id: candidates.ownId, isActive: replica.isActive, calledIn, hasNothing };
    if (!mayBeDismissed(replica.view().config, { from, configVersion }, self)) {
      return refuse('BAD_REQUEST', describeMustStay(candidates.nameOf(from)));
    }
    replicas.drop(id, configVersion);
    return { ok: true, value: {} };
  }

  /** This server is asked to take part in the ledger of a paired one. */
  async #join(
    from: string,
    { ledger: id, config, absent, term: number }: PeerArguments<'ledger.join'>,
  ): Promise<AdminAnswer<Record<string, never>>> {
    const { replicas, candidates, commits, consents, awaited } = this.#options;
    const refusal = this.#refuseJoin(from, id, config, absent);
    if (refusal) return refusal;
    const { relationship, membership } = config;
    if (!relationship) return { ok: true, value: {} };
    const term = number === undefined ? noTerm : { number, member: from };
    const known = replicas.get(id);
    if (known) {
      const isUnknown = isClaimedBy(known.state, from, config.version);
      if (isUnknown) return this.#forgotten.takePartAgain(known, from, config);
      known.noteCalled(from, config.version, term);
      return { ok: true, value: {} };
    }
    const wish = { relationship, membership, protects: false };
    const unasked = await refuseWithoutConsent({ candidates, consents }, from, wish);
    if (unasked) return unasked;
    awaited.forget(from);
    // The new one is on the disk before the old one goes.
    const isTakenBack = primaryOf(config.membership) === candidates.ownId;
    const former = isTakenBack ? replicas.own() : undefined;
    replicas.create(id, config, term);
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

  #refuseJoin(
    from: string,
    id: string,
    config: LedgerConfig,
    absent: readonly string[] = [],
  ): AdminAnswer<never> | undefined {
    const { replicas, candidates, commits } = this.#options;
    const { membership, relationship } = config;
    const all = participants(membership);
    const known = lastingOf(config).filter((one) => one === from || !absent.includes(one));
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
    const takenOutIn = replicas.takenOutIn(id) ?? -1;
    if (membership.rule === 'majority' && config.version <= takenOutIn) {
      return refuse('TAKEN_OUT_LATER', describeTakenOut(name, candidates.nameOf(from)));
    }
    if (commits.failure !== undefined) return refuseUnwritable(name, commits.failure);
    const primary = primaryOf(membership);
    const another =
      membership.witness === candidates.ownId ? null : this.#refuseAnother(relationship);
    if (another !== null) return refuse('RELATIONSHIP_EXISTS', another);
    if (primary === candidates.ownId)
      return this.#refuseToTakeBack() ?? candidates.refuseUnpaired(known);
    const isOfAnother = (replica: HostedReplica) =>
      primaryOf(replica) === primary && replica.view().config.relationship?.id !== relationship.id;
    if (replicas.all().some(isOfAnother)) {
      return refuse(
        'RELATIONSHIP_EXISTS',
        `${name} keeps another ledger of ${candidates.nameOf(from)} already.`,
      );
    }
    return candidates.refuseUnpaired(known);
  }

  /** What others know of the relationships of this server may be old. */
  #refuseAnother({ id, kind, mutual, members }: LedgerRelationship): string | null {
    const { replicas, candidates } = this.#options;
    const { ownId } = candidates;
    const standing = standingOf(findOwnRelationships(replicas, ownId), ownId).filter(
      (one) => one.id !== id,
    );
    const own = primariesOfPlan({ members, mutual }).includes(ownId);
    const nameOf = (server: string) => candidates.nameOf(server);
    return refuseAnother({ kind, members, own }, standing, ownId, nameOf);
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
