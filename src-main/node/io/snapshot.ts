import type { LicenseDetail } from '../../../src-shared/model/license.ts';
import type {
  LedgerStatus,
  NodeSnapshot,
  Readiness,
  ServerStatus,
  StatusDocument,
} from '../../../src-shared/model/node-snapshot.ts';
import { formatInstant } from '../../../src-shared/model/scalars.ts';
import type { TimelineEvent } from '../../../src-shared/model/timeline.ts';
import type { RecordedEvent } from '../core/change.ts';
import type { LedgerState } from '../core/ledger.ts';
import { deriveLicenseDetail } from '../core/license-view.ts';
import type { LiveSettings } from './node-settings-live.ts';
import type { Servers } from './peers/servers.ts';
import type { ServingStatus } from './serving-status.ts';

export interface SnapshotSources {
  serverId: string;
  version: string;
  packaged: boolean;
  demoVendorKeyId: string;
  startedAtMs: number;
  nowMs: () => number;
  state: () => LedgerState;
  serving: ServingStatus;
  settings: LiveSettings;
  servers: Pick<Servers, 'list' | 'invitation'>;
  /** Newest timeline entries, newest first. */
  events: () => readonly RecordedEvent[];
}

/** Time for which the details of licences are taken as they are while no licence or lease changed. */
const detailsKeptMs = 1_000;

/** Views of a node for admins, each taken at one instant. */
export class Snapshots {
  readonly #sources: SnapshotSources;
  #details: { key: string; atMs: number; licenses: LicenseDetail[] } | undefined;

  constructor(sources: SnapshotSources) {
    this.#sources = sources;
  }

  status(): StatusDocument {
    return {
      server: this.#server(),
      relationship: null,
      ledgers: [this.#ledger()],
      readiness: readinessOfOne,
    };
  }

  snapshot(): NodeSnapshot {
    const { nowMs, state, serving, settings, servers, serverId, packaged, events } = this.#sources;
    const { demoVendorKeyId } = this.#sources;
    const { leases, leasesRevision, vendors } = state();
    return {
      ...this.status(),
      at: formatInstant(nowMs()),
      serving: serving.serving(),
      licenses: this.details(),
      leaseCount: leases.size,
      leasesRevision,
      events: events().map((event) => describeEvent(event, serverId)),
      vendors: [...vendors.values()],
      servers: servers.list(),
      invitation: servers.invitation(),
      settings: settings.current,
      overriddenSettings: settings.overridden,
      demo: { trusted: vendors.has(demoVendorKeyId), trustNeedsConsent: packaged },
    };
  }

  /** Every licence in detail. */
  details(): LicenseDetail[] {
    const { serving } = this.#sources;
    const state = this.#sources.state();
    const nowMs = this.#sources.nowMs();
    const servedBy = serving.servedBy();
    const key = [state.licensesRevision, state.leasesRevision, JSON.stringify(servedBy)].join();
    const kept = this.#details;
    if (kept?.key === key && Math.abs(nowMs - kept.atMs) < detailsKeptMs) return kept.licenses;
    const licenses = [...state.licenses.values()].map((license) =>
      deriveLicenseDetail(state, license, servedBy, nowMs),
    );
    this.#details = { key, atMs: nowMs, licenses };
    return licenses;
  }

  detail(id: string): LicenseDetail | undefined {
    const { state, serving, nowMs } = this.#sources;
    const license = state().licenses.get(id);
    return license && deriveLicenseDetail(state(), license, serving.servedBy(), nowMs());
  }

  #server(): ServerStatus {
    const { serverId: id, version, startedAtMs, nowMs, serving, settings } = this.#sources;
    const uptimeSeconds = Math.max(0, Math.round((nowMs() - startedAtMs) / 1000));
    return { id, name: settings.current.name, version, address: serving.address(), uptimeSeconds };
  }

  #ledger(): LedgerStatus {
    const { serverId, serving } = this.#sources;
    const { id, term } = this.#sources.state().meta;
    const stopped = serving.serving().state === 'stopped';
    return {
      id,
      rule: null,
      members: [serverId],
      active: stopped ? null : serverId,
      term,
      here: stopped ? 'stopped' : 'active',
      overdraft: null,
    };
  }
}

/** A server that stands alone has nobody to fail over to, and says so. */
const readinessOfOne: Readiness = {
  ready: false,
  reasons: [
    {
      code: 'NO_RELATIONSHIP',
      message:
        'No other server protects this one: if it stopped, no new seats could be had until it is back.',
    },
  ],
};

/** A timeline entry as admins see it. */
export function describeEvent(event: RecordedEvent, server: string): TimelineEvent {
  const { sequence, atMs, kind, severity, message, license, lease } = event;
  return {
    sequence,
    server,
    at: formatInstant(atMs),
    kind,
    severity,
    message,
    ...(license === undefined ? {} : { license }),
    ...(lease === undefined ? {} : { lease }),
  };
}
