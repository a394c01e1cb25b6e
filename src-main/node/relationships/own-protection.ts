import { type AdminAnswer, refuse } from '../../../src-shared/contract/admin.ts';
import type { Actor } from '../../../src-shared/model/actor.ts';
import { type LedgerRelationship, participants } from '../../../src-shared/model/ledger-config.ts';
import type { Orders } from '../orders/orders.ts';
import { refuseRelationship } from '../orders/relationship-rules.ts';
import type { Consents } from '../peers/pairing/consents.ts';
import type { PeerHandlers } from '../peers/peer-calls.ts';
import type { Replicas } from '../replicas/replicas.ts';
import type { Candidates } from './candidates.ts';
import { refuseWithoutConsent } from './without-consent.ts';
import { joinNames } from '../../../src-shared/view/join-names.ts';

export interface OwnProtectionOptions {
  replicas: Replicas;
  candidates: Candidates;
  consents: Consents;
  orders: Pick<Orders, 'configure'>;
}

type Nothing = Record<string, never>;

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
      return refuse('RELATIONSHIP_EXISTS', `${name} is in a relationship already.`);
    }
    const names = relationship.members.map((id) => candidates.nameOf(id));
    const message = `A ${relationship.kind} of ${joinNames(names)} is set up.`;
    return orders.configure(own, { relationship }, 'relationshipCreated', message, actor);
  }
}
