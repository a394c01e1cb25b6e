import { compareSpells } from '../rows/compare-rows.ts';
import { spellIdOf } from '../rows/row.ts';
import { configRowOf } from '../rows/row-set.ts';
import type { PeerMessage } from './message.ts';
import { noteLast } from './beyond.ts';
import { beginGathering, tickGathering } from './gather.ts';
import { describeSpan } from '../../../../src-shared/view/describe-span.ts';
import { noteVote, stand } from './election.ts';
import { hindranceOf } from './hindrance.ts';
import { hasRows } from '../ledger/unite.ts';
import { lastIndex } from './log.ts';
import {
  configOf,
  isVoter,
  isWitness,
  membershipOf,
  nameOf,
  others,
  preferenceOf,
  rankOf,
  type ReplicaState,
  ruleOf,
  settingsOf,
  keepsRows,
  voters,
} from './replica-state.ts';
import { majorityOf, otherVoters } from './quorum.ts';
import { isDown, knowsLiveActive } from './failure-detector.ts';
import { comparePositions, compareTerms, type Term } from './term.ts';
import type { MemberId } from '../ledger/member-id.ts';
import { noteOnce, ownLast, sendNow, type Turn, nextTerm } from './turn.ts';
import { isPartial } from './whole.ts';
import { joinNames } from '../../../../src-shared/view/join-names.ts';

/** Waits that a lower rank leaves to a better one, in heartbeats. */
const heartbeatsPerRank = 2;

/**
 * Whether this member could serve at all: one that has not had the whole ledger yet, or lost some of it,
 * would lose that for all, and one that cannot write could promise nothing.
 */
export function canLead(state: ReplicaState): boolean {
  if (rankOf(state, state.self) === Infinity || !isVoter(state, state.self)) return false;
  if (hindranceOf(state) !== null || state.leaving || state.removed) return false;
  return hasLedger(state) || voters(state).length === 1;
}

/** A server that is called gets the active's writes at once, before it has what was there. */
function hasLedger(state: ReplicaState): boolean {
  if (!keepsRows(state)) return lastIndex(state.log) > 0;
  return hasRows(state.ledger) && !isPartial(state);
}

type PreVote = Extract<PeerMessage, { type: 'preVote' }>;

/** The work of the clock at a member that does not serve. */
export function tickStandby(turn: Turn): void {
  const { state } = turn;
  showPresence(turn);
  if (state.role.type === 'gathering') {
    tickGathering(turn);
    return;
  }
  if (!canLead(state)) {
    if (!knowsLiveActive(state)) askForNews(turn);
    return;
  }
  if (knowsLiveActive(state)) {
    if (state.role.type === 'campaigning' && state.role.stage === 'preVote') {
      state.role = { type: 'standby' };
    }
    return;
  }
  const { role } = state;
  const everyMs = settingsOf(state).heartbeatMs;
  if (role.type === 'campaigning' && state.nowMs - role.sinceMs < everyMs) {
    judge(turn);
    return;
  }
  ask(turn);
}

/**
 * The active hears of a member by the answers to its heartbeats, and those that do not serve by this:
 * whoever judges that another one is down must have had something to hear.
 */
function showPresence(turn: Turn): void {
  const { state } = turn;
  if (state.nowMs - state.lastPresenceMs >= settingsOf(state).heartbeatMs) tellPresence(turn);
}

/** Says to everybody but the active that this member lives and does not serve. */
export function tellPresence(turn: Turn): void {
  const { state } = turn;
  state.lastPresenceMs = state.nowMs;
  for (const id of others(state)) {
    if (id !== state.active) tellPresenceTo(turn, id);
  }
}

/** Says to one that this member lives and does not serve. */
export function tellPresenceTo(turn: Turn, id: MemberId): void {
  const { durableTerm: term, boot } = turn.state;
  const why = hindranceOf(turn.state);
  sendNow(turn, id, { type: 'presence', term, boot, ...(why && { why }) });
}

/**
 * A member that cannot serve, and hears of nobody who does, may have been taken out without knowing:
 * whoever it asks for a term that is not new says so.
 */
function askForNews(turn: Turn): void {
  const { state } = turn;
  if (state.nowMs - state.lastHeartbeatMs < settingsOf(state).takeoverAfterMs) return;
  state.lastHeartbeatMs = state.nowMs;
  askOthers(turn, state.term);
}

