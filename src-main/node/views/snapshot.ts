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
  Readiness,
  ServerStatus,
  StatusDocument,
} from '../../../src-shared/model/node-snapshot.ts';
import type { RelationshipStatus } from '../../../src-shared/model/relationship.ts';
import { formatInstant } from '../../../src-shared/model/scalars.ts';
import type { TimelineEvent } from '../../../src-shared/model/timeline.ts';
import type { TrustedVendor } from '../../../src-shared/model/vendor.ts';
import { deriveCoverage } from '../core/ledger/coverage.ts';
import { deriveLicenseDetail, deriveLicenseStatus } from '../core/ledger/license-view.ts';
import { isWitness } from '../core/replica/replica-state.ts';
import type { StoredEvent } from '../store/store.ts';
import type { LedgerServers } from '../serving/ledger-servers.ts';
import type { HostedLedger } from '../replicas/hosted-replica.ts';
import type { Ledgers } from '../replicas/replicas.ts';
import type { LiveSettings } from '../settings/live-settings.ts';
import type { Servers } from '../peers/servers.ts';
import type { ServingStatus } from '../serving/serving-status.ts';

export interface SnapshotSources {
  serverId: string;
  version: string;
  packaged: boolean;
  demoVendorKeyId: string;
  startedAtMs: number;
  nowMs: () => number;
  ledgers: Ledgers;
  ledgerServers: LedgerServers;
  relationship: () => RelationshipStatus | null;
  readiness: () => Readiness;
  serving: ServingStatus;
  /** Clients can connect. */
  isOpen: () => boolean;
  settings: LiveSettings;
  servers: Pick<Servers, 'list' | 'invitation'>;
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
    const { ledgers, relationship, readiness } = this.#sources;
    return {
      server: this.#server(),
      relationship: relationship(),
      ledgers: ledgers.all().map((ledger) => this.#ledger(ledger)),
      readiness: readiness(),
    };
  }

  snapshot(): NodeSnapshot {
    const { nowMs, ledgers, serving, settings, servers, packaged, events } = this.#sources;
    const { demoVendorKeyId } = this.#sources;
    const states = ledgers.all().map(({ state }) => state.ledger);
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
      servers: servers.list(),
      invitation: servers.invitation(),
      settings: settings.current,
      overriddenSettings: settings.overridden,
      demo: {
        trusted: vendors.some(({ keyId }) => keyId === demoVendorKeyId),
        trustNeedsConsent: packaged,
      },
    };
  }

  /** Vendors that any ledger kept here trusts. */
  vendors(): TrustedVendor[] {
    const vendors = new Map<string, TrustedVendor>();
    for (const { state } of this.#sources.ledgers.all()) {
      for (const vendor of state.ledger.vendors.values()) vendors.set(vendor.keyId, vendor);
    }
    return [...vendors.values()];
  }

  /** Every licence in detail. */
  details(): LicenseDetail[] {
    return this.#sources.ledgers.all().flatMap((ledger) => this.#detailsOf(ledger));
  }

  /** Every licence as clients see it. */
  statuses(): LicenseStatus[] {
    return describeLicenses(this.#sources.ledgers, this.#sources.ledgerServers);
  }

  detail(id: string): LicenseDetail | undefined {
    const { ledgers, ledgerServers, nowMs } = this.#sources;
    for (const ledger of ledgers.all()) {
      const { ledger: state } = ledger.state;
      const license = state.licenses.get(id);
      if (!license) continue;
      const servedBy = serverOf(ledger.view().config, license, ledgerServers.servedBy(ledger));
      return deriveLicenseDetail(state, license, servedBy, nowMs());
    }
    return undefined;
  }

  #detailsOf(ledger: HostedLedger): LicenseDetail[] {
    const { ledgerServers } = this.#sources;
    const { ledger: state } = ledger.state;
    const nowMs = this.#sources.nowMs();
    const servedBy = ledgerServers.servedBy(ledger);
    const { config } = ledger.view();
    const key = [
      state.licensesRevision,
      state.leasesRevision,
      config.version,
      JSON.stringify(servedBy),
    ].join();
    const kept = this.#details.get(ledger.id);
    if (kept?.key === key && Math.abs(nowMs - kept.atMs) < detailsKeptMs) return kept.licenses;
    const licenses = Array.from(state.licenses.values(), (license) =>
      deriveLicenseDetail(state, license, serverOf(config, license, servedBy), nowMs),
    );
    this.#details.set(ledger.id, { key, atMs: nowMs, licenses });
    return licenses;
  }

  #server(): ServerStatus {
    const { serverId: id, version, startedAtMs, nowMs, serving, settings } = this.#sources;
    const uptimeSeconds = Math.max(0, Math.round((nowMs() - startedAtMs) / 1000));
    return { id, name: settings.current.name, version, address: serving.address(), uptimeSeconds };
  }

  #ledger(ledger: HostedLedger): LedgerStatus {
    const { ledgerServers, isOpen } = this.#sources;
    const { state } = ledger;
    const view = ledger.view();
    const { members, witness, rule } = view.config.membership;
    const servedBy = ledgerServers.servedBy(ledger);
    const { overdraft } = view;
    return {
      id: ledger.id,
      rule: members.length === 1 ? null : rule,
      members,
      witness,
      active: servedBy?.id ?? null,
      activeSince: servedBy?.since ?? null,
      term: view.term.number,
      here: isOpen() ? view.here : 'stopped',
      synchronised: isWitness(state) ? [] : view.synchronised,
      placed: view.config.placed,
      overdraft: overdraft && {
        units: overdraft.units,
        since: formatInstant(overdraft.sinceMs),
      },
      licenses: state.ledger.licenses.size,
      leases: state.ledger.leases.size,
    };
  }
}

/** Every licence of every ledger that is kept here, and who serves it. */
export function describeLicenses(ledgers: Ledgers, servers: LedgerServers): LicenseStatus[] {
  return ledgers.all().flatMap((ledger) => {
    const servedBy = servers.servedBy(ledger);
    const { ledger: state } = ledger.state;
    const { config } = ledger.view();
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
  const { local, server, atMs, kind, severity, message, license, lease } = event;
  return {
    sequence: local,
    server,
    at: formatInstant(atMs),
    kind,
    severity,
    message,
    ...(license === undefined ? {} : { license }),
    ...(lease === undefined ? {} : { lease }),
  };
}
