import { type AdminAnswer, refuse } from '../../../src-shared/contract/admin-error.ts';
import type { Actor } from '../../../src-shared/model/actor.ts';
import {
  type LedgerRelationship,
  participants,
  primaryOf,
} from '../../../src-shared/model/ledger-config.ts';
import type { InstalledLicense } from '../../../src-shared/model/license.ts';
import { until } from '../base/until.ts';
import { withMajority } from './relationship-plan.ts';
import type { Orders } from '../orders/orders.ts';
import { refuseRelationship } from '../orders/relationship-rules.ts';
import type { Consents } from '../peers/pairing/consents.ts';
import type { PeerHandlers } from '../peers/peer-calls.ts';
import type { HostedReplica } from '../replicas/hosted-replica.ts';
import type { Replicas } from '../replicas/replicas.ts';
import type { Candidates } from './candidates.ts';
import { refuseWithoutConsent } from './without-consent.ts';
import { joinNames } from '../../../src-shared/view/join-names.ts';

export interface OwnProtectionOptions {
  replicas: Replicas;
  candidates: Candidates;
  consents: Consents;
  orders: Pick<Orders, 'configure' | 'order'>;
}

type Nothing = Record<string, never>;

interface PoolBeginning {
  relationship: LedgerRelationship;
  message: string;
  actor: Actor | undefined;
}

/** Longest wait until a new ledger of this server alone is served, in ms. */
const servingMsMax = 5_000;

/** This server's own licences are given to the care of others: by an admin here, or with his consent. */
export class OwnProtection {
  readonly #options: OwnProtectionOptions;

  constructor(options: OwnProtectionOptions) {
    this.#options = options;
  }

  handlers(): PeerHandlers<'relationship.protect'> {
    return {
      'relationship.protect': async (from, { relationship }, actor) => {
        const { candidates, consents } = this.#options;
        const refusal = this.refuse(from, relationship);
        if (refusal) return refusal;
        const { goal } = relationship;
        if (goal) {
          const wish = { relationship, membership: goal, protects: true };
          const unasked = await refuseWithoutConsent({ candidates, consents }, from, wish);
          if (unasked) return unasked;
        }
        return this.begin(relationship, actor);
      },
    };
  }

  /** Why the own licences are not given to the care of others; undefined: they can be. */
  refuse(from: string, relationship: LedgerRelationship): AdminAnswer<never> | undefined {
    const { replicas, candidates } = this.#options;
    const { goal } = relationship;
    if (!goal?.members.includes(from)) {
      const message = `${candidates.nameOf(from)} takes no part in this relationship.`;
      return refuse('BAD_REQUEST', message);
    }
    const { config } = replicas.own().view();
    const why = refuseRelationship(config, relationship, from);
    if (why !== null) {
      const other = config.relationship !== null && config.relationship.id !== relationship.id;
      return refuse(other ? 'RELATIONSHIP_EXISTS' : 'BAD_REQUEST', why);
    }
    return candidates.refuseUnpaired(participants(goal));
  }

  /** `actor`: an admin here by default. */
  async begin(relationship: LedgerRelationship, actor?: Actor): Promise<AdminAnswer<Nothing>> {
    const { replicas, orders, candidates } = this.#options;
    const own = replicas.own();
    const before = own.view().config.relationship;
    if (before && before.id !== relationship.id) {
      const name = candidates.nameOf(candidates.ownId);
      return refuse(
        'RELATIONSHIP_EXISTS',
        `The licences of ${name} are in another relationship already. Dissolve that one first.`,
      );
    }
    const names = relationship.members.map((id) => candidates.nameOf(id));
    const message = `A ${relationship.kind} of ${joinNames(names)} is set up.`;
    // Before anything is promised: the second ledger of a pool is there and served.
    const second = relationship.kind === 'pool' ? await this.#secondLedger(own) : null;
    const begun = await orders.configure(
      own,
      { relationship },
      'relationshipCreated',
      message,
      actor,
    );
    if (!begun.ok || !second) return begun;
    return this.#beginMajority(own, second, {
      relationship: withMajority(relationship),
      message,
      actor,
    });
  }

  /** An own ledger beside the first, such as a pool that was dissolved left, or a new one. */
  async #secondLedger(own: HostedReplica): Promise<HostedReplica> {
    const { replicas, candidates } = this.#options;
    const isSecond = (replica: HostedReplica) =>
      replica !== own && primaryOf(replica) === candidates.ownId;
    const second = replicas.all().find(isSecond) ?? replicas.createOwn();
    await until(() => second.view().serving, servingMsMax);
    return second;
  }

  /** Lets the ledger of a pool for the licences that need a majority begin, with those that there are. */
  async #beginMajority(
    own: HostedReplica,
    second: HostedReplica,
    { relationship, message, actor }: PoolBeginning,
  ): Promise<AdminAnswer<Nothing>> {
    const { orders } = this.#options;
    for (const vendor of own.ledger.vendors.values()) {
      const trusted = await orders.order(second, { type: 'trust', vendor });
      if (!trusted.ok) return trusted;
    }
    for (const license of [...own.ledger.licenses.values()]) {
      const moved = await this.#moveLicense(license, own, second);
      if (!moved.ok) return moved;
    }
    return orders.configure(second, { relationship }, 'relationshipCreated', message, actor);
  }

  /** Only one without seats that are out is moved: the check before has seen to that. */
  async #moveLicense(
    license: InstalledLicense,
    from: HostedReplica,
    to: HostedReplica,
  ): Promise<AdminAnswer<Nothing>> {
    const { orders } = this.#options;
    const newest = license.versions.at(-1);
    if (!newest?.grant.majorityRule) return { ok: true, value: {} };
    const content = newest.signedText;
    const order = { type: 'import', content, fileName: '', dryRun: false } as const;
    const removed = await orders.order(from, { type: 'remove', licenseId: license.id });
    if (!removed.ok) return removed;
    const installed = await orders.order(to, order);
    if (installed.ok) return { ok: true, value: {} };
    await orders.order(from, order);
    return installed;
  }
}
