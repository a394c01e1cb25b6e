import { parseInstant } from '../../../src-shared/model/scalars.ts';
import type { LedgerFigures, NodeFigures } from '../client-api/client-service.ts';
import { currentGrant, unitCount } from '../core/ledger/ledger.ts';
import type { CommitQueue } from '../store/commit-queue.ts';
import type { HostedLedger } from '../replicas/hosted-replica.ts';
import { type Ledgers, othersOf, type PeerPort } from '../replicas/replicas.ts';
import type { ServingStatus } from '../serving/serving-status.ts';

export interface FiguresSources {
  ledgers: Ledgers;
  commits: Pick<CommitQueue, 'figures'>;
  peers: Pick<PeerPort, 'isConnected'>;
  serving: ServingStatus;
  isReady: () => boolean;
  isOpen: () => boolean;
}

/** Figures for `/metrics`. */
export function readFigures(sources: FiguresSources): NodeFigures {
  const { ledgers, commits, serving, isReady } = sources;
  const all = ledgers.all();
  return {
    ...commits.figures,
    licenses: all.flatMap(describeLicenses),
    ledgers: all.map((ledger) => describeLedger(ledger, sources)),
    ready: isReady(),
    leaseCount: all.reduce((count, { state }) => count + state.ledger.leases.size, 0),
    serving: serving.serving().state === 'serving',
  };
}

function describeLicenses({ state: { ledger } }: HostedLedger): NodeFigures['licenses'] {
  return Array.from(ledger.licenses.values(), (license) => {
    const { product, feature, units, expires } = currentGrant(license);
    const out = unitCount(ledger, license.id);
    return {
      id: license.id,
      product,
      feature,
      units,
      inUse: out.units,
      borrowed: out.borrowedUnits,
      denied: ledger.deniedCountByLicense.get(license.id) ?? 0,
      expiresAtSeconds: expires === null ? null : parseInstant(expires) / 1000,
    };
  });
}

function describeLedger(ledger: HostedLedger, { peers, isOpen }: FiguresSources): LedgerFigures {
  const { here, config, synchronised, term, overdraft } = ledger.view();
  const { self } = ledger.state;
  const others = othersOf(config, self);
  return {
    id: ledger.id,
    here: isOpen() ? here : 'stopped',
    synchronised: synchronised.includes(self),
    memberCount: others.length + 1,
    connectedCount: others.filter((id) => peers.isConnected(id)).length + 1,
    term: term.number,
    overdraftUnits: overdraft?.units ?? 0,
    takeoverCount: ledger.takeoverCount,
  };
}
