import { deriveCoverage, isServedHere } from '../ledger/coverage.ts';
import { type Draft, recordEvent } from '../ledger/draft.ts';
import { primaryOf } from '../../../../src-shared/model/ledger-config.ts';
import { countOf, isOrAre } from '../../../../src-shared/view/count-of.ts';
import { hindranceWords } from '../../../../src-shared/view/describe-hindrance.ts';
import type { HandoverReason } from './message.ts';
import { membershipOf, nameOf, others, preferenceOf, type ReplicaState } from './replica-state.ts';
import { isDown } from './failure-detector.ts';
import { hindranceSaidBy } from './hindrance.ts';
import type { MemberId } from '../ledger/member-id.ts';

/** How this member came to serve. */
export interface Succession {
  /** Who served before, as far as this member knows; null: nobody or itself. */
  predecessor: MemberId | null;
  /** Null: nobody gave it the place. */
  reason: HandoverReason | null;
}

/** Puts a change of the active on the timeline, with what was kept. */
export function announce(
  draft: Draft,
  state: ReplicaState,
  { predecessor, reason }: Succession,
): void {
  const name = nameOf(state, state.self);
  if (predecessor === null) {
    // A server that stands alone says in its own journal that it started, which is the same.
    if (others(state).length > 0) recordEvent(draft, 'serverStarted', 'info', `${name} serves.`);
    return;
  }
  const before = nameOf(state, predecessor);
  const kept = describeKept(draft, predecessor);
  if (reason === 'switchover') {
    recordEvent(draft, 'switchedOver', 'info', `${before} gave over to ${name}: ${kept}`);
  } else if (preferenceOf(state)[0] === state.self) {
    const back =
      primaryOf(membershipOf(state)) === state.self
        ? `took its licences back from ${before}`
        : `serves in the place of ${before} again`;
    const message = `${name} ${back}: ${kept}`;
    recordEvent(draft, 'failoverEnded', 'info', message);
  } else if (reason === 'reclaim') {
    const message = `${name} took over from ${before}, since it is preferred: ${kept}`;
    recordEvent(draft, 'switchedOver', 'info', message);
  } else {
    const why = describeEnd(state, predecessor, reason);
    recordEvent(draft, 'failoverBegan', 'error', `${before} ${why}. ${name} is serving ${kept}`);
  }
}

function describeEnd(
  state: ReplicaState,
  predecessor: MemberId,
  reason: HandoverReason | null,
): string {
  if (reason === 'leave') return 'was stopped in an orderly way';
  if (reason === 'storeFailed') return 'cannot write to its disk';
  switch (state.peers.get(predecessor)?.down) {
    case 'goodbye':
      return 'was stopped in an orderly way';
    case 'gone':
      return 'has failed: its connection closed and it takes no new one';
    default:
      return describeSilence(state, predecessor);
  }
}

/** Nothing shows that it has ended. One that was heard lately does not serve all the same. */
function describeSilence(state: ReplicaState, predecessor: MemberId): string {
  const hindrance = hindranceSaidBy(state, predecessor);
  if (hindrance !== null) return hindranceWords[hindrance];
  const isHeard = state.peers.has(predecessor) && !isDown(state, predecessor);
  return isHeard ? 'is there and does not serve any longer' : 'stopped responding';
}

/** "12 licences, 87 seats kept. 1 more licence is served again." */
function describeKept({ state }: Draft, predecessor: MemberId): string {
  const resumed = new Set<string>();
  const count = { kept: 0, stopped: 0 };
  for (const license of state.licenses.values()) {
    if (!isServedHere(state, license.id)) count.stopped++;
    else if (deriveCoverage(state.config, license, predecessor).covered) count.kept++;
    else resumed.add(license.id);
  }
  let seats = 0;
  for (const [licenseId, { units }] of state.unitCountByLicense) {
    if (isServedHere(state, licenseId) && !resumed.has(licenseId)) seats += units;
  }
  const sentences = [`${countOf(count.kept, 'licence')}, ${countOf(seats, 'seat')} kept.`];
  if (resumed.size > 0) {
    sentences.push(
      `${countOf(resumed.size, 'more licence')} ${isOrAre(resumed.size)} served again.`,
    );
  }
  if (count.stopped > 0) {
    const wait = count.stopped === 1 ? 'waits' : 'wait';
    sentences.push(
      `${countOf(count.stopped, 'licence')} may run only on the primary and ${wait} for it.`,
    );
  }
  return sentences.join(' ');
}