function askOthers(turn: Turn, term: Term): void {
  const { state } = turn;
  const { version: configVersion } = configOf(state);
  const row = state.ledger.rows && configRowOf(state.ledger.rows);
  const asked = { type: 'preVote', term, configVersion, last: ownLast(state) } as const;
  for (const id of others(state)) sendNow(turn, id, row ? { ...asked, configBy: row.by } : asked);
}

/** Asks the others whether this member should serve. Nothing is promised yet. */
function ask(turn: Turn): void {
  const { state } = turn;
  const term = nextTerm(state);
  state.role = {
    type: 'campaigning',
    stage: 'preVote',
    term,
    granted: new Set(),
    sinceMs: state.nowMs,
    transfer: null,
  };
  askOthers(turn, term);
  noteSearch(turn);
  judge(turn);
}

/** Says in the own journal that the active is lost, and what a takeover waits for. */
function noteSearch(turn: Turn): void {
  const { state } = turn;
  const { active } = state;
  if (active !== null && active !== state.self) {
    const name = nameOf(state, active);
    noteOnce(turn, 'search', {
      kind: 'servingLost',
      severity: 'warning',
      message: state.apart.has(active)
        ? `${name} was serving and is not listened to: ${describeApart([active], state)}`
        : `${name} was serving and does not answer.`,
    });
  } else if (coldStartWaitsFor(state).length > 0) {
    const names = coldStartWaitsFor(state).map((id) => nameOf(state, id));
    const longest = describeSpan(settingsOf(state).coldStartWaitMs);
    noteOnce(turn, 'search', {
      kind: 'servingLost',
      severity: 'info',
      message:
        `This server waits up to ${longest} for ${joinNames(names)} before ` +
        `it serves alone, since another may have served last.`,
    });
  }
  noteMissingMajority(turn);
}

function noteMissingMajority(turn: Turn): void {
  const { state } = turn;
  const reached = otherVoters(state).filter((id) => !isDown(state, id)).length + 1;
  const leaderlessMs = state.nowMs - state.leaderlessSinceMs;
  if (ruleOf(state) !== 'majority' || reached >= majorityOf(state)) return;
  if (leaderlessMs < settingsOf(state).takeoverAfterMs) return;
  const apart = [...state.apart];
  noteOnce(turn, 'noMajority', {
    kind: 'servingLost',
    severity: 'error',
    message:
      `This server cannot take over: it reaches ${reached} of ${voters(state).length} servers, ` +
      `itself included, and ${majorityOf(state)} are needed.` +
      (apart.length > 0 ? ` Not counted: ${describeApart(apart, state)}` : ''),
  });
}

function describeApart(ids: readonly MemberId[], state: ReplicaState): string {
  const names = joinNames(ids.map((id) => nameOf(state, id)));
  const clocks =
    ids.length === 1 ? `the clock of ${names} differs` : `the clocks of ${names} differ`;
  return `${clocks} from this server's by more than an hour. Set the wrong one right.`;
}

/**
 * Whether another member may serve. Under `majority` the one that has more goes first, so that nothing is
 * lost, and of equals the one that is first in preference; under `continuity` they unite first, so that
 * preference alone counts. Two whose clocks are apart cannot unite: who waits for the other one, which may have
 * served last, lets that one go first.
 */
export function notePreVote(turn: Turn, from: MemberId, asked: PreVote): void {
  const { state } = turn;
  const { term } = asked;
  noteLast(state, from, asked.last);
  const isHindered = knowsLiveActive(state) || state.role.type === 'gathering';
  const granted = !isHindered && compareTerms(term, state.term) > 0 && mayLead(state, from, asked);
  state.turnedDown = isHindered ? { from, asked } : null;
  if (granted) state.highestNumber = Math.max(state.highestNumber, term.number);
  sendNow(turn, from, { type: 'preVoteAck', term: state.term, asked: term, granted });
}

/**
 * A member hears a moment later than another that the active is gone: who was turned down meanwhile
 * need not wait for the next time that it asks.
 */
export function reconsider(turn: Turn): void {
  const { state } = turn;
  const { turnedDown } = state;
  if (turnedDown === null || knowsLiveActive(state)) return;
  state.turnedDown = null;
  const { from, asked } = turnedDown;
  if (asked.type === 'vote') noteVote(turn, from, asked);
  else notePreVote(turn, from, asked);
}

/**
 * Whether the candidate comes before this member in preference. Of two configurations the newer one says
 * who is preferred: a candidate that has the newer one has looked there, and one that has not is refused.
 */
