import type { AdminAnswer } from '../../../src-shared/contract/admin-error.ts';
import type { RelationshipSide } from '../../../src-shared/contract/peers.ts';
import type { Reason } from '../../../src-shared/model/reason.ts';
import type { Coverage, RelationshipCheck } from '../../../src-shared/model/relationship.ts';
import { isWitness } from '../core/replica/replica-state.ts';
import {
  clockDifferenceMsMax,
  clockDifferenceToldMs,
} from '../../../src-shared/model/clock-difference.ts';
import type { Replicas } from '../replicas/replicas.ts';
import type { PeerCalls, PeerHandlers } from '../peers/peer-calls.ts';
import type { Consents } from '../peers/pairing/consents.ts';
import { type Candidates, refuseUnwritable } from './candidates.ts';
import { describeCoverage } from './describe-coverage.ts';
import {
  partsOfPlan,
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
      'relationship.side': async (from, { other }) => {
        const consent = [...this.#options.consents.of(from)];
        const side = this.#ownSide(other);
        // Who was agreed to nothing sees no licences either.
        const licenses = consent.length > 0 ? side.licenses : [];
        return { ok: true, value: { ...side, licenses, consent } };
      },
    };
  }

  /** `existing`: the relationship that is being changed, which is then no obstacle. */
  async check(plan: ResolvedPlan, existing: string | null = null): Promise<RelationshipCheck> {
    const { candidates } = this.#options;
    const missing: Reason[] = [];
    const warnings: Reason[] = [];
    if (plan.policy === 'strict' && plan.witness === null) {
      missing.push({
        code: 'WITNESS_MISSING',
        message:
          'The policy strict needs a witness: a third server that votes and has no licences.',
      });
    }
    if (plan.policy === 'available' && plan.witness !== null) {
      missing.push({
        code: 'WITNESS_UNUSED',
        message:
          'A witness is of use with the policy strict only. Choose that policy, or leave the witness out.',
      });
    }
    const sides = new Map<string, RelationshipSide>();
    for (const id of serversOfPlan(plan)) {
      const other = id === plan.main ? plan.backup : plan.main;
      const side = await this.#sideOf(id, other);
      if (side.ok) sides.set(id, side.value);
      else if (!candidates.get(id).paired) this.#noteUnpaired(plan, candidates.ownId, id, missing);
      else missing.push({ code: 'NOT_CONNECTED', message: side.message });
    }
    for (const [id, side] of sides) this.#judge(plan, id, side, existing, missing, warnings);
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
            : 'No licence may run on the other server: its vendor grants no redundancy.',
      });
    }
    return { missing, warnings, licenses };
  }

  async #sideOf(id: string, other: string): Promise<AdminAnswer<RelationshipSide>> {
    const { candidates, calls } = this.#options;
    if (id === candidates.ownId) return { ok: true, value: this.#ownSide(other) };
    return calls.call(id, 'relationship.side', { other });
  }

  #ownSide(other: string): RelationshipSide {
    const { candidates, replicas, storeFailure } = this.#options;
    const own = candidates.get(candidates.ownId);
    const shared = replicas
      .all()
      .find((replica) => !isWitness(replica.state) && replica.view().config.relationship !== null);
    return {
      name: own.name,
      version: own.version ?? '',
      relationship: shared?.view().config.relationship?.id ?? null,
      paired: candidates
        .all()
        .filter(({ id, paired }) => paired && id !== own.id)
        .map(({ id }) => id),
      storeFailure: storeFailure() ?? null,
      licenses: describeOwnCoverage(replicas, own.id, other),
    };
  }

  /** A version that knew no consent names none, and needs none. */
  #lacksConsent(plan: ResolvedPlan, id: string, consent: RelationshipSide['consent']): boolean {
    if (id === this.#options.candidates.ownId || consent === undefined) return false;
    return partsOfPlan(plan, id).some((part) => !consent.includes(part));
  }

  /** Each of the two may say so, and it is one thing to mend. */
  #noteUnpaired(plan: ResolvedPlan, a: string, b: string, missing: Reason[]): void {
    const { candidates } = this.#options;
    const [one = a, two = b] = serversOfPlan(plan).filter((id) => id === a || id === b);
    const message =
      `${candidates.nameOf(one)} and ${candidates.nameOf(two)} are not paired. Make a code on one of ` +
      'them and enter it on the other.';
    if (missing.some((reason) => reason.message === message)) return;
    missing.push({ code: 'NOT_PAIRED', message });
  }

  #judge(
    plan: ResolvedPlan,
    id: string,
    side: RelationshipSide,
    existing: string | null,
    missing: Reason[],
    warnings: Reason[],
  ): void {
    const { candidates } = this.#options;
    const { clockDifferenceMs } = candidates.get(id);
    for (const other of serversOfPlan(plan)) {
      const isPaired = other === id || side.paired.includes(other);
      if (!isPaired) this.#noteUnpaired(plan, id, other, missing);
    }
    const inAnother = side.relationship !== null && side.relationship !== existing;
    if (inAnother && id !== plan.witness) {
      missing.push({
        code: 'RELATIONSHIP_EXISTS',
        message: `${side.name} is in a relationship already. Dissolve that one first.`,
      });
    }
    if (side.storeFailure !== null) {
      const { code, message } = refuseUnwritable(side.name, side.storeFailure);
      missing.push({ code, message });
    }
    const apartMs = Math.abs(clockDifferenceMs ?? 0);
    if (apartMs > clockDifferenceToldMs) {
      const message =
        `The clock of ${side.name} differs by ${Math.round(apartMs / 1_000)} s from that of this ` +
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

/** Own licences as they would be covered by another server in a backup. */
function describeOwnCoverage(replicas: Replicas, ownId: string, other: string): Coverage[] {
  const own = replicas.own();
  const { config } = own.view();
  const plan = {
    kind: 'backup',
    main: ownId,
    backup: other,
    mutual: false,
    witness: null,
    policy: 'available',
  } as const;
  const relationship = config.relationship ?? relationshipOfPlan('', plan, ownId);
  return describeCoverage(own.ledger.licenses.values(), { ...config, relationship }, [other]);
}

function licensesOf(plan: ResolvedPlan, sides: Map<string, RelationshipSide>): Coverage[] {
  const main = sides.get(plan.main)?.licenses ?? [];
  const backup = sides.get(plan.backup)?.licenses ?? [];
  if (plan.mutual) return [...main, ...backup];
  const unprotected =
    'Only the main server is protected; choose a mutual backup to protect the other one too.';
  return [
    ...main,
    ...backup.map((license) => ({ ...license, covered: false, reason: unprotected })),
  ];
}
