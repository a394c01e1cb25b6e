import { noStandbyCode, type Readiness } from '../../../src-shared/model/readiness.ts';
import type { MissingDataStatus } from '../../../src-shared/model/missing-data.ts';
import type { Reason } from '../../../src-shared/model/reason.ts';
import { coverageByAny } from '../core/ledger/coverage.ts';
import type { DamagedLicenses } from '../replicas/damaged-licenses.ts';
import type { HostedReplica } from '../replicas/hosted-replica.ts';
import {
  clockDifferenceMsMax,
  clockDifferenceToldMs,
} from '../../../src-shared/model/clock-difference.ts';
import { othersOf } from '../replicas/membership.ts';
import type { AwaitedConsents } from './awaited-consents.ts';
import type { Candidates } from './candidates.ts';
import { describeMostLost, describeShared } from './loss-of-several.ts';
import { goalForNow, nextMembership } from './membership-steps.ts';
import { describeLicenses, findUnprotected, type OwnRelationship } from './shared-ledgers.ts';
import {
  type LedgerConfig,
  participants,
  primaryOf,
} from '../../../src-shared/model/ledger-config.ts';
import { describeApart } from '../../../src-shared/view/describe-clocks-apart.ts';
import { describeSpan } from '../../../src-shared/view/describe-span.ts';
import { countWith } from '../../../src-shared/view/count-of.ts';
import { joinNames } from '../../../src-shared/view/join-names.ts';
import { numberInWords } from '../../../src-shared/view/relationship-words.ts';
import { describeReplacement, describeUnserved } from '../replicas/not-serving.ts';

export interface ReadinessSources {
  relationship: OwnRelationship;
  candidates: Candidates;
  awaited: Pick<AwaitedConsents, 'outsideOf'>;
  storeFailure: string | undefined;
  /** What this server has lost; null: nothing. */
  missing: MissingDataStatus | null;
  /** Damaged copies of licences that other members of a ledger have. */
  damagedElsewhere: DamagedLicenses['elsewhere'];
}

/** Whether another server could serve if the one that serves now stopped, and why not. Pure. */
export function deriveReadiness(sources: ReadinessSources): Readiness {
  const { relationship, candidates, storeFailure, missing } = sources;
  const reasons = new Map<string, Reason>();
  const add = (code: string, message: string) =>
    reasons.set(`${code} ${message}`, { code, message });
  if (storeFailure !== undefined) {
    add('STORE_UNAVAILABLE', `${candidates.nameOf(candidates.ownId)} cannot write to its disk.`);
  }
  const isIncomplete = relationship.replicas.some((replica) => replica.view().incomplete);
  if (missing && isIncomplete) add('DATA_MISSING', missing.message);
  const unprotected = findUnprotected(relationship);
  if (unprotected !== undefined) add('FORMING', beingSetUp(candidates.nameOf(unprotected)));
  const { id, members } = relationship.relationship;
  const outside = sources.awaited.outsideOf(id, members);
  for (const replica of relationship.replicas) {
    judgeLedger(replica, outside, candidates, add);
    const elsewhere = sources.damagedElsewhere(replica.id);
    judgeLicenses(replica, elsewhere, candidates, add);
  }
  const together = relationship.replicas.flatMap((replica) =>
    describeMostLost(replica, candidates),
  );
  return {
    ready: reasons.size === 0,
    reasons: [...reasons.values()],
    together: [...new Set(together)],
  };
}

/** That of all relationships of a server: it is ready when each of them is. Pure. */
export function uniteReadiness(
  parts: readonly Readiness[],
  all: readonly OwnRelationship[],
  candidates: Candidates,
): Readiness {
  if (parts.length === 0) {
    const message =
      'No other server protects this one: if this one stopped, no new seats could be had until it is back.';
    return { ready: false, reasons: [{ code: 'NO_RELATIONSHIP', message }], together: [] };
  }
  const reasons = new Map(
    parts.flatMap((part) => part.reasons).map((reason) => [JSON.stringify(reason), reason]),
  );
  const together = [...parts.flatMap((part) => part.together), ...describeShared(all, candidates)];
  return {
    ready: parts.every(({ ready }) => ready),
    reasons: [...reasons.values()],
    together: [...new Set(together)],
  };
}

type Add = (code: string, message: string) => void;