function isPreferred(state: ReplicaState, candidate: MemberId, asked: PreVote): boolean {
  const { version } = configOf(state);
  if (asked.configVersion !== version) return asked.configVersion > version;
  const by = state.ledger.rows && configRowOf(state.ledger.rows)?.by;
  if (by && asked.configBy !== undefined && asked.configBy !== by) {
    return compareSpells(asked.configBy, by) > 0;
  }
  return rankOf(state, candidate) < rankOf(state, state.self);
}

function mayLead(state: ReplicaState, candidate: MemberId, asked: PreVote): boolean {
  if (keepsRows(state)) {
    // Nobody who keeps rows votes for a log of an earlier rule: it would ask in ever later terms, in none of which
    // the one that serves could go on.
    if (asked.configBy === undefined && asked.configVersion < configOf(state).version) return false;
    // One that cannot serve itself stands in nobody's way, where every survivor may serve.
    if (!canLead(state) || isPreferred(state, candidate, asked)) return true;
    return state.apart.has(candidate) && coldStartWaitsFor(state).includes(candidate);
  }
  const { version } = configOf(state);
  // Whoever keeps rows by now asks for no vote: what is here, or missing here, is of an earlier rule.
  const isOfEarlierRule = asked.configBy !== undefined && asked.configVersion > version;
  if (isOfEarlierRule || state.incomplete) return asked.configBy !== undefined;
  const { last } = asked;
  const order = comparePositions(last, ownLast(state));
  if (order !== 0) return order > 0;
  return isWitness(state) || rankOf(state, candidate) < rankOf(state, state.self);
}

export function notePreVoteAck(
  turn: Turn,
  from: MemberId,
  { term, asked, granted }: { term: Term; asked: Term; granted: boolean },
): void {
  const { state } = turn;
  state.highestNumber = Math.max(state.highestNumber, term.number);
  const { role } = state;
  if (role.type !== 'campaigning' || compareTerms(role.term, asked) !== 0) return;
  if (role.stage !== 'preVote' || !granted || !isVoter(state, from)) return;
  // Whoever lets another one serve does not serve itself, though it was the last to be heard of.
  if (state.active === from) state.active = null;
  role.granted.add(from);
  judge(turn);
}

/** Lets this member take over, or stand for election, when enough say so. */
function judge(turn: Turn): void {
  const { state } = turn;
  if (state.role.type !== 'campaigning' || state.role.stage !== 'preVote') return;
  if (!coldStartIsOver(state)) return;
  const { granted } = state.role;
  if (ruleOf(state) === 'continuity') {
    const free = others(state).every((id) => isDown(state, id) || granted.has(id));
    // Above every term that was heard of while it asked: one of them may have been served in.
    if (free) beginGathering(turn, nextTerm(state));
    return;
  }
  if (granted.size + 1 < majorityOf(state)) return;
  const better = preferenceOf(state)
    .slice(0, rankOf(state, state.self))
    .filter((id) => isVoter(state, id));
  const waitMs = better.length * heartbeatsPerRank * settingsOf(state).heartbeatMs;
  const outOfTheWay = better.every((id) => isDown(state, id) || granted.has(id));
  if (outOfTheWay || state.nowMs - state.leaderlessSinceMs >= waitMs) stand(turn, null);
}

/** A member waits at a start for those that may have served after it (section 6). */
function coldStartIsOver(state: ReplicaState): boolean {
  return coldStartWaitsFor(state).length === 0;
}

/**
 * Members that may have been the last active, until one of them says that it was not, or this member is
 * in sync with it. After a spell of its own, only those that had all of it can have taken over since: they are on
 * the disk. One whose admin dissolved the relationship has nothing any more. One whose clock is apart may let this
 * member serve and have more all the same.
 */
function coldStartWaitsFor(state: ReplicaState): MemberId[] {
  if (ruleOf(state) === 'majority' || state.hasCaughtUp) return [];
  if (state.nowMs - state.startedMs >= settingsOf(state).coldStartWaitMs) return [];
  const wasActive = hasBegunItsTerm(state);
  return membershipOf(state).members.filter(
    (id) =>
      id !== state.self &&
      !state.peers.get(id)?.hasDissolved &&
      (state.apart.has(id) || !(state.role.type === 'campaigning' && state.role.granted.has(id))) &&
      (!wasActive || state.durableSyncSet.has(id)),
  );
}

/**
 * The sync set goes to the disk before the first write of a spell. With a term that was promised and not begun,
 * since the process ended or the takeover came to nothing, it is that of an earlier spell, or of none.
 */
function hasBegunItsTerm({ self, term, ledger }: ReplicaState): boolean {
  if (term.member !== self) return false;
  return ledger.rows?.spell.has(spellIdOf(term.number, term.boot ?? '')) === true;
}
