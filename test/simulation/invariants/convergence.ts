import { participants, primaryOf } from '../../../src-shared/model/ledger-config.ts';
import { currentGrant } from '../../../src-main/node/core/ledger/ledger.ts';
import { lastPosition } from '../../../src-main/node/core/replica/log.ts';
import { type ReplicaState } from '../../../src-main/node/core/replica/replica-state.ts';
import { rootText } from '../../../src-main/node/core/rows/digest.ts';
import { createRowSet } from '../../../src-main/node/core/rows/row-set.ts';
import type { SpellId } from '../../../src-main/node/core/rows/row.ts';
import type { HistoryGap, HistoryKind } from '../../../src-main/node/store/store.ts';
import { samePosition } from '../../../src-main/node/core/replica/term.ts';
import type { MemoryLedger } from '../../support/memory-ledger.ts';
import type { Cluster } from '../cluster.ts';
import type { Member } from '../member.ts';
import type { Report } from './report.ts';

/** Invariant 9, and 6 in full: after the faults all are one. */
export class Convergence {
  readonly #cluster: Cluster;
  readonly #report: Report;

  constructor(cluster: Cluster, report: Report) {
    this.#cluster = cluster;
    this.#report = report;
  }

  /** The preferred member is active, and all have the same. */
  isOne(): boolean {
    const { active } = this.#cluster;
    if (!active?.state || !active.store || !this.#cluster.isSettled()) return false;
    const { membership, placed } = active.state.ledger.config;
    if (active.id !== (placed ?? primaryOf(membership))) return false;
    const rivals = [...this.#cluster.members.values()].filter((member) => member.isActive);
    if (rivals.length !== 1) return false;
    if (active.state.ledger.rows) return this.#haveSameRows(active.state, membership.members);
    const last = lastPosition(active.state.log);
    if (!samePosition(lastPosition(active.store.log), last)) return false;
    return membership.members.every((id) => {
      const member = this.#cluster.members.get(id);
      if (!member?.state || member.isIncomplete || this.lacksHistory(member)) return false;
      if (!member.store) return false;
      return (
        samePosition(lastPosition(member.state.log), last) &&
        samePosition(lastPosition(member.store.log), last)
      );
    });
  }

  /**
   * Under `continuity`: this member serves alone, everybody follows it and has the same, and no more is
   * out than the licences have.
   */
  isQuiet({ id, state }: Member): boolean {
    const rows = state?.ledger.rows;
    if (state?.role.type !== 'active' || !rows || state.unsureSinceMs !== null) return false;
    const { ledger } = state;
    const { members } = ledger.config.membership;
    const present = [...this.#cluster.members.values()].filter(({ store }) => store !== null);
    const root = rootText(rows.digest);
    const agree = present.every((other) => {
      const theirs = other.state?.ledger.rows;
      if (!members.includes(other.id) || other.suspended || !theirs) return false;
      return rootText(theirs.digest) === root && other.state?.active === id;
    });
    if (!agree || present.length < members.length || ledger.meta.overdraft) return false;
    return [...ledger.licenses.values()].every((license) => {
      const { units } = currentGrant(license);
      return (ledger.unitCountByLicense.get(license.id)?.units ?? 0) <= units;
    });
  }

  /** Under `continuity`: the rows add up to the same, in memory and on the disk, with all history. */
  #haveSameRows({ ledger }: ReplicaState, members: readonly string[]): boolean {
    const expected = ledger.rows ? rootText(ledger.rows.digest) : '';
    const agree = members.every((id) => {
      const member = this.#cluster.members.get(id);
      const rows = member?.state?.ledger.rows;
      if (!rows || !member?.store || member.isIncomplete || this.lacksHistory(member)) return false;
      return rootText(rows.digest) === expected;
    });
    // Disks last: that takes by far the longest, and is asked after every event.
    return agree && members.every((id) => rootOnDisk(this.#cluster.members.get(id)) === expected);
  }

  /** Some of its history is with another one. */
  lacksHistory({ store }: Member): boolean {
    return store?.history.gaps.some((gap) => this.#canBeHad(gap)) === true;
  }

  /** A record that was on a disk which was replaced may be nowhere by now. */
  #canBeHad({ spell, kind, from, to }: HistoryGap): boolean {
    const stores = [...this.#cluster.members.values()].map(({ store }) => store);
    return stores.some((store) => {
      const page = store?.readHistory({ spell, kind, after: from - 1, upTo: to, limit: 1 });
      return page !== undefined && page.from <= page.upTo;
    });
  }

  /**
   * What was on a disk alone that was replaced before anybody had asked for it. A member keeps rows of its own
   * in the place, since nobody else may have them (docs/protocol.md), and they are not compared.
   */
  #lostHistory(stores: readonly MemoryLedger[]): HistoryGap[] {
    const gaps = stores.flatMap(({ history }) => history.gaps);
    const lost = gaps.filter((gap) => !this.#canBeHad(gap));
    if (lost.length > 0) this.#cluster.coverage['history lost']++;
    return lost;
  }

  describe(): string {
    return [...this.#cluster.members.values()].map(describeMember).join('; ');
  }

  /** Every member has the same licences, leases, usage and timeline on its disk. */
  checkSame(): void {
    const { active } = this.#cluster;
    if (!active?.state || !active.store) return;
    const { membership } = active.state.ledger.config;
    const known = [...this.#cluster.members.values()].flatMap(({ store }) => store ?? []);
    const own = new Set(known.flatMap(endedAlone));
    const lost = this.#lostHistory(known);
    const expected = describeStore(active, own, lost);
    for (const id of participants(membership)) {
      const member = this.#cluster.members.get(id);
      if (!member?.store || id === membership.witness) continue;
      const found = describeStore(member, own, lost);
      for (const [table, text] of Object.entries(expected)) {
        if (found[table] === text) continue;
        this.#report(`9: ${table} differ at ${active.id} and ${id}`);
        this.#cluster.note(`${active.id}: ${text}`);
        this.#cluster.note(`${id}: ${found[table] ?? ''}`);
      }
    }
  }
}

function describeMember({ id, state, store }: Member): string {
  if (!state) return `${id} ${store ? 'down' : 'out'}`;
  const last = lastPosition(state.log);
  const { version } = state.ledger.config;
  return (
    `${id} ${state.role.type} follows ${state.active ?? '-'} term ${state.term.number}/` +
    `${state.term.member} last ${last.index}@${last.term.number}/${last.term.member} ` +
    `${describeRows(state)}base ${state.log.base.index} commit ${state.commitIndex} v${version}` +
    `gaps ${JSON.stringify(store?.history.gaps)}${state.storeFailed ? ' store fails' : ''}` +
    (state.incomplete ? ' incomplete' : '')
  );
}

function describeRows({ ledger, matchedIndex }: ReplicaState): string {
  if (!ledger.rows) return '';
  return `root ${rootText(ledger.rows.digest)} write ${ledger.spell?.write ?? '-'} has ${matchedIndex} `;
}

/**
 * A server that was taken out keeps what it recorded alone as its own history: leases that have an end in
 * it, of a spell that nobody else knows.
 */
function endedAlone(store: MemoryLedger): string[] {
  return store.history.usage.flatMap(({ spell, record }) =>
    record.kind === 'session' && record.sequence > store.reaches(spell, 'usage')
      ? [record.leaseId]
      : [],
  );
}

/** `own`: leases of which a server has an end of its own. */
function describeStore(
  { store }: Member,
  own: ReadonlySet<string>,
  lost: readonly HistoryGap[],
): Record<string, string> {
  if (!store) return {};
  const { leases, licenses, config } = store.read().ledger;
  const isLost = (spell: SpellId, kind: HistoryKind, sequence: number) =>
    lost.some(
      (gap) =>
        gap.spell === spell && gap.kind === kind && gap.from <= sequence && sequence <= gap.to,
    );
  const isKnown = (spell: SpellId, kind: HistoryKind, sequence: number) =>
    sequence <= store.reaches(spell, kind) && !isLost(spell, kind, sequence);
  const usage = store.history.usage
    .filter(({ spell, record }) => isKnown(spell, 'usage', record.sequence))
    .filter(({ record }) => record.kind !== 'session' || !own.has(record.leaseId))
    // As members tell it to each other: which end of the time as a log counts is seen by its number.
    .map(({ record, spell, rank }) => ({ record, spell, rank: Math.max(0, rank) }));
  const events = store.history.timeline
    .filter(({ spell, event }) => isKnown(spell, 'events', event.sequence))
    .map(({ spell, event: { local: _, ...event } }) => ({ spell, event }));
  const rows = (list: readonly unknown[]) =>
    list
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

/** What the rows on a member's disk add up to. */
function rootOnDisk(member: Member | undefined): string | undefined {
  return member?.store ? rootText(createRowSet(member.store.rows.values()).digest) : undefined;
}
