import { refuse } from '../../../src-shared/contract/admin-error.ts';
import { damagedAskedMax, type PeerResult } from '../../../src-shared/contract/peers.ts';
import type { InstalledLicense } from '../../../src-shared/model/license.ts';
import type { TrustedVendor } from '../../../src-shared/model/vendor.ts';
import { countOf } from '../../../src-shared/view/count-of.ts';
import { damageRemedy } from '../../../src-shared/view/damage-remedy.ts';
import type { TimelineNote } from '../base/timeline-note.ts';
import { currentVersion } from '../core/ledger/ledger.ts';
import { isWitness } from '../core/replica/replica-state.ts';
import type { LicenseDoor } from '../licensing/license-door.ts';
import type { PeerCalls, PeerHandlers } from '../peers/peer-calls.ts';
import type { HostedReplica } from './hosted-replica.ts';
import { isOtherMember } from './membership.ts';
import type { ReplicaLinks } from './replica-exchange.ts';
import type { Replicas } from './replicas.ts';

export interface DamagedLicensesOptions {
  serverId: string;
  replicas: Replicas;
  door: LicenseDoor;
  calls: PeerCalls;
  servers: Pick<ReplicaLinks, 'isConnected'>;
  /** Of a clock that never goes back. */
  nowMs: () => number;
  note: (note: TimelineNote) => void;
}

const lookEveryMs = 500;

/** Time before peers are asked for the same licences again. */
const askEveryMs = 5_000;

/** A report that is not repeated is out of date: whoever made it repeats it while it is so. */
const reportedMsMax = 3 * askEveryMs;

/** Licences that are named in one sentence. */
const namedMax = 5;

type Copies = PeerResult<'license.damaged'>;

interface Report {
  from: string;
  ledger: string;
  licenses: string[];
  atMs: number;
}

/**
 * Looks after licences that are not what their vendor signed: says so, asks the other members for
 * theirs, and has the one that serves write them down again (protocol section 3c). What a peer says is
 * verified like everything else, and never has a lower revision or serial than what is damaged.
 */
