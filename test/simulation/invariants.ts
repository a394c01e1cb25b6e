import type { Lease } from '../../src-shared/model/lease.ts';
import type { LeaseEnd } from '../../src-shared/model/usage.ts';
import { currentGrant, currentVersion } from '../../src-main/node/core/ledger/ledger.ts';
import { entryAt, lastPosition } from '../../src-main/node/core/replica/log.ts';
import type {
  LedgerRequest,
  ReplicaEvent,
} from '../../src-main/node/core/replica/replica-event.ts';
import { participants, type ReplicaState } from '../../src-main/node/core/replica/replica-state.ts';
import { refusalToServe } from '../../src-main/node/core/replica/serving.ts';
import { compareTerms, samePosition } from '../../src-main/node/core/replica/term.ts';
import type { Cluster } from './cluster.ts';
import type { Member } from './member.ts';

/**
 * The invariants of protocol section 9, by their numbers. After every step of a member: 1, 2, 3, 4
 * (at a takeover), 5 (an end that was told), 6, 8. With every answer to a client: 4, 5 and the rules
 * for licences that do not run elsewhere. 7 is what crashes and failing disks try all the time:
 * nothing of the others holds if an answer leaves too early. After the faults: 6 in full, 9 and 10.
 */
export class Invariants {
  readonly violations: string[] = [];
  /** Leases whose end a client was told. */
  readonly ended = new Set<string>();
  readonly told = new Map<string, Lease>();
  /** Two members were active at once. */
  everTwoActives = false;
  /** A member took over that was not in sync, or one that was removed served on. */
  lossyTakeover = false;
  /** A server was told that it is no member, and dropped its copy. */
  everRemoved = false;
  terms = 0;
  #capMax = 0;
  #revisionTold = 0;
  /** Spells that were looked at when they began in memory. */
  readonly #judged = new WeakSet<object>();
  /** Who began to serve last. */
  #lastActive: string | null = null;
  readonly #localLeases = new Map<string, Set<string>>();
  #seenTerms = new Map<string, string>();
  readonly #cluster: Cluster;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  violated(what: string): void {
    this.#cluster.note(`VIOLATION ${what}`);
    if (this.violations.length < 20) this.violations.push(what);
  }

  /** Under `continuity` two served at once, or one that was not in sync: what then is lost is said. */
  get excused(): boolean {
    return this.everTwoActives || this.lossyTakeover;
  }

  noteCap(units: number): void {
    this.#capMax = Math.max(this.#capMax, units);
  }

  /** The admin was told that this serial is installed. */
  noteInstalled({ state }: Member, serial: number): void {
    const license = state?.ledger.licenses.get('lic-cad');
    const version = license?.versions.find(({ grant }) => grant.serial === serial);
    this.#revisionTold = Math.max(this.#revisionTold, version?.revision ?? 0);
  }

  check(member: Member, event: ReplicaEvent): void {
    const { state } = member;
    if (!state) return;
    this.#checkStructure(member, state);
    if (state.role.type === 'active' && !this.#judged.has(state.role)) {
      this.#judged.add(state.role);
      this.#judgeTakeover(member, state);
    }
    if (serves(state)) this.#checkActive(member, state, event);
    this.#localLeases.set(member.id, localLeases(state));
    if (event.type === 'ticked') this.#checkLogs(member, state);
  }

  /** Memory and disk tell the same story up to what is durable. */
  #checkStructure(member: Member, state: ReplicaState): void {
    if (state.durableIndex > lastPosition(state.log).index) {
      this.violated(`7: ${member.id} believes more durable than there is`);
    }
  }

  #checkActive(member: Member, state: ReplicaState, event: ReplicaEvent): void {
    const key = `${state.term.number}/${state.term.member}`;
    // 1. One active in a term.
    const holder = this.#seenTerms.get(key);
    if (holder !== undefined && holder !== member.id) this.violated(`1: two actives in ${key}`);
    if (holder === undefined) {
      this.#seenTerms.set(key, member.id);
      this.terms++;
      this.#lastActive = member.id;
    }
    if (event.type === 'requestsReceived' && !event.requests.some(isConfigRequest)) {
      this.#checkCoverage(member, state);
    }
    this.#checkAlone(member, state);
    this.#checkEnded(member, state);
    this.#checkSeats(member, state);
    this.#checkCap(state);
    this.#checkRevision(member, state);
  }

  /** Protocol section 3. Under `majority` one that was replaced does not even renew. */
  #checkAlone(member: Member, state: ReplicaState): void {
    if (this.excused || state.ledger.config.membership.rule !== 'majority') return;
    for (const { id, state: other } of this.#cluster.members.values()) {
      if (!other || compareTerms(other.term, state.term) <= 0 || !serves(other)) continue;
      this.violated(`1: ${member.id} serves after ${id} does in ${other.term.number}/${id}`);
    }
  }

  #judgeTakeover(member: Member, state: ReplicaState): void {
    this.#cluster.note(`${member.id} is active in ${state.term.number}/${state.term.member}`);
    const rivals = [...this.#cluster.members.values()].filter(
      (other) => other !== member && other.isActive,
    );
    const continuity = state.ledger.config.membership.rule === 'continuity';
    const alone = ({ state }: Member) => state?.ledger.config.membership.rule === 'continuity';
    if (rivals.length > 0 && (continuity || rivals.some(alone))) this.everTwoActives = true;
    if (continuity && !this.#wasInSync(member)) {
      this.#cluster.note(`${member.id} was not in sync`);
      this.lossyTakeover = true;
    }
    if (this.excused) return;
    // 4. A takeover keeps what clients were told.
    for (const client of this.#cluster.clients) {
      const lease = client.sureOf;
      if (lease && !state.ledger.leases.has(lease.id)) {
        this.violated(`4: ${member.id} took over without ${lease.id}`);
      }
    }
  }

  /** Product, point 6: a failover server grants nothing of a licence that runs on its primary only. */
  #checkCoverage(member: Member, state: ReplicaState): void {
    const before = this.#localLeases.get(member.id);
    if (!before || state.ledger.config.membership.members[0] === member.id) return;
    for (const id of localLeases(state)) {
      if (!before.has(id)) this.violated(`product 6: ${member.id} granted ${id}, not covered`);
    }
  }

  /** The active before it had not acknowledged anything without this member. */
  #wasInSync(member: Member): boolean {
    const before = [...this.#cluster.members.values()]
      .filter((other) => other !== member && other.store?.term.member === other.id)
      .sort((a, b) => (b.store?.term.number ?? 0) - (a.store?.term.number ?? 0))[0];
    if (!before?.store || this.#lastActive === member.id) return true;
    return before.store.syncSet.includes(member.id);
  }

  /** 5. What ended stays ended. */
  #checkEnded(member: Member, { ledger, commitIndex, termIndex }: ReplicaState): void {
    // One that was elected but has nothing committed yet tells nobody anything.
    if (this.excused || commitIndex < termIndex) return;
    for (const leaseId of ledger.leases.keys()) {
      if (this.ended.has(leaseId)) {
        this.violated(`5: ${leaseId} was ended and lives at ${member.id}`);
      }
    }
  }

  /** Product, point 17: one instance has one lease of a licence. */
  #checkSeats(member: Member, { ledger }: ReplicaState): void {
    if (this.excused || ledger.leaseIdBySeat.size === ledger.leases.size) return;
    this.violated(`product 17: an instance has two leases at ${member.id}`);
  }

  #checkCap({ ledger }: ReplicaState): void {
    const relied = this.#cluster.clients.reduce(
      (sum, client) => sum + (client.wish === 'uncovered' ? 0 : client.units),
      0,
    );
    const { excused } = this;
    if (relied > this.#capMax && !excused) {
      // 2 and 3. More than the licence ever had.
      this.violated(`2/3: clients rely on ${relied} of ${this.#capMax} units`);
    }
    if (this.#capWasLowered()) return;
    // With three, one that followed the former active cannot know what of it was never told.
    const two = ledger.config.membership.members.length <= 2;
    if (ledger.meta.overdraft && !excused && two) this.violated('3: overdraft without two actives');
    const license = ledger.licenses.get('lic-cad');
    const out = ledger.unitCountByLicense.get('lic-cad')?.units ?? 0;
    if (license && out > currentGrant(license).units && !ledger.meta.overdraft) {
      this.violated(`3: ${out} units are out and no overdraft is recorded`);
    }
  }

  #capWasLowered(): boolean {
    return this.#cluster.serial > 2;
  }

  /** 8. No server that serves goes back behind a version that the admin was told of. */
  #checkRevision(member: Member, { ledger }: ReplicaState): void {
    if (this.excused) return;
    const license = ledger.licenses.get('lic-cad');
    const at = license ? currentVersion(license).revision : 0;
    if (at < this.#revisionTold) {
      this.violated(`8: ${member.id} is at revision ${at}, told was ${this.#revisionTold}`);
    }
  }

  /** 6. Committed entries are the same everywhere. Under `continuity` while nobody served alone. */
  #checkLogs(member: Member, state: ReplicaState): void {
    if (this.excused) return;
    for (const other of this.#cluster.members.values()) {
      if (other === member || !other.state) continue;
      const index = Math.min(state.commitIndex, other.state.commitIndex);
      const a = entryAt(state.log, index);
      const b = entryAt(other.state.log, index);
      if (a && b && !samePosition(a, b)) {
        this.violated(`6: entry ${index} differs at ${member.id} and ${other.id}`);
      }
    }
  }

  /** 9. The preferred member is active, and all have the same. */
  isOne(): boolean {
    const { active } = this.#cluster;
    if (!active?.state || !active.store || !this.#cluster.isSettled()) return false;
    const { membership, placed } = active.state.ledger.config;
    if (active.id !== (placed ?? membership.members[0])) return false;
    const rivals = [...this.#cluster.members.values()].filter((member) => member.isActive);
    if (rivals.length !== 1) return false;
    const last = lastPosition(active.state.log);
    if (!samePosition(lastPosition(active.store.log), last)) return false;
    return membership.members.every((id) => {
      const member = this.#cluster.members.get(id);
      if (!member?.state || !member.store || member.store.missing) return false;
      return (
        samePosition(lastPosition(member.state.log), last) &&
        samePosition(lastPosition(member.store.log), last)
      );
    });
  }

  describe(): string {
    return [...this.#cluster.members.values()]
      .map(({ id, state, store }) => {
        if (!state) return `${id} ${store ? 'down' : 'out'}`;
        const last = lastPosition(state.log);
        const { version } = state.ledger.config;
        return (
          `${id} ${state.role.type} follows ${state.active ?? '-'} term ${state.term.number}/` +
          `${state.term.member} last ${last.index}@${last.term.number}/${last.term.member} ` +
          `base ${state.log.base.index} commit ${state.commitIndex} v${version}` +
          `${store?.missing ? ` lacks ${JSON.stringify(store.missing)}` : ''}${state.storeFailed ? ' store fails' : ''}`
        );
      })
      .join('; ');
  }

  /** 6 and 9. Every member has the same licences, leases, usage and timeline on its disk. */
  checkSame(): void {
    const { active } = this.#cluster;
    if (!active?.state || !active.store) return;
    const { membership } = active.state.ledger.config;
    const expected = describeStore(active);
    for (const id of participants(membership)) {
      const member = this.#cluster.members.get(id);
      if (!member?.store || id === membership.witness) continue;
      const found = describeStore(member);
      for (const [table, text] of Object.entries(expected)) {
        if (found[table] === text) continue;
        this.violated(`9: ${table} differ at ${active.id} and ${id}`);
        this.#cluster.note(`${active.id}: ${text}`);
        this.#cluster.note(`${id}: ${found[table] ?? ''}`);
      }
    }
  }

  /**
   * 10. Every lease that a client was told of lives or has exactly one usage record. One that ran
   * out can come back by a merge or a token, and then end once more.
   */
  checkUsage(): void {
    const { active } = this.#cluster;
    if (this.lossyTakeover || !active?.state || !active.store) return;
    // A server that was taken out took what it had granted alone with it.
    if (this.excused && this.everRemoved) return;
    // Nor is the usage known of entries that a short log does not reach back to (protocol, limits).
    if (this.everTwoActives && this.#cluster.options.limits.entriesMax < 100) return;
    const ends = new Map<string, LeaseEnd[]>();
    for (const usage of active.store.tables.usage.values()) {
      if (usage.kind !== 'session') continue;
      ends.set(usage.leaseId, [...(ends.get(usage.leaseId) ?? []), usage.end]);
    }
    for (const leaseId of this.told.keys()) {
      const lives = active.state.ledger.leases.has(leaseId);
      const all = ends.get(leaseId) ?? [];
      const counted = all.filter((end, i) => end !== 'expired' || i === all.length - 1);
      const fits = lives
        ? all.length === 0 || all.every((end) => end === 'expired')
        : counted.length === 1;
      if (fits) continue;
      this.violated(`10: ${leaseId} ${lives ? 'lives' : 'ended'}; its records: ${all.join(', ')}`);
      return;
    }
  }

  /**
   * 5, at the end: what was returned on any side does not live, also after two served at once. A copy
   * that was dropped with a removed server took its returns with it.
   */
  checkEndedForGood(): void {
    const ledger = this.#cluster.active?.state?.ledger;
    if (!ledger || (this.excused && this.everRemoved)) return;
    for (const id of ledger.leases.keys()) {
      if (this.ended.has(id)) this.violated(`5: ${id} was ended and lives after all`);
    }
  }

  /** 5. Leases that nobody renews run out: nothing keeps a seat for ever. */
  checkRunOut(): void {
    for (const lease of this.#cluster.active?.state?.ledger.leases.values() ?? []) {
      if (lease.borrowUntilMs === null) this.violated(`5: ${lease.id} does not run out`);
    }
  }
}

/** It can change who is the primary within one step. */
function isConfigRequest({ type }: LedgerRequest): boolean {
  return type === 'configRequested';
}

/** Nothing of a spell leaves a server before its term is written down. */
function serves(state: ReplicaState): boolean {
  return compareTerms(state.durableTerm, state.term) === 0 && refusalToServe(state) === null;
}

function localLeases({ ledger }: ReplicaState): Set<string> {
  const ids = [...ledger.leases.values()].filter(({ licenseId }) => licenseId === 'lic-local');
  return new Set(ids.map(({ id }) => id));
}

function describeStore({ store }: Member): Record<string, string> {
  if (!store) return {};
  const { leases, licenses, usage, events, config } = store.tables;
  const rows = (map: ReadonlyMap<unknown, unknown>) =>
    [...map.values()]
      .map((row) => JSON.stringify(row))
      .sort()
      .join('\n');
  return {
    leases: rows(leases),
    licenses: rows(licenses),
    usage: rows(usage),
    events: rows(events),
    config: JSON.stringify(config),
  };
}
