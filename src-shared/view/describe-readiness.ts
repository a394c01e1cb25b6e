import type { LicenseDetail } from '../model/license.ts';
import { type LedgerStatus, type NodeSnapshot, noStandbyCode } from '../model/node-snapshot.ts';
import { failoverFails, failoverWorks } from './relationship-words.ts';
import { isConnected, nameServer, protectedLedgers, standbysOf } from './protection.ts';

// Whether another server could serve if the one that serves now stopped: of all licences, and of one.

/** A heading without a full stop, and what there is to say beside it. */
export interface ReadinessWords {
  title: string;
  reasons: string[];
}

/** In the words of the node; that no standby is left says more than that a failover would not work. */
export function describeReadiness({ readiness }: Pick<NodeSnapshot, 'readiness'>): ReadinessWords {
  if (readiness.ready) return { title: failoverWorks, reasons: [] };
  const [first] = readiness.reasons.filter(({ code }) => code === noStandbyCode);
  if (!first) {
    const reasons = readiness.reasons.map(({ message }) => message);
    return { title: failoverFails, reasons };
  }
  const others = readiness.reasons.filter((reason) => reason !== first);
  return {
    title: first.message.replace(/\.$/, ''),
    reasons: others.map(({ message }) => message),
  };
}

/** Whether a failover would keep one licence available now; `why`: why not, empty when it would. */
export interface LicenseReadiness {
  works: boolean;
  why: string;
}

/** Of a licence whose failover is configured or not: that alone does not make it work. */
export function judgeLicense(node: NodeSnapshot, license: LicenseDetail): LicenseReadiness {
  const no = (why: string) => ({ works: false, why });
  const { failover, damage, ledger: ledgerId } = license;
  if (damage !== undefined) return no('The licence is damaged.');
  if (!failover.configured) return no(failover.reason ?? 'No other server may serve it.');
  const ledger = protectedLedgers(node).find(({ id }) => id === ledgerId);
  if (!ledger) return no('No other server keeps it.');
  if (ledger.active === null) return no('No server serves it now.');
  if (standbysOf(node, ledger).length === 0) return no(describeNoStandby(node, ledger));
  const votes = node.readiness.reasons.find(({ code }) => code === 'QUORUM_MARGIN');
  return ledger.rule === 'majority' && votes ? no(votes.message) : { works: true, why: '' };
}

function describeNoStandby(node: NodeSnapshot, { members, active }: LedgerStatus): string {
  return members
    .filter((id) => id !== active)
    .map((id) =>
      isConnected(node, id)
        ? `${nameServer(node, id)} is not synchronised.`
        : `${nameServer(node, id)} is down or cannot be reached.`,
    )
    .join(' ');
}
