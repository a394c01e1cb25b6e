import { randomUUID } from 'node:crypto';
import { type AdminAnswer, refuse } from '../../../src-shared/contract/admin-error.ts';
import type { AdminArguments, AdminResult } from '../../../src-shared/contract/admin.ts';
import type {
  MemberChange,
  RelationshipPlan,
} from '../../../src-shared/contract/relationship-plan.ts';
import type { Actor } from '../../../src-shared/model/actor.ts';
import { primaryOf } from '../../../src-shared/model/ledger-config.ts';
import type { Readiness } from '../../../src-shared/model/readiness.ts';
import type {
  MemberStatus,
  RelationshipCheck,
  RelationshipStatus,
} from '../../../src-shared/model/relationship.ts';
import type { CommitQueue } from '../store/commit-queue.ts';
import type { Log } from '../base/log.ts';
import type { Replicas } from '../replicas/replicas.ts';
import type { PeerCalls } from '../peers/peer-calls.ts';
import type { Candidates } from './candidates.ts';
import type { Orders } from '../orders/orders.ts';
import { coverageOf } from './describe-coverage.ts';
import { refuseMissing, type RelationshipChecker, strangersIn } from './relationship-check.ts';
import type { Consents } from '../peers/pairing/consents.ts';
import {
  refuseAnotherRule,
  refuseOverdrawn,
  refuseTooFew,
  refuseWhileAway,
} from './refuse-while-away.ts';
import type { AwaitedConsents } from './awaited-consents.ts';
import type { OwnProtection } from './own-protection.ts';
import {
  describeMemberChange,
  goalsAfter,
  planOfMembers,
  relationshipAfter,
  resolveChange,
  stayingBy,
} from './member-changes.ts';
import {
  partsOfPlan,
  primariesOfPlan,
  refuseBystander,
  relationshipOfPlan,
  type ResolvedPlan,
  resolvePlan,
  serversOfPlan,
} from './relationship-plan.ts';
import {
  describeChange,
  mergeSettings,
  planOfChange,
  goalsBy,
  relationshipIn,
} from './relationship-change.ts';
import { dissolveLedgers, type DissolveOptions } from './dissolve-ledgers.ts';
import { decideReplaced } from './replaced-main.ts';
import { deriveRelationshipStatus } from './relationship-status.ts';
import {
  chooseRelationship,
  findOwnRelationships,
  noRelationship,
  type OwnRelationship,
  serversOf,
} from './shared-ledgers.ts';
import { until } from '../base/until.ts';
import { joinNames } from '../../../src-shared/view/join-names.ts';

export interface RelationshipServiceOptions extends Pick<
  DissolveOptions,
  'dissolved' | 'clock' | 'note'
> {
  replicas: Replicas;
  calls: PeerCalls;
  candidates: Candidates;
  orders: Orders;
  checker: RelationshipChecker;
  protection: Pick<OwnProtection, 'begin'>;
  consents: Pick<Consents, 'give' | 'takeBack'>;
  awaited: AwaitedConsents;
  readinessOf: (own: OwnRelationship) => Readiness;
  admin: Actor;
  commits: Pick<CommitQueue, 'settled'>;
  log: Pick<Log, 'warn'>;
}

/** Longest wait for a relationship to be set up or dissolved; it goes on after that. */
const settleMsMax = 10_000;

const notYetHere =
  'That is ordered and under way; this server has not been taken in again yet. See how far it is: ' +
  'understudy relationship show';

type Answer<T> = Promise<AdminAnswer<T>>;

/** A member has everything, or is away and waited for by nobody. */
function isThere({ connected, synchronised }: MemberStatus): boolean {
  return synchronised || !connected;
}

/** Relationships as admins order them; whatever takes several steps is done by `Reconciler`. */
export class RelationshipService {
  readonly #options: RelationshipServiceOptions;
  /** Relationships that an admin of this server dissolved since its start. */
  readonly #endedHere = new Set<string>();

  constructor(options: RelationshipServiceOptions) {
    this.#options = options;
  }

  /** That of this server's own licences first. */
  all(): OwnRelationship[] {
    const { replicas, candidates } = this.#options;
    return findOwnRelationships(replicas, candidates.ownId);
  }

