import { restoreLedger } from '../../src-main/node/core/ledger-start.ts';
import type { ReplicaView } from '../../src-main/node/core/replica/replica-view.ts';
import type { HostedLedger } from '../../src-main/node/io/ledgers/hosted-ledger.ts';
import {
  type KnownServer,
  KnownServers,
} from '../../src-main/node/io/relationships/known-servers.ts';
import type { LedgerConfig } from '../../src-shared/model/ledger-config.ts';
import type { Lease } from '../../src-shared/model/lease.ts';
import type { InstalledLicense } from '../../src-shared/model/license.ts';
import type { ServerRow } from '../../src-shared/model/server-row.ts';
import { pairConfig } from './peer-messages.ts';
import { makeStoredLedger, nowMs, otherId, serverId } from './records.ts';

export interface LedgerViewOptions {
  view?: Partial<ReplicaView>;
  config?: LedgerConfig;
  self?: string;
  licenses?: InstalledLicense[];
  leases?: Lease[];
}

/** A ledger that looks as a test says, of a backup of `serverId` by `otherId` where all is well. */
export function makeLedgerView(options: LedgerViewOptions = {}): HostedLedger {
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
    storeFailed: false,
    overdraft: null,
    commitIndex: 1,
    quorumMargin: null,
    config,
    ...view,
  };
  const names = new Map<string, string>();
  const ledger = restoreLedger(
    makeStoredLedger({ config, licenses, leases }),
    { serverId: self, demoVendorKeyId: 'demo', newLedgerId: 'ledger-1', names },
    { monotonicMs: 0, wallMs: nowMs },
  );
  const isActive = all.active === self;
  const role = { type: isActive ? 'active' : 'standby' };
  const state = { ledger, self, role, term: all.term, storeFailed: all.storeFailed };
  const fake = { id: 'ledger-1', view: () => all, state, isActive };
  return fake as unknown as HostedLedger;
}

/** `serverId`, called Main, and others with what is given of them. */
export function makeKnownServers(
  ...others: (Partial<KnownServer> & { id: string; name: string })[]
): KnownServers {
  const own = { id: serverId, name: 'Main', address: 'main:7470', version: '1.0.0' };
  const rows = others.map((other) => ({
    address: `${other.name}:7470`,
    paired: true,
    connected: true,
    clockDifferenceMs: 0,
    version: '1.0.0',
    ...other,
  }));
  return new KnownServers(
    () => own,
    () => rows as unknown as ServerRow[],
  );
}

export const backupServer = { id: otherId, name: 'Backup' };
