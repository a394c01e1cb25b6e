import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { Change } from '../../../src-main/node/core/ledger/change.ts';
import { lastIndex } from '../../../src-main/node/core/replica/log.ts';
import { type Handle, openConnection } from '../../../src-main/node/store/worker-connection.ts';
import type { WorkerLink } from '../../../src-main/node/store/worker-link.ts';
import type {
  WorkerOptions,
  WorkerRequest,
  WorkerResults,
} from '../../../src-main/node/store/worker-message.ts';
import type {
  LoadedStore,
  Store,
  StoreBatch,
  StoreWrite,
} from '../../../src-main/node/store/store.ts';
import { logSpell, type Row } from '../../../src-main/node/core/rows/row.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import {
  makeEnded,
  leaseIdOf,
  makeDenial,
  makeEvent,
  makeInstalledLicense,
  makeLease,
  makeMeta,
  makeSession,
  makeStoredLedger,
  makeStoredReplica,
  nowMs,
  otherId,
  positionOf,
  serverId,
  vendor,
} from '../../support/records.ts';
import type { InstalledLicense } from '../../../src-shared/model/license.ts';
import { copyAfterCrash, openTestStore } from '../../support/store.ts';

// On this thread, since two workers a run would take most of the time.
vi.mock('../../../src-main/node/store/worker-link.ts', () => ({ startWorker: startHere }));

function startHere(options: WorkerOptions): WorkerLink {
  let opened: Promise<Handle> | undefined;
  const ask = async <R extends WorkerRequest>(request: R) => {
    opened ??= openConnection(options, request);
    return (await opened)(structuredClone(request)) as WorkerResults[R['type']];
  };
  let closed: Promise<void> | undefined;
  return { ask, close: () => (closed ??= ask({ type: 'close' })) };
}

const kinds = [
  ...(['append', 'append', 'append', 'append', 'truncate', 'compact', 'image', 'fill'] as const),
  ...(['term', 'syncSet', 'position', 'config', 'journal', 'fail', 'drop'] as const),
  ...(['rows', 'rows', 'rows', 'beginRows'] as const),
  ...(['reopen', 'crash'] as const),
] as const;

/** What is done; the numbers choose to what. */
interface Command {
  kind: (typeof kinds)[number];
  a: number;
  b: number;
  c: number;
}

const ledgerIds = ['one', 'two'] as const;
const members = [serverId, otherId];
const spells = ['1.aa', '2.bb'];
const told = [30, 7, 1, null] as const;

/** The real store and what it must be like, side by side. */
class SideBySide {
  readonly model = new MemoryStore();
  store: Store & { file: string };
  /** Makes every text one of its own. */
  #count = 0;

  constructor(store: Store & { file: string }) {
    this.store = store;
  }

