import type { LicenseDetail, LicenseValidity } from '../model/license.ts';
import type { LedgerStatus, NodeSnapshot } from '../model/node-snapshot.ts';
import { noStandbyCode } from '../model/readiness.ts';
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

/** Why a failover would not keep a licence: as a sentence, and in two words. */
interface Obstacle {
  sentence: string;
  short: string;
}

/**
 * Why a failover would not keep one licence available now, which that it is configured does not say; null: it
 * would.
 */
export function whyNoFailover(node: NodeSnapshot, license: LicenseDetail): string | null {
  return findObstacle(node, license)?.sentence ?? null;
}

/** Why no failover would keep a licence, where there is room for two words. */
export function whyNoFailoverShort(node: NodeSnapshot, license: LicenseDetail): string | null {
  return findObstacle(node, license)?.short ?? null;
}

/** Of these no server grants a seat, whichever it is. */
const ungrantedWords: Partial<Record<LicenseValidity, Obstacle>> = {
  expired: {
    sentence: 'The licence has expired. No server grants a seat of it.',
    short: 'expired',
  },
  notStarted: { sentence: 'The licence is not valid yet.', short: 'not valid yet' },
  revoked: { sentence: 'The vendor has revoked the licence.', short: 'revoked' },
};

function findObstacle(node: NodeSnapshot, license: LicenseDetail): Obstacle | null {
  const { failover, damage, validity, ledger: ledgerId } = license;
  if (damage !== undefined) return { sentence: 'The licence is damaged.', short: 'damaged' };
  const ungranted = ungrantedWords[validity];
  if (ungranted !== undefined) return ungranted;
  if (!failover.configured) {
    const sentence = failover.reason ?? 'No other server may serve it.';
    return { sentence, short: 'not configured' };
  }
  const ledger = protectedLedgers(node).find(({ id }) => id === ledgerId);
  if (!ledger) return { sentence: 'No other server keeps it.', short: 'no backup' };
  if (ledger.active === null) return { sentence: 'No server serves it now.', short: 'not served' };
  if (standbysOf(node, ledger).length === 0) {
    return { sentence: describeNoStandby(node, ledger), short: 'no standby' };
  }
  const votes = node.readiness.reasons.find(({ code }) => code === 'QUORUM_MARGIN');
  if (ledger.rule !== 'majority' || !votes) return null;
  return { sentence: votes.message, short: 'no majority' };
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
