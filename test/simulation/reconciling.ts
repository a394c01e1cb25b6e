import { type LedgerConfig, participants } from '../../src-shared/model/ledger-config.ts';
import { describeBadMembership } from '../../src-main/node/core/ledger/config-change.ts';
import { waitsForRows } from '../../src-main/node/core/ledger/unite.ts';
import { deriveReplicaView } from '../../src-main/node/core/replica/replica-view.ts';
import type { ReplicaState } from '../../src-main/node/core/replica/replica-state.ts';
import { noTerm } from '../../src-main/node/core/replica/term.ts';
import { synchronisedMembers } from '../../src-main/node/core/replica/sync-set.ts';
import {
  countingNoLonger,
  findHeir,
  firstAway,
  firstInSync,
  goalForNow,
  mayBeDismissed,
  mayStep,
  type MembershipStep,
  nextMembership,
  nextStepOf,
} from '../../src-main/node/relationships/membership-steps.ts';
import { othersOf } from '../../src-main/node/replicas/membership.ts';
import { mayCall } from '../../src-main/node/replicas/message-guard.ts';
import type { Cluster } from './cluster.ts';
import type { Member } from './member.ts';

/** How often it is looked whether a ledger is on its way somewhere, as in `Reconciler`. */
const lookEveryMs = 250;

type Change = Partial<Pick<LedgerConfig, 'membership' | 'learners' | 'placed'>>;

/**
 * What `Reconciler` does, on simulated time: it waits for promises and timers of the real clock, so that
 * the order of its calls stands here once more. Every step and every answer to one is decided by the
 * functions that it has as well.
 */
