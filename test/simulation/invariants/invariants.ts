import type { ReplicaEvent } from '../../../src-main/node/core/replica/replica-event.ts';
import type { ReplicaState } from '../../../src-main/node/core/replica/replica-state.ts';
import type { Cluster } from '../cluster.ts';
import type { Member } from '../member.ts';
import { Connected } from './connected.ts';
import { Convergence } from './convergence.ts';
import { Ends } from './ends.ts';
import { Excuses } from './excuses.ts';
import { Licenses } from './licenses.ts';
import { Logs } from './logs.ts';
import { Overdrafts } from './overdrafts.ts';
import { serves } from './report.ts';
import { Seats } from './seats.ts';
import { Spells } from './spells.ts';
import { Tokens } from './tokens.ts';
import { checkUsage } from './usage.ts';

/** Longer than a client waits for an answer, in milliseconds. */
const answerMsMax = 2_000;

/**
 * The invariants of protocol section 9, by their numbers. After every step of a member: 1, 2, 3, 4
 * (at a takeover), 5 (an end that was told), 6, 8. With every answer to a client: 4, 5 and the rules
 * for licences that do not run elsewhere. 7 is what crashes and failing disks try all the time:
 * nothing of the others holds if an answer leaves too early. After the faults: 6 in full, 9 and 10.
 */
export class Invariants {
  readonly violations: string[] = [];
  readonly excuses = new Excuses();
  readonly spells: Spells;
  readonly seats: Seats;
  readonly licenses: Licenses;
  readonly convergence: Convergence;
  readonly ends: Ends;
  readonly tokens: Tokens;
  readonly #connected: Connected;
  readonly #logs: Logs;
  readonly #overdrafts: Overdrafts;
  #quietSinceMs = 0;
  readonly #reserving = new Set<ReplicaState>();
  readonly #unsure = new Set<ReplicaState>();
  readonly #failing = new Set<ReplicaState>();
  readonly #cluster: Cluster;

  constructor(cluster: Cluster) {
    const report = (what: string) => this.violated(what);
    this.#cluster = cluster;
    this.spells = new Spells(cluster, this.excuses, report);
    this.seats = new Seats(cluster, this.excuses, report);
    this.licenses = new Licenses(this.excuses, report);
    this.convergence = new Convergence(cluster, report);
    this.ends = new Ends(report);
    this.tokens = new Tokens(report);
    this.#connected = new Connected(cluster, report);
    this.#logs = new Logs(cluster, this.excuses, report);
    this.#overdrafts = new Overdrafts(cluster, report);
  }

  violated(what: string): void {
    this.#cluster.note(`VIOLATION ${what}`);
    if (this.violations.length < 20) this.violations.push(what);
  }

  check(member: Member, event: ReplicaEvent): void {
    const { state } = member;
    this.excuses.noteTime(this.#cluster.agenda.nowMs);
    if (!state) return;
    if (!this.excuses.excused) this.#quietSinceMs = this.#cluster.agenda.nowMs;
    else if (event.type === 'ticked') this.#endExcuses(member, state);
    this.#cover(state);
    this.tokens.check(member);
    this.#logs.checkDurable(member, state);
    this.spells.check(member, state);
    if (event.type === 'ticked') this.#connected.check(member);
    if (state.incomplete && serves(state)) {
      this.violated(`3b: ${member.id} serves, although some of what it had is missing`);
    }
    const speaks = serves(state) && !this.spells.isReplaced(state);
    if (speaks) this.seats.check(member, state, event);
    if (speaks) this.#overdrafts.check(state, event);
    this.licenses.check(member, state, event, speaks);
    if (event.type === 'ticked') this.#logs.checkCommitted(member, state);
  }

  /** When all were one for as long as an answer can be under way. */
  #endExcuses(member: Member, state: ReplicaState): void {
    if (state.role.type !== 'active') return;
    const { nowMs } = this.#cluster.agenda;
    if (!this.convergence.isQuiet(member)) this.#quietSinceMs = nowMs;
    if (nowMs - this.#quietSinceMs < answerMsMax) return;
    this.licenses.noteLost(state);
    this.excuses.end(this.seats.lostTo(state));
  }

  /** Each state of a member is counted once, when it begins. */
  #cover(state: ReplicaState): void {
    const { coverage } = this.#cluster;
    const held = state.ledger.reserved.size > 0;
    if (held && !this.#reserving.has(state)) coverage.reservation++;
    if (state.unsureSinceMs !== null && !this.#unsure.has(state)) coverage.suspension++;
    if (state.storeFailed && !this.#failing.has(state)) coverage['store failed']++;
    mark(this.#reserving, state, held);
    mark(this.#unsure, state, state.unsureSinceMs !== null);
    mark(this.#failing, state, state.storeFailed);
  }

  /** When the faults are over, and everybody has had the time to become one. */
  checkAfterFaults(): void {
    this.convergence.checkSame();
    const report = (what: string) => this.violated(what);
    checkUsage(this.#cluster, this.seats.told.keys(), this.excuses, report);
    this.seats.checkEndedForGood();
  }
}

function mark(set: Set<ReplicaState>, state: ReplicaState, isSo: boolean): void {
  if (isSo) set.add(state);
  else set.delete(state);
}
