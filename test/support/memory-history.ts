import type { Change, RecordedEvent } from '../../src-main/node/core/ledger/change.ts';
import type { MissingHistory } from '../../src-main/node/core/replica/row-history.ts';
import { logSpell, type SpellId } from '../../src-main/node/core/rows/row.ts';
import type { HistoryGap, HistoryKind, StoredEvent } from '../../src-main/node/store/store.ts';
import type { UsageRecord } from '../../src-shared/model/usage.ts';

export interface StoredUsage {
  local: number;
  ledger: string;
  spell: SpellId;
  rank: number;
  record: UsageRecord;
}

/** How far the usage of a spell goes, by its row; 0: it is none of the ledger's. */
export type UsageReach = (spell: SpellId) => number;

/** The rank of an end in the time as a log after which the lease ended once more. */
const outlivedRank = -1;

/** A usage record carries its rank, as in a page of the real store. */
export type HistoryRow = (UsageRecord & { rank?: number }) | RecordedEvent;

/** Numbers by arrival, one series over all that a store keeps. */
export class Arrivals {
  event = 0;
  usage = 0;
  gap = 0;
}

interface SpellEvent {
  spell: SpellId;
  event: StoredEvent;
}

/** Usage and timeline of one ledger, by spell and number, and what is known to be missing of them. */
export class MemoryHistory {
  gaps: HistoryGap[] = [];
  readonly #ledger: string;
  readonly #arrivals: Arrivals;
  readonly #usage = new Map<string, StoredUsage>();
  readonly #events = new Map<string, SpellEvent>();
  /** Ends by lease: several can be told of one. */
  readonly #ends = new Map<string, Set<StoredUsage>>();

  constructor(ledger: string, arrivals: Arrivals) {
    this.#ledger = ledger;
    this.#arrivals = arrivals;
  }

