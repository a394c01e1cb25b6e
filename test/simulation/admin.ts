import type { LedgerConfig, Membership } from '../../src-shared/model/ledger-config.ts';
import { refuseRelationship } from '../../src-main/node/orders/relationship-rules.ts';
import { makeVerified } from '../support/core-host.ts';
import { ttlMs, type Unnumbered } from './client.ts';
import type { Cluster } from './cluster.ts';

/** How often an admin looks whether what he ordered came to pass. */
const lookEveryMs = 400;

/** What an admin orders, of whichever server serves, again until it is so. */
export class Admin {
  /** What the servers are to become. */
  goal: Membership;
  /** The server that is to serve; null: the first in preference. */
  placed: string | null = null;
  /** Serial of the next version of the licence. */
  serial = 1;
  readonly #cluster: Cluster;
  /** Servers that an admin may give a place to. */
  readonly #known: readonly string[];

  constructor(cluster: Cluster, goal: Membership) {
    this.#cluster = cluster;
    this.goal = goal;
    this.#known = (cluster.options.variants ?? []).flatMap(({ members }) => members);
  }

  begin(): void {
    this.#cluster.agenda.after(lookEveryMs, () => {
      this.#look();
      this.begin();
    });
  }

  /** The configuration says what was ordered. */
  isHeardBy({ relationship, placed }: LedgerConfig): boolean {
    return placed === this.placed && same(relationship?.goal, this.goal);
  }

  /** Another version of the licence. */
  installLicense(units: number): void {
    const serial = this.serial++;
    this.#cluster.checks.seats.noteCap(units);
    this.#install({
      serial,
      units,
      ttlSeconds: ttlMs / 1000,
      feature: 'cad',
      redundancy: 'pool',
      borrow: { maxDays: 2, maxUnits: 1 },
    });
  }

  /** A licence that runs on the primary alone. */
  installUncovered(): void {
    this.#install({
      id: 'lic-local',
      feature: 'local',
      units: 2,
      ttlSeconds: ttlMs / 1000,
      redundancy: 'none',
    });
  }

  rollBack(): void {
    this.#ask({ type: 'rollbackRequested', licenseId: 'lic-cad' });
  }

  /** Has the ledger's time taken from the clock of the server that serves, when he may, until one says that it is. */
  acceptClock(mayOrder: () => boolean, done: () => void): void {
    const { active, agenda } = this.#cluster;
    const again = () => agenda.after(lookEveryMs, () => this.acceptClock(mayOrder, done));
    if (!active || !mayOrder()) return again();
    this.#cluster.request(active.id, { type: 'clockAccepted' }, (answer) => {
      if (answer?.type === 'clockTaken') done();
      else again();
    });
  }

  /** Takes one of the leases away that live at the active; which: 0 to less than 1. */
  release(which: number): void {
    const { active, clients, checks, coverage } = this.#cluster;
    const ids = [...(active?.state?.ledger.leases.keys() ?? [])];
    const leaseId = ids[Math.floor(which * ids.length)];
    if (!active || leaseId === undefined) return;
    this.#cluster.note(`release ${leaseId} at ${active.id}`);
    for (const client of clients) client.noteReleased(leaseId);
    this.#cluster.request(active.id, { type: 'releaseRequested', leaseId }, (answer) => {
      if (answer?.type !== 'leaseEnded') return;
      coverage.released++;
      checks.seats.ended.add(leaseId);
    });
  }

  #install(grant: Parameters<typeof makeVerified>[0]): void {
    const licenses = [makeVerified(grant)];
    this.#ask({ type: 'licensesImported', licenses, fileName: 'f', dryRun: false });
  }

  #ask(request: Unnumbered): void {
    const { active, checks } = this.#cluster;
    if (!active) return;
    this.#cluster.request(active.id, request, (answer) => {
      if (answer?.type !== 'licensesChanged') return;
      const change = answer.changes.find(({ id }) => id === 'lic-cad');
      if (change) checks.licenses.noteInstalled(change.serial);
    });
  }

  #look(): void {
    const { active, random } = this.#cluster;
    const config = active?.state?.ledger.config;
    if (!active || !config) return;
    const change = this.#changeOf(config);
    if (!change) return;
    this.#cluster.order(active, { ...config, ...change, version: config.version + 1 });
    // Where the ledger is given to, it goes at once, as by the order of a real admin.
    if (change.placed && random.chance(0.5)) {
      active.step({ type: 'switchoverRequested', to: change.placed });
    }
  }

  #changeOf(config: LedgerConfig): Partial<LedgerConfig> | null {
    const { members } = config.membership;
    const stays = (id: string) => members.includes(id) && this.goal.members.includes(id);
    const placed = this.placed !== null && stays(this.placed) ? this.placed : null;
    if (placed !== config.placed) return { placed };
    if (same(config.relationship?.goal, this.goal)) return null;
    const relationship = this.#relationship(config);
    // Whoever goes cannot order what comes after, and an admin of a main is at that server.
    const mayOrder = (id: string) =>
      relationship.members.includes(id) &&
      (relationship.kind !== 'backup' || this.#cluster.members.get(id)?.isUp === true);
    const from = members.find(mayOrder) ?? '';
    return refuseRelationship(config, relationship, from) === null ? { relationship } : null;
  }

  #relationship({ membership }: LedgerConfig): NonNullable<LedgerConfig['relationship']> {
    const { membership: former, kind = 'pool' } = this.#cluster.options;
    // Who comes is known to all: that a server agrees to one of which it never heard is not simulated.
    const members = [...new Set([...former.members, ...this.#known, ...this.goal.members])];
    return {
      id: '00000000-0000-4000-8000-000000000001',
      kind,
      policy: membership.rule === 'majority' ? 'strict' : 'available',
      mutual: false,
      members,
      goal: this.goal,
    };
  }
}

/** The same servers in the same order, by the same rule. */
export function same(a: Membership | null | undefined, b: Membership): boolean {
  return a !== null && a !== undefined && textOf(a) === textOf(b);
}

function textOf({ members, witness, rule }: Membership): string {
  return JSON.stringify([members, witness, rule]);
}
