import { describeLedgerClock } from '../replicas/ledger-clock.ts';
import type { LedgerConfig } from '../../../src-shared/model/ledger-config.ts';
import type {
  InstalledLicense,
  LicenseDetail,
  LicenseStatus,
  ServedBy,
} from '../../../src-shared/model/license.ts';
import type {
  LedgerStatus,
  NodeSnapshot,
  ServerStatus,
  StatusDocument,
} from '../../../src-shared/model/node-snapshot.ts';
import type { Readiness } from '../../../src-shared/model/readiness.ts';
import type { RelationshipStatus } from '../../../src-shared/model/relationship.ts';
import { formatInstant } from '../../../src-shared/model/scalars.ts';
import type { TimelineEvent } from '../../../src-shared/model/timeline.ts';
import type { TrustedVendor } from '../../../src-shared/model/vendor.ts';
import { deriveCoverage } from '../core/ledger/coverage.ts';
import { deriveLicenseDetail, deriveLicenseStatus } from '../core/ledger/license-view.ts';
import { isWitness } from '../core/replica/replica-state.ts';
import type { Notifier } from '../notify/notifier.ts';
import {
  type LicenseFolderStatus,
  summarizeFolder,
} from '../../../src-shared/model/license-folder.ts';
import type { Backups } from '../backup/backups.ts';
import type { HistoryKeeping } from './history-keeping.ts';
import type { StoredEvent } from '../store/store.ts';
import type { LedgerServers } from '../serving/ledger-servers.ts';
import type { MissingData } from '../replicas/missing-data.ts';
import type { HostedReplica } from '../replicas/hosted-replica.ts';
import type { ReturnWatch } from '../relationships/return-watch.ts';
import type { Replicas } from '../replicas/replicas.ts';
import type { LiveSettings } from '../settings/live-settings.ts';
import type { ServerRow } from '../../../src-shared/model/server-row.ts';
import { othersOf } from '../replicas/membership.ts';
import { isMemberSynchronised } from '../relationships/relationship-status.ts';
import type { ListedServer } from '../peers/server-list.ts';
import type { Servers } from '../peers/servers.ts';
import type { ServingStatus } from '../serving/serving-status.ts';

export interface SnapshotSources {
  serverId: string;
  version: string;
  packaged: boolean;
  demoVendorKeyId: string;
  uptimeMs: () => number;
  nowMs: () => number;
  /** When this server's directory was last found to have been put back. */
  putBackMs: () => number | null;
  replicas: Replicas;
  ledgerServers: LedgerServers;
  relationships: () => RelationshipStatus[];
  /** Of all relationships together, by what is known of each. */
  readiness: (parts: readonly Readiness[]) => Readiness;
  returnWatch: Pick<ReturnWatch, 'reclaimOf'>;
  missing: Pick<MissingData, 'status'>;
  backups: Pick<Backups, 'status'>;
  licenseFolder: { status(): LicenseFolderStatus };
  notifier: Pick<Notifier, 'status'>;
  keeping: Pick<HistoryKeeping, 'use'>;
  serving: ServingStatus;
  /** Clients can connect. */
  isOpen: () => boolean;
  settings: LiveSettings;
  servers: Pick<
    Servers,
    'list' | 'invitation' | 'consents' | 'strangers' | 'copyAt' | 'standsAside' | 'discoveryProblem'
  >;
  /** `host:port` at which clients reach this server. */
  address: () => string;
  /** Newest timeline entries, newest first. */
  events: () => readonly StoredEvent[];
}

/** Time for which the details of licences are taken as they are while no licence or lease changed. */
const detailsKeptMs = 1_000;

interface KeptDetails {
  key: string;
  atMs: number;
  licenses: LicenseDetail[];
}

/** Views of a node for admins, each taken at one instant. */
export class Snapshots {
  readonly #sources: SnapshotSources;
  readonly #details = new Map<string, KeptDetails>();

  constructor(sources: SnapshotSources) {
    this.#sources = sources;
  }

