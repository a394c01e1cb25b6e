import type { LedgerConfig, Membership } from '../../../src-shared/model/ledger-config.ts';
import type { Candidates } from './candidates.ts';
import { describeLicenses } from './shared-ledgers.ts';

// What is said of the steps of a relationship.

/** A step by which nobody comes or goes. */
export function describeKept(
  config: LedgerConfig,
  { rule, members }: Membership,
  candidates: Candidates,
): string {
  const of = describeLicenses(config, candidates);
  if (rule !== config.membership.rule) return `From now on ${rulesInWords[rule]} may serve ${of}.`;
  const names = members.map((id) => candidates.nameOf(id));
  return `${names.join(', ')}: in this order they serve ${of} from now on.`;
}

const rulesInWords: Record<Membership['rule'], string> = {
  continuity: 'any server that is left',
  majority: 'only a server that more than half of the votes are with',
};

/** Why a ledger is not kept by the rule `majority` yet. */
export function describeOverdrawn(config: LedgerConfig, candidates: Candidates): string {
  return (
    `More seats of ${describeLicenses(config, candidates)} are out than there are. The rule is changed when ` +
    'the overdraft is worked off: the list of leases shows who holds them. Until then the servers go on as ' +
    'before.'
  );
}

export function describeTakenOut(name: string, other: string): string {
  return (
    `${name} was taken out of these licences by a later change than ${other} knows of, and has forgotten ` +
    `how it voted since. It takes part again when ${other} has made a later change.`
  );
}

export function describeMustStay(other: string): string {
  return (
    `${other} cannot have this server give these licences up: they are its own, it serves them now, ` +
    `or ${other} does not keep them.`
  );
}
