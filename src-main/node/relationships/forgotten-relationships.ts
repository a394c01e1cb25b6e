import {
  type AdminAnswer,
  type Refusal,
  refuse,
} from '../../../src-shared/contract/admin-error.ts';
import type { LedgerConfig } from '../../../src-shared/model/ledger-config.ts';
import type { TimelineNote } from '../base/timeline-note.ts';
import { configure } from '../orders/config-orders.ts';
import type { Consents } from '../peers/pairing/consents.ts';
import type { HostedReplica } from '../replicas/hosted-replica.ts';
import type { Candidates } from './candidates.ts';
import { refuseWithoutConsent } from './without-consent.ts';
import { describeOtherRelationship } from './shared-ledgers.ts';

export interface ForgottenRelationshipsOptions {
  candidates: Candidates;
  consents: Pick<Consents, 'allows' | 'ask'>;
  note: (note: TimelineNote) => void;
}

/**
 * Relationships that this server has forgotten: another server keeps its own ledger by a later
 * configuration than the one here, since its directory was put back to a time before they were set up.
 */
export class ForgottenRelationships {
  readonly #options: ForgottenRelationshipsOptions;
  /** By server, what the timeline says of it. */
  readonly #told = new Map<string, string>();

  constructor(options: ForgottenRelationshipsOptions) {
    this.#options = options;
  }

  /** When an admin here agrees, as to a new relationship, what the two have is united. */
  async takePartAgain(
    own: HostedReplica,
    from: string,
    { membership, relationship, settings }: LedgerConfig,
  ): Promise<AdminAnswer<Record<string, never>>> {
    const { candidates, consents } = this.#options;
    if (!relationship) return { ok: true, value: {} };
    const [here, there] = [candidates.nameOf(candidates.ownId), candidates.nameOf(from)];
    const known = own.view().config;
    if (known.relationship !== null) {
      return this.#refuse(from, describeOtherRelationship(here));
    }
    if (membership.rule !== known.membership.rule) {
      return this.#refuse(from, describeNewFile(here, there));
    }
    const wish = { relationship, membership, protects: false };
    const unasked = await refuseWithoutConsent({ candidates, consents }, from, wish);
    if (unasked) {
      this.#tell(from, unasked.message);
      return unasked;
    }
    const two = { members: [candidates.ownId, from], witness: null, rule: membership.rule };
    const message =
      `${here} was put back to a state from before its relationship with ${there}. It takes part again, ` +
      'and what the two have is united.';
    const change = { membership: two, relationship, settings };
    return configure(own, change, 'relationshipChanged', message);
  }

  #refuse(from: string, message: string): Refusal {
    this.#tell(from, message);
    return refuse('RELATIONSHIP_FORGOTTEN', message);
  }

  #tell(from: string, what: string): void {
    const { candidates, note } = this.#options;
    if (this.#told.get(from) === what) return;
    this.#told.set(from, what);
    const message =
      `${candidates.nameOf(from)} keeps the licences of this server by a relationship that is not known ` +
      'here: the data directory of this server was put back to a state from before it. Each may serve ' +
      `by itself meanwhile. ${what}`;
    note({ kind: 'directoryPutBack', severity: 'warning', message });
  }
}

/** Rows do not become part of a log that others keep. */
function describeNewFile(here: string, there: string): string {
  return (
    `What ${here} has cannot be united with what ${there} keeps, since only a majority decides there. ` +
    `Stop ${here}, move the files ledger.db, ledger.db-wal and ledger.db-shm out of its data directory, ` +
    `and start it: it gets everything from ${there}, and seats that it granted since come back with ` +
    'their holders. Import licences again that were imported there since.'
  );
}