  async run(command: Command): Promise<void> {
    const ledger = ledgerIds[command.a % 2] ?? 'one';
    if (command.kind === 'reopen') return this.#reopen();
    if (command.kind === 'crash') return this.#crash();
    if (command.kind === 'fill') return this.#fill(command);
    if (command.kind === 'journal') {
      const server = members[command.b % 2] ?? serverId;
      await this.commit({ ledgers: [], journal: [this.#event(command.c, server)] });
      return;
    }
    const hosted = this.model.ledgers.has(ledger);
    if (!hosted) {
      const created: StoreWrite = { type: 'createLedger', stored: makeStoredReplica() };
      await this.commit({ ledgers: [{ ledger, writes: [created] }], journal: [] });
    } else if (command.kind === 'fail') await this.#fail(ledger, command);
    else {
      const writes = [this.#write(ledger, command.kind, command)];
      await this.commit({ ledgers: [{ ledger, writes }], journal: [] });
    }
  }

  async commit(batch: StoreBatch): Promise<void> {
    const committed = await this.store.commit(batch);
    expect(committed).toEqual(this.model.write(batch));
  }

  async compare(): Promise<void> {
    const events = await this.store.events({ search: '', afterSequence: 0, limit: 1_000 });
    expect(events).toEqual(this.model.events);
    const span = { fromMs: 0, toMs: 2 * nowMs, afterSequence: 0, limit: 1_000 };
    expect(await this.store.usageRecords(span)).toEqual(
      this.model.usage.map(({ record, local }) => ({ ...record, sequence: local })),
    );
    expect(inOrder(await this.store.load(serverId))).toEqual(inOrder(this.model.read()));
  }

  async #reopen(): Promise<void> {
    const { file } = this.store;
    await this.store.close();
    this.store = openTestStore(file);
    await this.compare();
  }

  async #crash(): Promise<void> {
    const file = copyAfterCrash(this.store.file);
    await this.store.close();
    this.store = openTestStore(file);
    await this.compare();
  }

  async #fail(ledger: string, command: Command): Promise<void> {
    const change = { type: 'event', after: { ...makeEvent(9_999), severity: null } } as never;
    const good = this.#write(ledger, 'append', command);
    const bad: StoreWrite = {
      type: 'append',
      entries: [{ ...positionOf(lastIndex(this.model.ledger(ledger).log) + 2), changes: [change] }],
    };
    const batch = { ledgers: [{ ledger, writes: [good, bad] }], journal: [] };
    const later = { ledgers: [{ ledger, writes: [good] }], journal: [this.#event(8, serverId)] };
    const results = await Promise.allSettled([this.store.commit(batch), this.store.commit(later)]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await this.store.probe();
  }

  async #fill({ b, c }: Command): Promise<void> {
    const gap = this.model.gaps[b % Math.max(1, this.model.gaps.length)];
    if (!gap) return;
    const from = Math.min(gap.to, gap.from + (b % 3));
    const upTo = Math.min(gap.to, from + c);
    const rows = [...new Set([from, upTo])].map((sequence) =>
      gap.kind === 'events' ? this.#event(sequence, otherId) : makeSession(sequence),
    );
    const docs = rows.map((row) => JSON.stringify(row));
    const added = await this.store.fillHistory({ gap: gap.id, docs, from, upTo });
    expect(added).toEqual(this.model.fill(gap.id, rows, { from, upTo }));
  }

  #write(id: string, kind: Command['kind'], { b, c }: Command): StoreWrite {
    const ledger = this.model.ledger(id);
    const { log } = ledger;
    const last = lastIndex(log);
    const index = log.base.index + (b % (log.entries.length + 1));
    const term = { number: ledger.term.number + 1, member: members[c % 2] ?? serverId };
    switch (kind) {
      case 'truncate': {
        const gone = log.entries.slice(index - log.base.index);
        const withdrawn = gone.flatMap(({ changes }) => changes);
        return { type: 'truncate', afterIndex: index, withdrawn };
      }
      case 'compact':
        return { type: 'compact', toIndex: index };
      case 'image':
        return this.#image(id, b, c);
      case 'term':
        return { type: 'term', term };
      case 'syncSet':
        return { type: 'syncSet', members: members.slice(0, b % 3) };
      case 'position':
        return { type: 'position', position: positionOf(b, c) };
      case 'config':
        return { type: 'config', config: { ...ledger.config, version: b } };
      case 'drop':
        return { type: 'dropLedger', ...(c % 2 === 0 && { takenOutIn: c }) };
      case 'beginRows':
        return {
          type: 'beginRows',
          config: { ...ledger.config, version: b },
          keepsGaps: b % 2 === 0,
        };
      case 'rows':
        return { type: 'rows', changes: this.#rowChanges(id, b, c), gaps: this.#gaps(b, c) };
      default: {
        const entry = { index: last + 1, term, changes: this.#changes(id, b, c) };
        return { type: 'append', entries: [entry] };
      }
    }
  }

  /** Rows of every kind, each written, altered or dropped, and history of two spells. */
  #rowChanges(id: string, b: number, c: number): Change[] {
    const ledger = this.model.ledger(id);
    const spell = spells[b % 2] ?? logSpell;
    const origin = { by: spell, write: this.#count++ };
    const lease = makeLease(b);
    const about = { licenseId: lease.licenseId, instance: lease.holder.instance };
    const isLive = c % 3 > 0;
    const rows: Row[] = [
      {
        ...({ kind: 'lease', id: lease.id, ...origin, ...about } as const),
        ...{ rank: isLive ? 0 : 1, stampMs: nowMs, borrowUntilMs: null },
        lease: isLive ? lease : null,
      },
      { kind: 'config', id: 'config', ...origin, config: { ...ledger.config, version: b + c } },
      { kind: 'vendor', id: vendor.keyId, ...origin, revision: b, vendor: c % 2 ? vendor : null },
      {
        ...({ kind: 'spell', id: spell, number: Number(spell.slice(0, 1)) } as const),
        ...{ member: serverId, fromMs: nowMs, toMs: nowMs, timesSet: 0, write: origin.write },
        ...{ told: 0, usage: b, events: c, overdraft: null },
      },
    ];
    const changes = rows
      .filter((_, at) => at !== b % 5)
      .map((row): Change => {
        const before = ledger.rows.get(`${row.kind} ${row.id}`) ?? null;
        const isGone = before !== null && (b + c) % 4 === 0 && row.kind !== 'config';
        return { type: 'row', row: { before, after: isGone ? null : row } };
      });
    // Few leases, so that one often ends more than once.
    const end = { leaseId: leaseIdOf(200 + (c % 3)), endedAtMs: nowMs + (b % 3) };
    const session = makeSession(b + 1, { ...end, user: `user-${this.#count++}` });
    changes.push({ type: 'usage', spell, rank: c % 4, after: session });
    changes.push({ type: 'event', spell, after: this.#event(c + 1, otherId) });
    return changes;
  }

  #gaps(b: number, c: number) {
    const spell = spells[c % 2] ?? logSpell;
    const kind = b % 2 === 0 ? ('usage' as const) : ('events' as const);
    return b % 3 === 0 ? [{ spell, kind, from: c + 1, to: c + 1 + b }] : [];
  }

  #image(id: string, b: number, c: number): StoreWrite {
    const { meta, config, log } = this.model.ledger(id);
    const { usageSequence = 0, eventSequence = 0 } = meta ?? {};
    const sequences = { usageSequence: usageSequence + c, eventSequence: eventSequence + b };
    const ledger = makeStoredLedger({
      meta: makeMeta(sequences),
      config: { ...config, version: config.version + 1 },
      leases: [makeLease(b), makeLease(b + c + 1)],
      licenses: c % 2 === 0 ? [] : [makeInstalledLicense()],
      vendors: b % 2 === 0 ? [] : [vendor],
      ended: [makeEnded(100 + b)],
    });
    return {
      type: 'image',
      image: { position: positionOf(lastIndex(log) + 1 + b, 1 + c, otherId), ledger },
      usageAfter: Math.min(usageSequence, b),
      eventsAfter: Math.min(eventSequence, c),
    };
  }

  /** Some changes of a ledger as it is now, each to something else. */
  #changes(id: string, b: number, c: number): Change[] {
    const ledger = this.model.ledger(id);
    const before = ledger.meta ?? makeMeta();
    const after = { ...before, term: before.term + 1 };
    const changes: Change[] = [];
    const wanted = new Set([b % 7, c % 7, (b + c) % 7]);
    if (wanted.has(0)) {
      const lease = ledger.leases.get(leaseIdOf(b));
      changes.push({ type: 'lease', before: lease ?? null, after: lease ? null : makeLease(b) });
    }
    if (wanted.has(1)) {
      const license = ledger.licenses.get('acme-cad') ?? null;
      const next: InstalledLicense = {
        ...makeInstalledLicense(),
        expiryToldDays: told[c % 4] ?? null,
      };
      changes.push({ type: 'license', before: license, after: c % 3 === 0 ? null : next });
    }
    if (wanted.has(2)) {
      const trusted = ledger.vendors.get(vendor.keyId) ?? null;
      changes.push({ type: 'vendor', before: trusted, after: trusted ? null : vendor });
    }
    if (wanted.has(3)) {
      const sequence = ++after.usageSequence;
      // Few leases, so that one often ends more than once.
      const more = { leaseId: leaseIdOf(200 + (this.#count++ % 3)), endedAtMs: nowMs };
      changes.push({ type: 'usage', after: makeSession(sequence, more) });
    }
    if (wanted.has(4)) {
      const more = { firstAtMs: nowMs + this.#count++ };
      changes.push({ type: 'usage', after: makeDenial(++after.usageSequence, more) });
    }
    if (wanted.has(5)) {
      changes.push({ type: 'event', after: this.#event(++after.eventSequence, serverId) });
    }
    if (wanted.has(6)) {
      const { config } = ledger;
      changes.push({ type: 'config', before: config, after: { ...config, version: b + c } });
    }
    changes.push({ type: 'meta', before, after });
    return changes;
  }

  #event(sequence: number, server: string) {
    return makeEvent(sequence, { server, message: `Event ${this.#count++}` });
  }
}

/** The order in which leases ended and of rows is not of this test. */
function inOrder(loaded: LoadedStore): LoadedStore {
  const ledgers = loaded.ledgers.map((one) => ({
    ...one,
    ledger: {
      ...one.ledger,
      ended: one.ledger.ended.toSorted((a, b) => (a.leaseId < b.leaseId ? -1 : 1)),
      rows: one.ledger.rows?.toSorted((a, b) => (a.kind + a.id < b.kind + b.id ? -1 : 1)) ?? [],
    },
  }));
  return { ...loaded, ledgers: ledgers.sort((x, y) => (x.id < y.id ? -1 : 1)) };
}

const small = fc.nat({ max: 9 });
const commands = fc.array(
  fc.record({ kind: fc.constantFrom(...kinds), a: small, b: small, c: small }),
  { minLength: 5, maxLength: 60, size: 'max' },
);

describe('the store', () => {
  it('keeps what a simple store in memory would keep, whatever is written', async () => {
    await fc.assert(
      fc.asyncProperty(commands, async (all) => {
        const pair = new SideBySide(openTestStore());
        await pair.store.load(serverId);
        for (const command of all) await pair.run(command);
        await pair.compare();
        await pair.store.close();
      }),
      { numRuns: 25 },
    );
  }, 120_000);
});
