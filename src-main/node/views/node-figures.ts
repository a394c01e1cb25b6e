import type { LedgerFigures, NodeFigures } from '../client-api/client-service.ts';
import { currentGrant, unitCount } from '../core/ledger/ledger.ts';
import { endMsOf } from '../core/ledger/trial.ts';
import type { CommitQueue } from '../store/commit-queue.ts';
import type { HostedReplica } from '../replicas/hosted-replica.ts';
import { othersOf } from '../replicas/membership.ts';
import type { ReplicaLinks } from '../replicas/replica-exchange.ts';
import type { Replicas } from '../replicas/replicas.ts';
import type { ServingStatus } from '../serving/serving-status.ts';

export interface FiguresSources {
  replicas: Replicas;
  commits: Pick<CommitQueue, 'figures'>;
  servers: Pick<ReplicaLinks, 'isConnected'>;
  serving: ServingStatus;
  isReady: () => boolean;
  isOpen: () => boolean;
}

/** Figures for `/metrics`. */
export function readFigures(sources: FiguresSources): NodeFigures {
  const { replicas, commits, serving, isReady } = sources;
  const all = replicas.all();
  return {
    ...commits.figures,
    licenses: all.flatMap(licenseFigures),
    ledgers: all.map((replica) => describeLedger(replica, sources)),
    ready: isReady(),
    leaseCount: all.reduce((count, { ledger }) => count + ledger.leases.size, 0),
    serving: serving.serving().state === 'serving',
  };
}

function licenseFigures({
  id: ledgerId,
  state: { ledger },
}: HostedReplica): NodeFigures['licenses'] {
  return Array.from(ledger.licenses.values(), (license) => {
    const { product, feature, units } = currentGrant(license);
    const endMs = endMsOf(license);
    const out = unitCount(ledger, license.id);
    return {
      ledger: ledgerId,
      id: license.id,
      product,
      feature,
      units,
      inUse: out.units,
      borrowed: out.borrowedUnits,
      denied: ledger.deniedCountByLicense.get(license.id) ?? 0,
      expiresAtSeconds: endMs === Infinity ? null : endMs / 1000,
    };
  });
}

function describeLedger(
  replica: HostedReplica,
  { servers, isOpen }: FiguresSources,
): LedgerFigures {
  const { here, config, synchronised, term, overdraft } = replica.view();
  const { self } = replica.state;
  const others = othersOf(config, self);
  return {
    id: replica.id,
    here: isOpen() ? here : 'stopped',
    synchronised: synchronised.includes(self),
    memberCount: others.length + 1,
    connectedCount: others.filter((id) => servers.isConnected(id)).length + 1,
    term: term.number,
    overdraftUnits: overdraft?.units ?? 0,
    takeoverCount: replica.takeoverCount,
  };
}
