import { primaryOf, type LedgerConfig } from '../../../src-shared/model/ledger-config.ts';
import { formatSecond } from '../../../src-shared/view/describe-date.ts';
import type { TimelineNote } from '../base/timeline-note.ts';
import type { Dissolved } from '../replicas/dissolved-ledgers.ts';
import type { HostedReplica } from '../replicas/hosted-replica.ts';
import { othersOf } from '../replicas/membership.ts';
import type { AwaitedConsents } from './awaited-consents.ts';
import type { Candidates } from './candidates.ts';
import { describeLicenses } from './shared-ledgers.ts';

export interface DissolvedElsewhereOptions {
  candidates: Candidates;
  awaited: Pick<AwaitedConsents, 'noteDissolved'>;
  note: (note: TimelineNote) => void;
}

/**
 * Relationships that stand here and were dissolved at another server while the two could not reach each other
 * (protocol section 1). That server is not called to take part again: its admin has said what he wants, and the
 * admin here decides what becomes of the relationship.
 */
export class DissolvedElsewhere {
  readonly #options: DissolvedElsewhereOptions;

  constructor(options: DissolvedElsewhereOptions) {
    this.#options = options;
  }

  /** A member does not keep a ledger. True: since its admin dissolved the relationship of it. */
  note(replica: HostedReplica, at: string, dissolved: Dissolved | undefined): boolean {
    const { candidates, awaited, note } = this.#options;
    const { config } = replica.view();
    const { relationship } = config;
    if (!dissolved || relationship?.id !== dissolved.relationship) return false;
    if (!othersOf(config, candidates.ownId).includes(at)) return false;
    if (relationship.goal === null) return true;
    const message = describe(config, at, dissolved, candidates);
    if (awaited.noteDissolved(relationship.id, at, message)) {
      note({ kind: 'relationshipDissolved', severity: 'warning', message });
    }
    return true;
  }
}

function describe(
  config: LedgerConfig,
  at: string,
  { atMs, by }: Dissolved,
  candidates: Candidates,
): string {
  const name = candidates.nameOf(at);
  const of = describeLicenses(config, candidates);
  const isOwn = primaryOf(config.membership) === candidates.ownId;
  const kept = isOwn ? ' What this server has of them is kept.' : '';
  const alone = config.membership.members.length <= 2;
  const out = alone
    ? 'End it here too: understudy relationship dissolve --force. If that was a mistake, end it all the same, ' +
      'and set it up again.'
    : `Take ${name} out: understudy relationship remove ${name}; or end it here too: understudy relationship ` +
      'dissolve --force';
  return (
    `${name} has no part in ${of} any more: the relationship was dissolved there by ${by} on ` +
    `${formatSecond(atMs)}, which this server could not hear of.${kept} ${out}`
  );
}