function judgeLedger(
  replica: HostedReplica,
  outside: readonly string[],
  candidates: Candidates,
  add: Add,
): void {
  const { config, active, synchronised, quorumMargin } = replica.view();
  const { members } = config.membership;
  const of = describeLicenses(config, candidates);
  if (nextMembership(config.membership, goalForNow(replica.ledger))) {
    add('FORMING', beingSetUp(candidates.nameOf(primaryOf(replica))));
  }
  const replaced = describeReplacement(replica);
  if (replaced) add(replaced.code, replaced.message);
  else if (active === null) {
    add('NOT_SERVING', describeUnserved(candidates.nameOf(primaryOf(replica))));
  }
  // Whoever serves now, readiness is whether another one could.
  const standbys = active === null ? [] : members.filter((id) => id !== active);
  const late = standbys.filter((id) => !synchronised.includes(id));
  const lacksAll = standbys.every((id) => late.includes(id) || !isReached(id, candidates));
  const addMissing = (id: string, code: string, what: string) =>
    lacksAll && standbys.includes(id)
      ? add(noStandbyCode, `No standby is left: ${candidates.nameOf(id)} ${what}.`)
      : add(code, `${candidates.nameOf(id)} ${what}.`);
  for (const id of othersOf(config, candidates.ownId)) {
    judgeLink(id, candidates, { add, addMissing });
  }
  // What a server lacks that cannot be reached goes without saying.
  for (const id of late.filter((one) => isReached(one, candidates))) {
    if (outside.includes(id)) {
      addMissing(id, 'NOT_SYNCHRONISED', 'has no part in the relationship any more');
      continue;
    }
    const what = id === primaryOf(replica) ? 'its own licences' : of;
    addMissing(id, 'NOT_SYNCHRONISED', `does not have everything of ${what} yet`);
  }
  if (active !== null && quorumMargin !== null && quorumMargin < 1) {
    add('QUORUM_MARGIN', describePoints(config, candidates, of));
  }
  judgeCoverage(replica, candidates, add);
}

/** A majority of which nobody can be spared: each of those servers is a point of failure. */
function describePoints({ membership }: LedgerConfig, candidates: Candidates, of: string): string {
  const left = participants(membership).filter((id) => isReached(id, candidates));
  const names = left.map((id) => candidates.nameOf(id));
  const points = countWith(numberInWords)(left.length, 'point');
  return (
    `There are ${points} of failure now: when ${joinNames(names, 'or')} fails, nobody serves ${of} ` +
    'until another server is back.'
  );
}

function isReached(id: string, candidates: Candidates): boolean {
  const { connected, paired } = candidates.get(id);
  return id === candidates.ownId || (connected && paired);
}

function judgeLicenses(
  replica: HostedReplica,
  elsewhere: ReturnType<DamagedLicenses['elsewhere']>,
  candidates: Candidates,
  add: Add,
): void {
  const own = [...replica.ledger.licenses.values()].filter(({ damage }) => damage !== undefined);
  const copies = [{ server: candidates.ownId, licenses: own.map(({ id }) => id) }, ...elsewhere];
  for (const { server, licenses } of copies) {
    const [first] = licenses;
    if (first === undefined) continue;
    const more = licenses.length > 1 ? ` and ${licenses.length - 1} more` : '';
    add('LICENSE_DAMAGED', `${candidates.nameOf(server)} has a damaged copy of ${first}${more}.`);
  }
}

function beingSetUp(name: string): string {
  return `The protection of the licences of ${name} is still being set up.`;
}

function judgeLink(
  id: string,
  candidates: Candidates,
  { add, addMissing }: { add: Add; addMissing: (id: string, code: string, what: string) => void },
): void {
  const { name, connected, paired, clockDifferenceMs, version } = candidates.get(id);
  if (!paired) return addMissing(id, 'NOT_PAIRED', 'is not paired with this server');
  if (!connected) return addMissing(id, 'NOT_CONNECTED', 'is down or cannot be reached');
  const own = candidates.get(candidates.ownId);
  const differenceMs = clockDifferenceMs ?? 0;
  const apartMs = Math.abs(differenceMs);
  if (apartMs > clockDifferenceMsMax) {
    add('CLOCK_DIFFERENCE', describeApart(name, differenceMs, own.name));
  } else if (apartMs > clockDifferenceToldMs) {
    const message = `The clock of ${name} differs by ${describeSpan(apartMs)}. Set it right.`;
    add('CLOCK_DIFFERENCE', message);
  }
  if (version !== null && version !== own.version) {
    add(
      'VERSION_DIFFERS',
      `${name} runs Understudy ${version} and this server ${own.version}. Install the same on both.`,
    );
  }
}

function judgeCoverage(replica: HostedReplica, candidates: Candidates, add: Add): void {
  const { config } = replica.view();
  const others = config.membership.members.slice(1);
  const licenses = [...replica.ledger.licenses.values()];
  if (licenses.length === 0 || others.length === 0) return;
  if (licenses.some((license) => coverageByAny(config, license, others)?.covered)) return;
  const of = candidates.nameOf(primaryOf(replica));
  add('NOTHING_COVERED', `No licence of ${of} may run on another server: ask the vendor for one.`);
}