  copy(): MemoryHistory {
    const copy = new MemoryHistory(this.#ledger, { ...this.#arrivals });
    for (const row of this.#usage.values()) copy.#put(row);
    for (const [key, row] of this.#events) copy.#events.set(key, row);
    copy.gaps = [...this.gaps];
    return copy;
  }

  /** What is reported, in the order of arrival: of the ends of a lease in the time as a log the last one. */
  get counted(): StoredUsage[] {
    return this.usage.filter((one) => one.rank > outlivedRank);
  }

  /** All that is kept, in the order of arrival. */
  get usage(): StoredUsage[] {
    return [...this.#usage.values()];
  }

  /** In the order of arrival. */
  get timeline(): SpellEvent[] {
    return [...this.#events.values()];
  }

  get events(): StoredEvent[] {
    return [...this.#events.values()].map(({ event }) => event);
  }

  /** How many ends of a lease are reported. */
  endsOf(leaseId: string): number {
    return [...(this.#ends.get(leaseId) ?? [])].filter(({ rank }) => rank > outlivedRank).length;
  }

  /** In the ledger, by how far its spells go, and for sure: nothing is given away of what may be missing. */
  hasUsageOf(leaseId: string, reach: UsageReach): boolean {
    const mayMiss = ({ spell, record: { sequence } }: StoredUsage) =>
      this.gaps.some(
        (gap) =>
          gap.kind === 'usage' && gap.spell === spell && gap.from <= sequence && sequence <= gap.to,
      );
    return [...(this.#ends.get(leaseId) ?? [])].some(
      (one) => one.record.sequence <= reach(one.spell) && !mayMiss(one),
    );
  }

  /** Rows of a spell in order of their numbers. */
  rows(spell: SpellId, kind: HistoryKind, from: number, upTo: number): HistoryRow[] {
    const rows: HistoryRow[] = [];
    for (let sequence = from; sequence <= upTo; sequence++) {
      const key = keyOf(spell, sequence);
      const usage = kind === 'usage' ? this.#usage.get(key) : undefined;
      const event = kind === 'events' ? this.#events.get(key)?.event : undefined;
      if (usage) rows.push(usage.rank > 0 ? { ...usage.record, rank: usage.rank } : usage.record);
      if (event) rows.push(recordedOf(event));
    }
    return rows;
  }

  /** Adds what was sent for a gap: all that there is from `from` to `upTo`. */
  fill(
    gap: HistoryGap,
    rows: readonly HistoryRow[],
    { from, upTo }: { from: number; upTo: number },
    reach: UsageReach,
  ): void {
    for (const row of rows) {
      if ('atMs' in row) this.addEvent(row, gap.spell);
      else {
        const { rank = 0, ...record } = row;
        this.addUsage(record, { spell: gap.spell, rank }, reach);
      }
    }
    this.#closeGaps(gap, from, upTo);
  }

  /**
   * Of several ends of one lease one is kept; of those of the time as a log the last one counts. One that is none of
   * the ledger's makes way.
   */
  addUsage(
    record: UsageRecord,
    { spell = logSpell, rank = 0 }: { spell?: SpellId; rank?: number },
    reach: UsageReach,
  ): void {
    this.#noteHere(spell, 'usage', record.sequence);
    const known = this.#usage.get(keyOf(spell, record.sequence));
    if (known && isSame(known.record, record)) return;
    if (known) this.#drop(known);
    const added = { local: 0, ledger: this.#ledger, spell, rank, record };
    const others = [...this.#endsOf(record)].filter((one) => areEndsOfOne(one, added));
    if (others.some((one) => isOfLedger(one, reach) && compareEnds(one, added) > 0)) return;
    for (const one of others) this.#drop(one);
    this.#put({ ...added, local: ++this.#arrivals.usage });
  }

  addEvent(event: RecordedEvent, spell: SpellId = logSpell): void {
    this.#noteHere(spell, 'events', event.sequence);
    const key = keyOf(spell, event.sequence);
    const known = this.#events.get(key);
    if (known && isSame({ ...known.event, ...event }, known.event)) return;
    this.#events.delete(key);
    const stored = { ...event, local: ++this.#arrivals.event, ledger: this.#ledger };
    this.#events.set(key, { spell, event: stored });
  }

  /** An entry of the log came to nothing. */
  withdraw(change: Extract<Change, { type: 'usage' | 'event' }>): void {
    const key = keyOf(logSpell, change.after.sequence);
    if (change.type === 'event') this.#events.delete(key);
    const row = change.type === 'usage' ? this.#usage.get(key) : undefined;
    if (row) this.#drop(row);
  }

  /** What is here already is not missing, but in the time as a log a number can mean another row. */
  addGaps(gaps: readonly MissingHistory[]): void {
    for (const { spell, kind, from, to } of gaps) {
      let first = from;
      for (let next = from; next <= to + 1; next++) {
        if (next <= to && (spell === logSpell || !this.#isHere(spell, kind, next))) continue;
        if (first < next) this.gaps.push(this.#gap({ spell, kind, from: first, to: next - 1 }));
        first = next + 1;
      }
    }
  }

  forgetGaps(isGone: (gap: HistoryGap) => boolean): void {
    this.gaps = this.gaps.filter((gap) => !isGone(gap));
  }

  /** Rows of the time as a log after these go; gaps take their place, those there were anew. */
  forget(after: Record<HistoryKind, number>, reaches: Record<HistoryKind, number>): void {
    for (const row of this.usage) {
      if (row.spell === logSpell && row.record.sequence > after.usage) this.#drop(row);
    }
    for (const [key, { spell, event }] of this.#events) {
      if (spell === logSpell && event.sequence > after.events) this.#events.delete(key);
    }
    const isOfLog = ({ spell }: HistoryGap) => spell === logSpell;
    const before = this.gaps.filter(isOfLog);
    this.forgetGaps(isOfLog);
    const left: MissingHistory[] = before.map((gap) => {
      return { ...gap, to: Math.min(gap.to, after[gap.kind]) };
    });
    for (const kind of ['usage', 'events'] as const) {
      left.push({ spell: logSpell, kind, from: after[kind] + 1, to: reaches[kind] });
    }
    this.addGaps(left.filter(({ from, to }) => from <= to));
  }

  #gap({ spell, kind, from, to }: MissingHistory): HistoryGap {
    return { id: ++this.#arrivals.gap, ledger: this.#ledger, spell, kind, from, to };
  }

  #isHere(spell: SpellId, kind: HistoryKind, sequence: number): boolean {
    const rows = kind === 'usage' ? this.#usage : this.#events;
    return rows.has(keyOf(spell, sequence));
  }

  /** Of what a spell recorded, a record that comes in whatever way is missing no longer. */
  #noteHere(spell: SpellId, kind: HistoryKind, sequence: number): void {
    if (spell !== logSpell) this.#closeGaps({ spell, kind }, sequence, sequence);
  }

  #closeGaps({ spell, kind }: Pick<HistoryGap, 'spell' | 'kind'>, from: number, to: number): void {
    const isOf = (gap: HistoryGap) =>
      gap.spell === spell && gap.kind === kind && gap.to >= from && gap.from <= to;
    if (!this.gaps.some(isOf)) return;
    const split: HistoryGap[] = [];
    this.gaps = this.gaps.flatMap((gap) => {
      if (!isOf(gap)) return [gap];
      if (gap.from >= from) return gap.to > to ? [{ ...gap, from: to + 1 }] : [];
      if (gap.to > to) split.push(this.#gap({ ...gap, from: to + 1 }));
      return [{ ...gap, to: from - 1 }];
    });
    this.gaps.push(...split);
  }

  /** Says anew which end of a lease counts in the time as a log. */
  #settle(ends: Set<StoredUsage>): void {
    const logged = [...ends].filter(({ spell }) => spell === logSpell);
    const last = Math.max(...logged.map(({ record }) => record.sequence));
    for (const one of logged) {
      const rank = one.record.sequence === last ? 0 : outlivedRank;
      if (one.rank === rank) continue;
      const settled = { ...one, rank };
      ends.delete(one);
      ends.add(settled);
      this.#usage.set(keyOf(logSpell, one.record.sequence), settled);
    }
  }

  #endsOf(record: UsageRecord): ReadonlySet<StoredUsage> {
    return (record.kind === 'session' && this.#ends.get(record.leaseId)) || new Set();
  }

  #put(row: StoredUsage): void {
    const { spell, record } = row;
    this.#usage.set(keyOf(spell, record.sequence), row);
    if (record.kind !== 'session') return;
    const ends = this.#ends.get(record.leaseId) ?? new Set();
    this.#ends.set(record.leaseId, ends.add(row));
    this.#settle(ends);
  }

  #drop(row: StoredUsage): void {
    const { spell, record } = row;
    this.#usage.delete(keyOf(spell, record.sequence));
    if (record.kind !== 'session') return;
    const ends = this.#ends.get(record.leaseId);
    ends?.delete(row);
    if (ends) this.#settle(ends);
  }
}

function keyOf(spell: SpellId, sequence: number): string {
  return `${spell} ${sequence}`;
}

function recordedOf({ local: _, ledger: __, ...event }: StoredEvent): RecordedEvent {
  return event;
}

/** And not what this server recorded alone before it was taken out. */
export function isOfLedger({ spell, record }: StoredUsage, reach: UsageReach): boolean {
  return spell === logSpell || record.sequence <= reach(spell);
}

function areEndsOfOne(a: StoredUsage, b: StoredUsage): boolean {
  if (a.record.kind !== 'session' || b.record.kind !== 'session') return false;
  if (a.record.leaseId !== b.record.leaseId) return false;
  return a.spell !== logSpell || b.spell !== logSpell;
}

function compareEnds(a: StoredUsage, b: StoredUsage): number {
  if (a.record.kind !== 'session' || b.record.kind !== 'session') return 0;
  return (
    a.rank - b.rank ||
    a.record.endedAtMs - b.record.endedAtMs ||
    (a.spell < b.spell ? -1 : a.spell > b.spell ? 1 : a.record.sequence - b.record.sequence)
  );
}

function isSame(a: object, b: object): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