  status(): StatusDocument {
    const { replicas, readiness, missing, keeping } = this.#sources;
    const relationships = this.#sources.relationships();
    const [relationship = null] = relationships;
    return {
      server: this.#server(),
      relationship,
      relationships,
      ledgers: replicas.all().map((replica) => this.#ledger(replica)),
      readiness: readiness(relationships.map((one) => one.readiness)),
      missingData: missing.status(),
      history: keeping.use(),
    };
  }

  snapshot(): NodeSnapshot {
    const { nowMs, replicas, serving, settings, servers, packaged, events, backups } =
      this.#sources;
    const { demoVendorKeyId, notifier } = this.#sources;
    const states = replicas.all().map(({ ledger }) => ledger);
    const vendors = this.vendors();
    return {
      ...this.status(),
      at: formatInstant(nowMs()),
      serving: serving.serving(),
      licenses: this.details(),
      leaseCount: sum(states.map(({ leases }) => leases.size)),
      leasesRevision: sum(states.map(({ leasesRevision }) => leasesRevision)),
      events: events().map(describeEvent),
      vendors,
      servers: this.servers(),
      invitation: servers.invitation(),
      requests: servers.consents.requests(),
      strangers: servers.strangers.list(),
      copyAt: servers.copyAt(),
      standsAside: servers.standsAside(),
      discoveryProblem: servers.discoveryProblem(),
      backups: backups.status(),
      licenseFolder: summarizeFolder(this.#sources.licenseFolder.status()),
      notify: notifier.status(),
      settings: settings.current,
      overriddenSettings: settings.overridden,
      demo: {
        trusted: vendors.some(({ keyId }) => keyId === demoVendorKeyId),
        trustNeedsConsent: packaged,
      },
    };
  }

  /** Every other server that is known here. */
  servers(): ServerRow[] {
    return this.#sources.servers.list().map((server) => this.server(server));
  }

  /** A server is synchronised when it has everything of the ledgers that it shares with this one. */
  server(server: ListedServer): ServerRow {
    const { replicas, serverId } = this.#sources;
    const shared = replicas
      .all()
      .filter((replica) => othersOf(replica.view().config, serverId).includes(server.id));
    const synchronised =
      server.connected && shared.length > 0 && isMemberSynchronised(server.id, shared, true);
    return { ...server, synchronised };
  }

  /** Vendors that any ledger kept here trusts. */
  vendors(): TrustedVendor[] {
    const vendors = new Map<string, TrustedVendor>();
    for (const { ledger } of this.#sources.replicas.all()) {
      for (const vendor of ledger.vendors.values()) vendors.set(vendor.keyId, vendor);
    }
    return [...vendors.values()];
  }

  /** Every licence in detail. */
  details(): LicenseDetail[] {
    return this.#sources.replicas.all().flatMap((replica) => this.#detailsOf(replica));
  }

  /** Every licence as clients see it. */
  statuses(): LicenseStatus[] {
    return licenseStatuses(this.#sources.replicas, this.#sources.ledgerServers);
  }

  detail(id: string): LicenseDetail | undefined {
    const { replicas, ledgerServers } = this.#sources;
    for (const replica of replicas.all()) {
      const { ledger: state } = replica.state;
      const license = state.licenses.get(id);
      if (!license) continue;
      const servedBy = serverOf(replica.view().config, license, ledgerServers.servedBy(replica));
      return deriveLicenseDetail(state, license, servedBy);
    }
    return undefined;
  }

  #detailsOf(replica: HostedReplica): LicenseDetail[] {
    const { ledgerServers } = this.#sources;
    const { ledger: state } = replica.state;
    const nowMs = this.#sources.nowMs();
    const servedBy = ledgerServers.servedBy(replica);
    const { config } = replica.view();
    const key = [
      state.licensesRevision,
      state.leasesRevision,
      config.version,
      JSON.stringify(servedBy),
    ].join();
    const kept = this.#details.get(replica.id);
    if (kept?.key === key && Math.abs(nowMs - kept.atMs) < detailsKeptMs) return kept.licenses;
    const licenses = Array.from(state.licenses.values(), (license) =>
      deriveLicenseDetail(state, license, serverOf(config, license, servedBy)),
    );
    this.#details.set(replica.id, { key, atMs: nowMs, licenses });
    return licenses;
  }

  #server(): ServerStatus {
    const { serverId: id, version, uptimeMs, address, settings } = this.#sources;
    const uptimeSeconds = Math.round(uptimeMs() / 1000);
    const putBackMs = this.#sources.putBackMs();
    const putBackAt = putBackMs === null ? null : formatInstant(putBackMs);
    const { name } = settings.current;
    return { id, name, version, address: address(), uptimeSeconds, putBackAt };
  }

  #ledger(replica: HostedReplica): LedgerStatus {
    const { ledgerServers, isOpen } = this.#sources;
    const { state } = replica;
    const view = replica.view();
    const { members, witness, rule } = view.config.membership;
    const servedBy = ledgerServers.servedBy(replica);
    const { overdraft } = view;
    return {
      id: replica.id,
      rule: members.length === 1 ? null : rule,
      members,
      witness,
      active: servedBy?.id ?? null,
      activeSince: servedBy?.since ?? null,
      term: view.term.number,
      here: isOpen() ? view.here : 'stopped',
      synchronised: isWitness(state) ? [] : view.synchronised,
      placed: view.config.placed,
      reclaim: this.#sources.returnWatch.reclaimOf(replica),
      overdraft: overdraft && {
        units: overdraft.units,
        since: formatInstant(overdraft.sinceMs),
      },
      clock: isWitness(state) ? null : describeLedgerClock(replica.ledger.time),
      licenses: replica.ledger.licenses.size,
      leases: replica.ledger.leases.size,
    };
  }
}

/** Every licence of every ledger that is kept here, and who serves it. */
export function licenseStatuses(replicas: Replicas, ledgerServers: LedgerServers): LicenseStatus[] {
  return replicas.all().flatMap((replica) => {
    const servedBy = ledgerServers.servedBy(replica);
    const { ledger: state } = replica.state;
    const { config } = replica.view();
    return Array.from(state.licenses.values(), (license) =>
      deriveLicenseStatus(state, license, serverOf(config, license, servedBy)),
    );
  });
}

/** A failover server does not serve a licence that its vendor lets run on its own server only. */
function serverOf(
  config: LedgerConfig,
  license: InstalledLicense,
  servedBy: ServedBy | null,
): ServedBy | null {
  return servedBy && deriveCoverage(config, license, servedBy.id).covered ? servedBy : null;
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

/** A timeline entry as admins see it. */
export function describeEvent(event: StoredEvent): TimelineEvent {
  const { local, server, atMs, kind, severity, message, license, lease, actor } = event;
  return {
    sequence: local,
    server,
    at: formatInstant(atMs),
    kind,
    severity,
    message,
    ...(license === undefined ? {} : { license }),
    ...(lease === undefined ? {} : { lease }),
    ...(actor === undefined ? {} : { actor }),
  };
}
