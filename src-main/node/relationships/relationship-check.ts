import {
  type AdminAnswer,
  type Refusal,
  refuse,
} from '../../../src-shared/contract/admin-error.ts';
import type { PeerArguments, RelationshipSide } from '../../../src-shared/contract/peers.ts';
import { primaryOf } from '../../../src-shared/model/ledger-config.ts';
import type { Reason } from '../../../src-shared/model/reason.ts';
import type { Coverage, RelationshipCheck } from '../../../src-shared/model/relationship.ts';
import { currentGrant } from '../core/ledger/ledger.ts';
import {
  clockDifferenceMsMax,
  clockDifferenceToldMs,
} from '../../../src-shared/model/clock-difference.ts';
import { describeSpan } from '../../../src-shared/view/describe-span.ts';
import { joinNames } from '../../../src-shared/view/join-names.ts';
import type { Replicas } from '../replicas/replicas.ts';
import type { PeerCalls, PeerHandlers } from '../peers/peer-calls.ts';
import type { Consents } from '../peers/pairing/consents.ts';
import { type Candidates, refuseUnwritable } from './candidates.ts';
import { describeCoverage } from './describe-coverage.ts';
import { findConflict, standingOf } from './several-relationships.ts';
import { findOwnRelationships } from './shared-ledgers.ts';
import {
  partsOfPlan,
  primariesOfPlan,
  relationshipOfPlan,
  type ResolvedPlan,
  serversOfPlan,
} from './relationship-plan.ts';

export interface RelationshipCheckOptions {
  replicas: Replicas;
  calls: PeerCalls;
  candidates: Candidates;
  consents: Pick<Consents, 'of'>;
  storeFailure: () => string | undefined;
}

/** Finds what stands in the way of a relationship; changes nothing. */
export class RelationshipChecker {
  readonly #options: RelationshipCheckOptions;

  constructor(options: RelationshipCheckOptions) {
    this.#options = options;
  }