export class DamagedLicenses {
  readonly #options: DamagedLicensesOptions;
  /** By ledger: the damaged licences that are on the timeline. */
  readonly #told = new Map<string, Set<string>>();
  readonly #askedAtMs = new Map<string, number>();
  readonly #mendedAtMs = new Map<string, number>();
  /** Keys of vendors that were trusted when the damaged licences of a ledger were last judged. */
  readonly #trusted = new Map<string, ReadonlySet<string>>();
  readonly #reports = new Map<string, Report>();
  readonly #seen = new Map<string, { revision: number; damaged: InstalledLicense[] }>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: DamagedLicensesOptions) {
    this.#options = options;
  }

  /** Answers what other members ask of licences that are damaged at them. */
  handlers(): PeerHandlers<'license.damaged'> {
    return {
      'license.damaged': async (from, { ledger, licenses }) => {
        const { replicas, serverId } = this.#options;
        const replica = replicas.get(ledger);
        if (!replica || !isOtherMember(replica.view().config, from, serverId)) {
          return refuse('BAD_REQUEST', 'That server takes no part in this ledger.');
        }
        return { ok: true, value: this.#answer(from, replica, licenses) };
      },
    };
  }

  start(): void {
    this.look();
    this.#timer = setInterval(() => this.look(), lookEveryMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Damaged copies that other members have of the licences of a ledger, as they said last. */
  elsewhere(ledger: string): { server: string; licenses: readonly string[] }[] {
    const sinceMs = this.#options.nowMs() - reportedMsMax;
    return [...this.#reports.values()]
      .filter((report) => report.ledger === ledger && report.atMs >= sinceMs)
      .map(({ from, licenses }) => ({ server: from, licenses }));
  }

  look(): void {
    for (const replica of this.#options.replicas.all()) {
      if (isWitness(replica.state)) continue;
      const damaged = this.#damagedOf(replica);
      const hadSome = this.#tell(replica, damaged);
      if (damaged.length > 0 || hadSome) void this.#repair(replica, damaged);
    }
  }

  #damagedOf({ id, ledger }: HostedReplica): InstalledLicense[] {
    const revision = ledger.licensesRevision;
    const seen = this.#seen.get(id);
    if (seen?.revision === revision) return seen.damaged;
    const damaged = [...ledger.licenses.values()].filter(({ damage }) => damage !== undefined);
    this.#seen.set(id, { revision, damaged });
    return damaged;
  }

  /** Puts what changed on the timeline; true: the last damaged licence is repaired or gone. */
  #tell({ id, ledger }: HostedReplica, damaged: readonly InstalledLicense[]): boolean {
    const told = this.#told.get(id) ?? new Set<string>();
    const fresh = damaged.filter((license) => !told.has(license.id));
    const isDamaged = new Set(damaged.map((license) => license.id));
    const over = [...told].filter((license) => !isDamaged.has(license));
    const repaired = over.filter((license) => ledger.licenses.has(license));
    this.#told.set(id, isDamaged);
    const { note } = this.#options;
    for (const [damage, ids] of groupByDamage(fresh)) {
      const message = `${describe(ids)} damaged at this server. ${damage} ${damageRemedy}`;
      note({ kind: 'licenseDamaged', severity: 'error', message });
    }
    if (repaired.length > 0) {
      const message = `${describe(repaired)} repaired at this server, as the vendor signed.`;
      note({ kind: 'licenseRepaired', severity: 'info', message });
    }
    return told.size > 0 && damaged.length === 0;
  }

  async #repair(replica: HostedReplica, damaged: readonly InstalledLicense[]): Promise<void> {
    this.#judgeAgain(replica, damaged);
    const nowMs = this.#options.nowMs();
    const ids = damaged.slice(0, damagedAskedMax).map(({ id }) => id);
    for (const member of this.#membersToAsk(replica)) {
      const key = `${replica.id} ${member}`;
      const askedAtMs = this.#askedAtMs.get(key);
      const isDue = askedAtMs === undefined || nowMs - askedAtMs >= askEveryMs;
      if (ids.length > 0 && !isDue) continue;
      this.#askedAtMs.set(key, nowMs);
      // An empty list takes an earlier report back.
      const args = { ledger: replica.id, licenses: ids };
      const answer = await this.#options.calls.call(member, 'license.damaged', args);
      if (!answer.ok) this.#askedAtMs.delete(key);
      else if (replica.isActive) this.#take(replica, answer.value);
    }
    if (ids.length === 0) this.#forgetAsked(replica);
  }

  /** A licence whose vendor was not trusted counts as soon as that vendor is. */
  #judgeAgain(replica: HostedReplica, damaged: readonly InstalledLicense[]): void {
    const { vendors } = replica.ledger;
    const before = this.#trusted.get(replica.id);
    const isNew = (keyId: string) => before !== undefined && !before.has(keyId);
    if (!replica.isActive) return;
    this.#trusted.set(replica.id, new Set(vendors.keys()));
    const judged = damaged.filter((license) => isNew(currentVersion(license).vendorKeyId));
    this.#mend(replica, judged, [...vendors.values()]);
  }

  #forgetAsked({ id }: HostedReplica): void {
    for (const key of this.#askedAtMs.keys()) {
      if (key.startsWith(`${id} `)) this.#askedAtMs.delete(key);
    }
  }

  /** A standby asks the active, which writes the licence down again for all; the active asks all. */
  #membersToAsk(replica: HostedReplica): string[] {
    const { serverId, servers } = this.#options;
    const { config, active } = replica.view();
    return config.membership.members.filter(
      (id) => id !== serverId && servers.isConnected(id) && (replica.isActive || id === active),
    );
  }

  #answer(from: string, replica: HostedReplica, ids: readonly string[]): Copies {
    const { nowMs } = this.#options;
    const report = { from, ledger: replica.id, licenses: [...ids], atMs: nowMs() };
    const key = `${from} ${replica.id}`;
    if (ids.length === 0) this.#reports.delete(key);
    else this.#reports.set(key, report);
    const { licenses, vendors } = replica.ledger;
    const whole = ids.flatMap((id) => {
      const license = licenses.get(id);
      return license && license.damage === undefined ? [license] : [];
    });
    const vouching = vouchersOf(whole, vendors.values());
    if (replica.isActive && whole.length > 0 && this.#mayMend(key)) {
      void replica.request({ type: 'licensesMended', licenses: whole, vendors: vouching });
    }
    const versions = whole.map((license) => ({
      id: license.id,
      version: currentVersion(license),
    }));
    return { versions, vendors: vouching };
  }

  /** Each time takes an entry with whole licences: a member that asks without end gets no more. */
  #mayMend(key: string): boolean {
    const nowMs = this.#options.nowMs();
    const mendedAtMs = this.#mendedAtMs.get(key);
    if (mendedAtMs !== undefined && nowMs - mendedAtMs < askEveryMs / 2) return false;
    this.#mendedAtMs.set(key, nowMs);
    return true;
  }

  #take(replica: HostedReplica, { versions, vendors }: Copies): void {
    const { ledger } = replica;
    const copies = versions.flatMap(({ id, version }) => {
      const own = ledger.licenses.get(id);
      if (own?.damage === undefined || !mayReplace(own, version)) return [];
      return [{ ...own, versions: [...own.versions.slice(0, -1), version] }];
    });
    const pinned = new Set(
      copies.flatMap(({ id }) => {
        const own = ledger.licenses.get(id);
        return own ? [currentVersion(own).vendorKeyId] : [];
      }),
    );
    // A vendor whose row is damaged here is taken too: by the id of its key it is the same one.
    const lost = vendors.filter(({ keyId, vendor }) => {
      const own = ledger.vendors.get(keyId);
      return own ? own.vendor !== vendor : pinned.has(keyId);
    });
    const known = [...ledger.vendors.values(), ...lost];
    this.#mend(replica, copies, known);
  }

  /** Writes down those of the copies that verify. */
  #mend(
    replica: HostedReplica,
    copies: readonly InstalledLicense[],
    vendors: readonly TrustedVendor[],
  ): void {
    const { door } = this.#options;
    const sound = door.soundVendors(vendors);
    const licenses = copies
      .map((copy) => door.admit({ ...copy, expiryToldDays: null }, sound))
      .filter(({ damage }) => damage === undefined);
    if (licenses.length === 0) return;
    const vouching = vouchersOf(licenses, sound.values());
    void replica.request({ type: 'licensesMended', licenses, vendors: vouching });
  }
}