  statuses(): RelationshipStatus[] {
    return this.all().map((own) => this.#describe(own));
  }

  /** All that this server takes part in, or the one that is meant (`chooseRelationship`). */
  show(reference: string | undefined): AdminAnswer<AdminResult<'relationship.show'>> {
    const all = this.all();
    const chosen = reference === undefined ? null : this.#choose(reference);
    if (chosen && !chosen.ok) return chosen;
    const relationships = (chosen ? [chosen.value] : all).map((own) => this.#describe(own));
    const kept = chosen ? chosen.value.replicas : this.#options.replicas.all();
    const [relationship = null] = relationships;
    return { ok: true, value: { relationship, relationships, licenses: kept.flatMap(coverageOf) } };
  }

  isEndedHere(id: string): boolean {
    return this.#endedHere.has(id);
  }

  async check(plan: RelationshipPlan): Answer<RelationshipCheck> {
    const resolved = resolvePlan(plan, this.#options.candidates);
    if (!resolved.ok) return resolved;
    const missing = refuseBystander(resolved.value, this.#options.candidates.ownId);
    if (missing) return missing;
    return { ok: true, value: await this.#options.checker.check(resolved.value) };
  }

  async create(plan: RelationshipPlan): Answer<{ relationship: RelationshipStatus }> {
    const { candidates, checker, calls, protection, awaited, admin } = this.#options;
    const resolved = resolvePlan(plan, candidates);
    if (!resolved.ok) return resolved;
    const bystander = refuseBystander(resolved.value, candidates.ownId);
    if (bystander) return bystander;
    const { missing } = await checker.check(resolved.value);
    const [first] = missing;
    if (first) {
      const code = first.code === 'RELATIONSHIP_EXISTS' ? first.code : 'RELATIONSHIP_INCOMPLETE';
      return refuse(code, missing.map(({ message }) => message).join(' '));
    }
    const id = randomUUID();
    await this.#consentTo(resolved.value);
    // The other primary first: when it cannot, nothing is changed here.
    const primaries = primariesOfPlan(resolved.value).toSorted(
      (a, b) => Number(a === candidates.ownId) - Number(b === candidates.ownId),
    );
    for (const primary of primaries) {
      const relationship = relationshipOfPlan(id, resolved.value, primary);
      const answer =
        primary === candidates.ownId
          ? await protection.begin(relationship)
          : await calls.call(primary, 'relationship.protect', { relationship }, admin);
      if (answer.ok) continue;
      const isAwaited = awaited.note(primary, answer);
      if (!isAwaited) return answer;
      // Nothing stands here by which it would be seen: the answer says it.
      const isSeen = answer.code === 'CONSENT_NEEDED' && primaries.includes(candidates.ownId);
      if (!isSeen) return refuse(answer.code, awaited.messageOf([primary]) ?? answer.message);
    }
    await this.#settle(serversOfPlan(resolved.value), () => this.#isInSync(id));
    return this.#answer(id);
  }

  /** Changes settings, policy, witness or mutuality, while licences go on being served. */
  async set(
    change: AdminArguments<'relationship.set'>,
  ): Answer<{ relationship: RelationshipStatus }> {
    const { orders, candidates } = this.#options;
    const chosen = await this.#settled(change.relationship);
    if (!chosen.ok) return chosen;
    const current = chosen.value;
    const { id } = current.relationship;
    const settings = mergeSettings(current, change.settings);
    if (!settings.ok) return settings;
    const plan = planOfChange(current, change, candidates);
    if (!plan.ok) return plan;
    if (plan.value) {
      const busy = this.#refuseUnsettled(id);
      if (busy) return busy;
      const { missing } = await this.#options.checker.check(plan.value, id);
      const goals = goalsBy(plan.value, current);
      const refusal =
        refuseMissing(missing) ??
        refuseWhileAway(current, plan.value, candidates) ??
        refuseOverdrawn(goals, candidates);
      if (refusal) return refusal;
    }
    for (const replica of current.replicas) {
      const before = replica.view().config.settings;
      const what = describeChange(change, { before, after: settings.value }, candidates);
      const next = plan.value && relationshipIn(plan.value, current, primaryOf(replica));
      const answer = await orders.configure(
        replica,
        {
          ...(Object.keys(change.settings).length > 0 ? { settings: settings.value } : {}),
          ...(next ? { relationship: next } : {}),
        },
        'relationshipChanged',
        `The relationship was changed: ${what}.`,
      );
      if (!answer.ok) return answer;
    }
    const [, backup] = plan.value?.members ?? [];
    if (plan.value?.mutual && backup !== undefined && !current.relationship.mutual) {
      const answer = await this.#protectOther(plan.value, current, backup);
      if (!answer.ok && !this.#options.awaited.note(backup, answer)) return answer;
    }
    const { members } = this.#statusOf(id) ?? { members: [] };
    const servers = members.map((member) => member.id);
    await this.#settle(servers, () => this.#statusOf(id)?.state === 'established');
    return this.#answer(id);
  }

  /** Changes who keeps the licences, and in which order, while they go on being served. */
  async changeMembers(given: MemberChange): Answer<{ relationship: RelationshipStatus | null }> {
    const { candidates, orders } = this.#options;
    const chosen = await this.#settled(given.relationship);
    if (!chosen.ok) return chosen;
    const current = chosen.value;
    const { relationship } = current;
    const { id } = relationship;
    if (this.#statusOf(id)?.state === 'dissolving')
      return this.#refuseUnsettled(id) ?? noRelationship;
    const change = resolveChange(relationship, given, candidates);
    if (!change.ok) return change;
    const plan = planOfMembers(relationship, change.value);
    if (!plan.ok) return plan;
    const goals = goalsAfter(current.replicas, plan.value, change.value);
    const refusal =
      refuseAnotherRule(current, plan.value, candidates) ??
      refuseTooFew(goals, candidates) ??
      refuseOverdrawn(goals, candidates);
    if (refusal) return refusal;
    const staying = stayingBy(current.replicas, plan.value, change.value);
    const { missing, warnings } = await this.#options.checker.check(plan.value, id, staying);
    const incomplete = refuseMissing(missing);
    if (incomplete) return incomplete;
    await this.#consentTo(plan.value);
    const what = describeMemberChange(change.value, plan.value, candidates);
    const message = [what, ...strangersIn(warnings)].join(' ');
    for (const replica of current.replicas) {
      const next = relationshipAfter(replica.view().config, plan.value, change.value);
      if (!next) continue;
      const order = { relationship: next };
      const answer = await orders.configure(replica, order, 'relationshipChanged', message);
      if (!answer.ok) return answer;
    }
    const members = plan.value.members.join();
    const stays = serversOfPlan(plan.value).includes(candidates.ownId);
    const isDone = () => {
      const status = this.#statusOf(id);
      // For another rule a server that stays is let go for a moment.
      if (!status) return !stays;
      const isHere = this.#find(id)?.relationship.members.join() === members;
      return isHere && status.state === 'established' && status.members.every(isThere);
    };
    await this.#settle(serversOfPlan(plan.value), isDone);
    const status = this.#statusOf(id) ?? null;
    if (status === null && stays) return refuse('RELATIONSHIP_BUSY', `${what} ${notYetHere}`);
    return { ok: true, value: { relationship: status } };
  }

  async dissolve({
    force,
    relationship: reference,
  }: AdminArguments<'relationship.dissolve'>): Answer<Record<string, never>> {
    const chosen = force ? this.#choose(reference) : await this.#settled(reference);
    if (!chosen.ok) return chosen;
    const current = chosen.value;
    const { id: relationshipId } = current.relationship;
    const { candidates, checker, replicas } = this.#options;
    const decided = await decideReplaced(current, replicas, force === true);
    if (decided && !decided.ok) return decided;
    if (decided?.value) return this.#noteEnded(current);
    const away = force ? [] : await checker.silentOf(current.relationship.members);
    if (away.length > 0) {
      return refuse(
        'SERVER_UNREACHABLE',
        `${joinNames(away.map((id) => candidates.nameOf(id)))} cannot be reached and would go on ` +
          `as if the relationship stood. Connect ${away.length > 1 ? 'them' : 'it'} first, or dissolve ` +
          'with force and then dissolve it there too.',
      );
    }
    const failedOver = force ? undefined : refuseWhileAway(current, null, candidates);
    if (failedOver) return failedOver;
    const refused = await dissolveLedgers(current, this.#options);
    if (refused) return refused;
    await this.#noteEnded(current);
    const done = await until(() => this.#find(relationshipId) === null, settleMsMax);
    if (done) return { ok: true, value: {} };
    const pending = this.#statusOf(relationshipId)?.pending ?? 'Another server has to answer.';
    return refuse('RELATIONSHIP_BUSY', `The relationship is being dissolved. ${pending}`);
  }

  /** An admin's order is his word for what this server itself takes upon itself by it. */
  async #consentTo(plan: ResolvedPlan): Promise<void> {
    const { candidates, consents, awaited } = this.#options;
    const { ownId } = candidates;
    for (const id of serversOfPlan(plan)) awaited.forget(id);
    for (const id of plan.members.filter((member) => member !== ownId)) {
      await consents.give(id, partsOfPlan(plan, ownId));
    }
  }

  /** Who dissolves a relationship wants none with these servers, until an admin says so again. */
  async #takeConsentBack({ relationship }: OwnRelationship): Promise<void> {
    const { candidates, consents, calls, awaited } = this.#options;
    const others = this.all().filter((own) => own.relationship.id !== relationship.id);
    const kept = others.flatMap((own) => serversOf(own.relationship));
    for (const id of serversOf(relationship).filter((id) => id !== candidates.ownId)) {
      // What another relationship with it rests on stays.
      if (!kept.includes(id)) await consents.takeBack(id);
      awaited.forget(id);
      if (!candidates.get(id).connected) continue;
      void calls.call(id, 'relationship.withdraw', { relationship: relationship.id });
    }
  }

  async #noteEnded(own: OwnRelationship): Answer<Record<string, never>> {
    this.#endedHere.add(own.relationship.id);
    await this.#takeConsentBack(own);
    return { ok: true, value: {} };
  }

  /** Waits for an end, but not for an admin of another server, who may take days. */
  async #settle(servers: readonly string[], isDone: () => boolean): Promise<void> {
    const { awaited } = this.#options;
    await until(() => isDone() || awaited.messageOf(servers) !== null, settleMsMax);
  }

  /** The relationship as it is when no takeover is under way; it may have ended meanwhile. */
  async #settled(reference: string | undefined): Answer<OwnRelationship> {
    const chosen = this.#choose(reference);
    if (!chosen.ok) return chosen;
    await this.#options.orders.settled(chosen.value.replicas);
    const current = this.#find(chosen.value.relationship.id);
    return current ? { ok: true, value: current } : noRelationship;
  }

  #choose(reference: string | undefined): AdminAnswer<OwnRelationship> {
    return chooseRelationship(this.all(), reference, this.#options.candidates);
  }

  #find(id: string): OwnRelationship | null {
    return this.all().find(({ relationship }) => relationship.id === id) ?? null;
  }

  #describe(own: OwnRelationship): RelationshipStatus {
    const { candidates, awaited, readinessOf } = this.#options;
    return deriveRelationshipStatus(own, candidates, awaited, readinessOf(own));
  }

  #statusOf(id: string): RelationshipStatus | null {
    const own = this.#find(id);
    return own && this.#describe(own);
  }

  /** Who protects whom is changed only when the change before is done. */
  #refuseUnsettled(id: string): AdminAnswer<never> | undefined {
    const { state, pending } = this.#statusOf(id) ?? {};
    if (state === 'established') return undefined;
    return refuse(
      'RELATIONSHIP_BUSY',
      `The relationship is being changed already. ${pending ?? ''}`,
    );
  }

  async #protectOther(
    plan: ResolvedPlan,
    current: OwnRelationship,
    other: string,
  ): Answer<Record<string, never>> {
    const { candidates, calls, protection, admin } = this.#options;
    await this.#consentTo(plan);
    const relationship = relationshipIn(plan, current, other);
    if (other === candidates.ownId) return protection.begin(relationship);
    return calls.call(other, 'relationship.protect', { relationship }, admin);
  }

  #isInSync(id: string): boolean {
    const { state, members = [] } = this.#statusOf(id) ?? {};
    return state === 'established' && members.every(({ synchronised }) => synchronised);
  }

  #answer(id: string): AdminAnswer<{ relationship: RelationshipStatus }> {
    const relationship = this.#statusOf(id);
    if (relationship) return { ok: true, value: { relationship } };
    return refuse(
      'RELATIONSHIP_BUSY',
      'The relationship is being set up and is not here yet. Look at the status in a moment.',
    );
  }
}