  handlers(): PeerHandlers<'relationship.side'> {
    return {
      'relationship.side': async (from, question) => {
        const consent = [...this.#options.consents.of(from)];
        const side = this.#ownSide(question);
        // Who was agreed to nothing sees no licences either.
        const licenses = consent.length > 0 ? side.licenses : [];
        return { ok: true, value: { ...side, licenses, consent } };
      },
    };
  }

  /**
   * `existing`: the relationship that is being changed, which is then no obstacle. `staying`: members of it
   * that need not be reached, since nothing is asked of them.
   */
  async check(
    plan: ResolvedPlan,
    existing: string | null = null,
    staying: readonly string[] = [],
  ): Promise<RelationshipCheck> {
    const { candidates } = this.#options;
    const missing = judgeWitness(plan);
    const warnings: Reason[] = [];
    const sides = new Map<string, RelationshipSide>();
    const silent: [id: string, reason: Reason][] = [];
    for (const id of serversOfPlan(plan)) {
      const side = await this.#sideOf(id, questionOf(plan, id));
      if (side.ok) sides.set(id, side.value);
      else if (!candidates.get(id).paired && !staying.includes(id)) {
        this.#noteUnpaired(plan, candidates.ownId, id, missing);
      } else silent.push([id, this.#describeSilent(plan, id, side)]);
    }
    // A member that comes back hears of who came meanwhile from one that it knows.
    const isTold = staying.some((id) => sides.has(id));
    const isAway = (id: string) => isTold && staying.includes(id) && !candidates.get(id).connected;
    const away = silent.map(([id]) => id).filter(isAway);
    missing.push(...silent.filter(([id]) => !isAway(id)).map(([, reason]) => reason));
    for (const [id, side] of sides) {
      this.#judge(plan, id, side, { existing, away }, missing, warnings);
      if (!staying.includes(id)) warnings.push(...this.#describeStrangers(side, away));
    }
    const asked = [...sides].filter(([id, { consent }]) => this.#lacksConsent(plan, id, consent));
    for (const [id] of asked) {
      const name = candidates.nameOf(id);
      warnings.push({
        code: 'CONSENT_NEEDED',
        message:
          `An admin of ${name} has to agree. ${name} is asked when the relationship is created, and ` +
          'nothing of its licences is known here before.',
      });
    }
    const licenses = licensesOf(plan, sides);
    if (missing.length === 0 && asked.length === 0 && !licenses.some(({ covered }) => covered)) {
      warnings.push({
        code: 'NOTHING_COVERED',
        message:
          licenses.length === 0
            ? 'There is no licence yet. What is imported later is protected, if its vendor grants it.'
            : `No licence may run on another server of a ${plan.kind}: its vendor does not grant that.`,
      });
    }
    return { missing, warnings, licenses };
  }

  /**
   * Those of these servers that do not answer now. Each is asked: that a link stands says only that the
   * other end was heard some seconds ago.
   */
  async silentOf(ids: readonly string[]): Promise<string[]> {
    const question = { other: this.#options.candidates.ownId };
    const asked = ids.map(async (id) => {
      const side = await this.#sideOf(id, question);
      return side.ok || side.code !== 'SERVER_UNREACHABLE' ? [] : [id];
    });
    return (await Promise.all(asked)).flat();
  }

  async #sideOf(id: string, question: SideQuestion): Promise<AdminAnswer<RelationshipSide>> {
    const { candidates, calls } = this.#options;
    if (id === candidates.ownId) return { ok: true, value: this.#ownSide(question) };
    return calls.call(id, 'relationship.side', question);
  }

  /** Why a server says nothing of itself: it is away, or knows no such relationship. */
  #describeSilent({ kind }: ResolvedPlan, id: string, { code, message }: Refusal): Reason {
    const { name, version } = this.#options.candidates.get(id);
    if (code !== 'BAD_REQUEST') return { code: 'NOT_CONNECTED', message };
    return {
      code: 'VERSION_DIFFERS',
      message:
        `${name} runs Understudy ${version ?? 'of another version'}, which cannot take part in a ` +
        `${kind}. Install the same version on all servers.`,
    };
  }

  #ownSide(question: SideQuestion): RelationshipSide {
    const { candidates, replicas, storeFailure } = this.#options;
    const own = candidates.get(candidates.ownId);
    const all = findOwnRelationships(replicas, own.id);
    return {
      name: own.name,
      version: own.version ?? '',
      relationship: all[0]?.relationship.id ?? null,
      relationships: standingOf(all, own.id),
      paired: candidates
        .all()
        .filter(({ id, paired }) => paired && id !== own.id)
        .map(({ id }) => id),
      storeFailure: storeFailure() ?? null,
      licenses: describeOwnCoverage(replicas, own.id, question),
      ...(question.wider?.kind === 'pool' ? { pinned: pinnedLicenses(replicas) } : {}),
    };
  }

  /** A version that knew no consent names none, and needs none. */
  #lacksConsent(plan: ResolvedPlan, id: string, consent: RelationshipSide['consent']): boolean {
    if (id === this.#options.candidates.ownId || consent === undefined) return false;
    return partsOfPlan(plan, id).some((part) => !consent.includes(part));
  }

  /** Each of two may say so, and it is one thing to mend. */
  #noteUnpaired(plan: ResolvedPlan, a: string, b: string, missing: Reason[]): void {
    const { candidates } = this.#options;
    const [one = a, two = b] = serversOfPlan(plan).filter((id) => id === a || id === b);
    const message =
      `${candidates.nameOf(one)} and ${candidates.nameOf(two)} are not paired. Make a code on one of ` +
      'them and enter it on the other.';
    if (missing.some((reason) => reason.message === message)) return;
    missing.push({ code: 'NOT_PAIRED', message });
  }

  /** Members that are away, and of which the server that comes does not know. */
  #describeStrangers({ name, paired }: RelationshipSide, away: readonly string[]): Reason[] {
    const strangers = away.filter((id) => !paired.includes(id));
    if (strangers.length === 0) return [];
    const names = joinNames(strangers.map((id) => this.#options.candidates.nameOf(id)));
    const message =
      strangers.length === 1
        ? `${names} cannot be reached and is not paired with ${name}: pair the two when ${names} is back.`
        : `${names} cannot be reached and are not paired with ${name}: pair each with it that comes back.`;
    return [{ code: strangersCode, message }];
  }

  #judge(
    plan: ResolvedPlan,
    id: string,
    side: RelationshipSide,
    { existing, away }: { existing: string | null; away: readonly string[] },
    missing: Reason[],
    warnings: Reason[],
  ): void {
    const { candidates } = this.#options;
    const { clockDifferenceMs } = candidates.get(id);
    for (const other of serversOfPlan(plan)) {
      const isPaired = other === id || side.paired.includes(other);
      if (!isPaired && !away.includes(other)) this.#noteUnpaired(plan, id, other, missing);
    }
    if (id === primaryOf(plan) && existing === null && side.pinned && side.pinned.length > 0) {
      missing.push({ code: 'SEATS_OUT', message: describePinned(side.pinned) });
    }
    const conflict =
      id === plan.witness ? null : findConflict(plan, id, side, existing, candidates);
    const isTold = missing.some(({ message }) => message === conflict);
    if (conflict !== null && !isTold) {
      missing.push({ code: 'RELATIONSHIP_EXISTS', message: conflict });
    }
    if (side.storeFailure !== null) {
      const { code, message } = refuseUnwritable(side.name, side.storeFailure);
      missing.push({ code, message });
    }
    const apartMs = Math.abs(clockDifferenceMs ?? 0);
    if (apartMs > clockDifferenceToldMs) {
      const message =
        `The clock of ${side.name} differs by ${describeSpan(apartMs)} from that of this ` +
        'server. Set both right, best by a time server.';
      const reasons = apartMs > clockDifferenceMsMax ? missing : warnings;
      reasons.push({ code: 'CLOCK_DIFFERENCE', message });
    }
    const { version } = candidates.get(candidates.ownId);
    if (side.version !== version) {
      warnings.push({
        code: 'VERSION_DIFFERS',
        message: `${side.name} runs Understudy ${side.version}, this server ${version ?? ''}. Install the same on both.`,
      });
    }
  }
}

/** Of a warning that a server that comes is not paired with one that is away. */
const strangersCode = 'AWAY_NOT_PAIRED';

export function strangersIn(warnings: readonly Reason[]): string[] {
  return warnings.filter(({ code }) => code === strangersCode).map(({ message }) => message);
}

/** What is missing, as the answer to an order; undefined: nothing is. */
export function refuseMissing(missing: readonly Reason[]): Refusal | undefined {
  if (missing.length === 0) return undefined;
  return refuse('RELATIONSHIP_INCOMPLETE', missing.map(({ message }) => message).join(' '));
}

type SideQuestion = PeerArguments<'relationship.side'>;

function questionOf({ kind, members }: ResolvedPlan, id: string): SideQuestion {
  const others = members.filter((member) => member !== id);
  const [other = ''] = others;
  return kind === 'backup' ? { other } : { other, wider: { kind, others } };
}

function judgeWitness({ kind, policy, witness }: ResolvedPlan): Reason[] {
  if (kind !== 'backup') return [];
  if (policy === 'strict' && witness === null) {
    const message =
      'The policy strict needs a witness: a third server that votes and has no licences.';
    return [{ code: 'WITNESS_MISSING', message }];
  }
  if (policy === 'available' && witness !== null) {
    const message =
      'A witness is of use with the policy strict only. Choose that policy, or leave the witness out.';
    return [{ code: 'WITNESS_UNUSED', message }];
  }
  return [];
}

/** Licences with the majority rule that have seats out, or a trial that has begun. */
function pinnedLicenses(replicas: Replicas): string[] {
  const { licenses, unitCountByLicense } = replicas.own().ledger;
  return [...licenses.values()]
    .filter((license) => currentGrant(license).majorityRule)
    .filter(({ id, trialBeganMs }) => {
      return (unitCountByLicense.get(id)?.leases ?? 0) > 0 || trialBeganMs !== undefined;
    })
    .map(({ id }) => id);
}

function describePinned(ids: readonly string[]): string {
  const more = ids.length > 3 ? ` and ${ids.length - 3} more` : '';
  return (
    `Licences with the majority rule go to a ledger of their own in a pool, and cannot be moved while ` +
    `seats of them are out or their trial has begun: ${ids.slice(0, 3).join(', ')}${more}. Wait until ` +
    'the seats are given back, or remove the licences and import them again afterwards.'
  );
}

/** Own licences as they would be covered by the others. */
function describeOwnCoverage(
  replicas: Replicas,
  ownId: string,
  { other, wider }: SideQuestion,
): Coverage[] {
  const own = replicas.own();
  const { config } = own.view();
  const { kind, others } = wider ?? { kind: 'backup', others: [other] };
  const relationship = relationshipOfPlan(
    '',
    {
      kind,
      members: [ownId, ...others],
      mutual: false,
      witness: null,
      policy: kind === 'triad' ? 'strict' : 'available',
    },
    ownId,
  );
  return describeCoverage(own.ledger.licenses.values(), { ...config, relationship }, others);
}

function licensesOf(plan: ResolvedPlan, sides: Map<string, RelationshipSide>): Coverage[] {
  const primaries = primariesOfPlan(plan);
  return plan.members.flatMap((id) => {
    const licenses = sides.get(id)?.licenses ?? [];
    if (primaries.includes(id)) return licenses;
    const reason =
      plan.kind === 'backup'
        ? 'Only the main server is protected; choose a mutual backup to protect the other one too.'
        : `Only the licences of ${sides.get(primaryOf(plan))?.name ?? 'the primary server'} are ` +
          `kept by the ${plan.kind}. This one is served by ${sides.get(id)?.name ?? id} alone.`;
    return licenses.map((license) => ({ ...license, covered: false, reason }));
  });
}