type Version = Copies['versions'][number]['version'];

/** A licence never goes back, so what is damaged is replaced by the same or a later one alone. */
function mayReplace(own: InstalledLicense, version: Version): boolean {
  const { revision, grant } = currentVersion(own);
  const isSameVendor = version.grant.vendor === grant.vendor;
  return isSameVendor && version.revision >= revision && version.grant.serial >= grant.serial;
}

/** The vendors of these licences. */
function vouchersOf(
  licenses: readonly InstalledLicense[],
  vendors: Iterable<TrustedVendor>,
): TrustedVendor[] {
  const keyIds = new Set(licenses.map((license) => currentVersion(license).vendorKeyId));
  return [...vendors].filter(({ keyId }) => keyIds.has(keyId));
}

function groupByDamage(licenses: readonly InstalledLicense[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const { id, damage = '' } of licenses) {
    groups.set(damage, [...(groups.get(damage) ?? []), id]);
  }
  return groups;
}

/** `Licence a is`, `3 licences (a, b, c) are`. */
function describe(ids: readonly string[]): string {
  const [first = ''] = ids;
  if (ids.length === 1) return `Licence ${first} is`;
  const more = ids.length > namedMax ? ` and ${ids.length - namedMax} more` : '';
  const names = ids.slice(0, namedMax).join(', ');
  return `${countOf(ids.length, 'licence')} (${names}${more}) are`;
}
