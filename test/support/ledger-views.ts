import { rowsOfLedger } from '../../src-main/node/core/ledger/rows-of-ledger.ts';
import { createReplica } from '../../src-main/node/core/replica/replica.ts';
import type { ReplicaView } from '../../src-main/node/core/replica/replica-view.ts';
import type { HostedReplica } from '../../src-main/node/replicas/hosted-replica.ts';
import { type Candidate, Candidates } from '../../src-main/node/relationships/candidates.ts';
import type { LedgerConfig } from '../../src-shared/model/ledger-config.ts';
import type { Lease } from '../../src-shared/model/lease.ts';
import type { InstalledLicense } from '../../src-shared/model/license.ts';
import { pairConfig } from './peer-messages.ts';
import { makeStoredLedger, makeStoredReplica, nowMs, otherId, serverId } from './records.ts';

export interface LedgerViewOptions {
  view?: Partial<ReplicaView>;
  config?: LedgerConfig;
  self?: string;
  licenses?: InstalledLicense[];
  leases?: Lease[];
}

/** A ledger that looks as a test says, of a backup of `serverId` by `otherId` where all is well. */
export function makeLedgerView(options: LedgerViewOptions = {}): HostedReplica {
  const { config = pairConfig, self = serverId, licenses = [], leases = [], view } = options;
  const all: ReplicaView = {
    here: 'active',
    serving: true,
    active: serverId,
    term: { number: 1, member: serverId },
    servingSinceMs: nowMs,
    synchronised: [serverId, otherId],
    members: [{ id: otherId, down: false, lagEntries: 0 }],
    handover: false,
    electing: false,
    reclaim: null,
    storeFailed: false,
    incomplete: false,
    beyond: [],
    overdraft: null,
    commitIndex: 1,
    quorumMargin: null,
    config,
    ...view,
  };
  const stored = makeStoredLedger({ config, licenses, leases });
  const state = createReplica(
    makeStoredReplica({
      term: all.term,
      ledger: { ...stored, rows: rowsOfLedger(stored) },
    }),
    { serverId: self, demoVendorKeyId: 'demo', newLedgerId: 'ledger-1', boot: 'boot' },
    { monotonicMs: 0, wallMs: nowMs },
  );
  const isActive = all.active === self;
  state.active = all.active;
  if (isActive) state.role = { type: 'active', sinceMs: 0, handover: null };
  const { members } = all.config.membership;
  const { ledger } = state;
  const fake = { id: 'ledger-1', view: () => all, members, state, ledger, isActive };
  return fake as unknown as HostedReplica;
}

/** `serverId`, called Main, and others with what is given of them. */
export function makeCandidates(
  ...others: (Partial<Candidate> & { id: string; name: string })[]
): Candidates {
  const own = { id: serverId, name: 'Main', address: 'main:7470', version: '1.0.0' };
  const rows = others.map((other) => ({
    address: `${other.name}:7470`,
    paired: true,
    connected: true,
    clockDifferenceMs: 0,
    version: '1.0.0',
    ...other,
  }));
  return new Candidates(
    () => own,
    () => rows,
  );
}

export const backupServer = { id: otherId, name: 'Backup' };