export class Reconciling {
  readonly #cluster: Cluster;
  readonly #busy = new Set<ReplicaState>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  begin(): void {
    this.#cluster.agenda.after(lookEveryMs, () => {
      for (const member of this.#cluster.members.values()) this.#look(member);
      this.begin();
    });
  }

  /** A member says that it does not keep the ledger: it is given everything again. */
  inviteAgain(member: Member, id: string): void {
    const { state } = member;
    if (!state || !member.isActive || this.#busy.has(state)) return;
    const { config } = state.ledger;
    if (!othersOf(config, member.id).includes(id)) return;
    this.#busy.add(state);
    const free = () => void this.#busy.delete(state);
    const change = countingNoLonger(config, id);
    const invite = () => {
      if (id === config.membership.witness) return free();
      this.#join(member, id, state.ledger.config, (isIn) => {
        if (!isIn || config.membership.rule !== 'continuity') return free();
        this.#configure(member, {}, free);
      });
    };
    if (change) this.#configure(member, change, (isDone) => (isDone ? invite() : free()));
    else invite();
  }

  #look(member: Member): void {
    const { state } = member;
    if (!state || member.suspended || this.#busy.has(state)) return;
    const view = deriveReplicaView(state);
    const { config, serving } = view;
    if (!serving) return;
    const step = nextStepOf(view, state.ledger);
    if (step === null || this.#isBeyondLimits(member, config, step)) return;
    if (step.leaves === member.id || !mayStep(config, member.id)) {
      const to = findHeir(view, member.id);
      if (to !== null) member.step({ type: 'switchoverRequested', to });
      return;
    }
    this.#busy.add(state);
    this.#take(member, state, step, () => this.#busy.delete(state));
  }

  /**
   * What no admin may do (docs/protocol.md, known limits): two that each take the other out make two ledgers
   * of one; and where a voter has lost its disk, another one that is taken out can leave too few who remember.
   */
  #isBeyondLimits({ id }: Member, config: LedgerConfig, { leaves }: MembershipStep): boolean {
    if (leaves === null) return false;
    const { membership, learners = [] } = config;
    const counts = (other: Member) =>
      participants(membership).includes(other.id) && !learners.includes(other.id);
    return [...this.#cluster.members.values()].some((other) => {
      if (other.id === id) return false;
      const hasForgotten = !other.store || other.isIncomplete;
      return other.isActive || (membership.rule === 'majority' && hasForgotten && counts(other));
    });
  }

  #take(member: Member, state: ReplicaState, step: MembershipStep, done: () => void): void {
    const { config } = state.ledger;
    const late = firstInSync(config, step);
    if (late !== null && !synchronisedMembers(state).includes(late)) return done();
    const { membership, joins, leaves } = step;
    const next = { ...config, membership, version: config.version + 1 };
    const change = () => {
      if (member.state?.ledger.config.version !== config.version) return done();
      const placed = config.placed === leaves ? null : config.placed;
      this.#configure(member, { membership, placed }, (isDone) => {
        if (!isDone || leaves === null) return done();
        this.#dismiss(member, leaves, next.version, done);
      });
    };
    this.#sendAway(member, [...firstAway(config, step)], config.version, (areAway) => {
      if (!areAway) return done();
      if (joins === null) return change();
      this.#join(member, joins, next, (isIn, isLate) => {
        if (isIn) change();
        else if (isLate) this.#configure(member, {}, done);
        else done();
      });
    });
  }

  #sendAway(
    member: Member,
    ids: readonly string[],
    configVersion: number,
    done: (areAway: boolean) => void,
  ): void {
    const [id, ...rest] = ids;
    if (id === undefined) return done(true);
    this.#dismiss(member, id, configVersion, (isAway) => {
      if (isAway) this.#sendAway(member, rest, configVersion, done);
      else done(false);
    });
  }

  /** `isLate`: it was taken out by a later change than this one. */
  #join(
    member: Member,
    id: string,
    config: LedgerConfig,
    done: (isIn: boolean, isLate?: boolean) => void,
  ): void {
    const term = member.state?.term ?? noTerm;
    const ask = (other: Member) => {
      const { membership, version } = config;
      const { rule } = membership;
      const isFit = participants(membership).includes(other.id);
      if (!isFit || describeBadMembership(membership) !== null) return 'refused';
      if (other.store) {
        const call = { configVersion: version, term };
        if (other.state && mayCall(other.state, member.id, call)) {
          other.step({ type: 'called', ...call });
        }
        return 'in';
      }
      if (rule === 'majority' && version <= other.takenOutIn) return 'takenOutLater';
      other.invite(structuredClone(config), rule === 'majority' ? term : noTerm);
      return 'in';
    };
    this.#cluster.call(member, id, ask, (answer) =>
      done(answer === 'in', answer === 'takenOutLater'),
    );
  }

  #dismiss(member: Member, id: string, configVersion: number, done: (isOut: boolean) => void) {
    const ask = (other: Member) => {
      if (!other.state) return other.store === null;
      const { calledIn, ledger } = other.state;
      const hasNothing = waitsForRows(ledger);
      const self = { id: other.id, isActive: other.isActive, calledIn, hasNothing };
      const dismissal = { from: member.id, configVersion };
      if (!mayBeDismissed(other.state.ledger.config, dismissal, self)) return false;
      other.drop(configVersion);
      return true;
    };
    this.#cluster.call(member, id, ask, (answer) => done(answer === true));
  }

  /** Another one asks for the step after it at once, as one that served until now: it has to wait. */
  #hurry(member: Member, { ledger }: ReplicaState, config: LedgerConfig): void {
    const { random, options } = this.#cluster;
    const step = nextMembership(config.membership, goalForNow({ ...ledger, config }));
    if (options.wishes.length === 0 || !random.chance(0.5) || step === null) return;
    if (step.membership.rule !== config.membership.rule) return;
    if (this.#isBeyondLimits(member, config, step)) return;
    const { membership } = step;
    this.#cluster.order(member, { ...config, membership, version: config.version + 1 });
  }

  #configure(member: Member, change: Change, done: (isDone: boolean) => void): void {
    const { state } = member;
    if (!state) return done(false);
    const { config } = state.ledger;
    const next = { ...config, ...change, version: config.version + 1 };
    this.#cluster.order(member, next, (answer) => done(answer?.type === 'configChanged'));
    if (change.membership) this.#hurry(member, state, next);
  }
}
