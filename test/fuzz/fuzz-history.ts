import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { generateKeyPairSync } from 'node:crypto';
import type { Change } from '../../src-main/node/core/ledger/change.ts';
import { configId, type Row, spellIdOf } from '../../src-main/node/core/rows/row.ts';
import { PeerCalls } from '../../src-main/node/peers/peer-calls.ts';
import { Partners } from '../../src-main/node/peers/pairing/partners.ts';
import { HistorySync } from '../../src-main/node/replicas/history-sync.ts';
import type { Replicas } from '../../src-main/node/replicas/replicas.ts';
import { CommitQueue } from '../../src-main/node/store/commit-queue.ts';
import { openStore } from '../../src-main/node/store/open-store.ts';
import type { Store, StoreWrite } from '../../src-main/node/store/store.ts';
import { changeSamples, pairConfig } from '../support/peer-messages.ts';
import {
  leaseIdOf,
  makeDenial,
  makeEvent,
  makeSession,
  makeStoredReplica,
  nowMs,
  otherId,
  serverId,
} from '../support/records.ts';
import type { Random } from './mutate.ts';
import { type Json, mutateJson, pick } from './mutate-json.ts';

const ledger = 'ledger-1';
const gapLength = 6;

/** Gaps that were answered with nothing of use are asked for again with each that is new. */
const inputsPerClearing = 50;

interface Answer {
  id: number;
  method: string;
  args: unknown;
}

/** A server whose usage, timeline and journals are completed by a member that answers what it likes. */
export class HistoryTarget {
  readonly #folder = mkdtempSync(join(tmpdir(), 'us-fuzz-'));
  #store = this.#open();
  readonly #commits: CommitQueue;
  readonly #sync: HistorySync;
  readonly #calls: PeerCalls;
  readonly #asked: Answer[] = [];
  #fault: Error | undefined;
  #elapsedMs = 0;
  #spells = 0;
  #journal = 0;
  #inputs = 0;
  /** Timeline entries that were taken. */
  taken = 0;

  private constructor() {
    const fail = (text: string, error?: unknown) => {
      this.#fault ??= new Error(text, { cause: error });
    };
    // A history that is no good is said in a line; what could not be understood at all is a fault.
    const warn = (text: string, error?: unknown) => {
      if (error !== undefined || /\p{Cc}/u.test(text)) fail(text, error);
    };
    const log = { warn, error: fail, info: () => undefined };
    this.#calls = new PeerCalls({
      send: (_to, payload) => {
        if (payload.type === 'call') this.#asked.push(payload);
        return true;
      },
      untilTried: () => Promise.resolve(),
      nameOf: () => 'Other',
      isPartner: () => true,
      log,
    });
    this.#commits = new CommitQueue({
      store: this.#store,
      log,
      onFailed: () => fail('what was to be written was not'),
      onUnwritable: () => undefined,
      onRecovered: () => undefined,
      onEvents: (events) => void (this.taken += events.length),
      onChange: () => undefined,
    });
    const partners = new Partners();
    partners.note(ledger, [otherId]);
    const view = { config: pairConfig, active: otherId, synchronised: [otherId] };
    const replicas = { get: () => ({ view: () => view }) } as unknown as Replicas;
    this.#sync = new HistorySync({
      ...{ serverId, store: this.#store, commits: this.#commits, replicas, partners, log },
      calls: this.#calls,
      servers: { send: () => true, isConnected: () => true },
      journal: { sequence: 0 },
      journals: {},
      nowMs: () => this.#elapsedMs,
      onEvents: (events) => void (this.taken += events.length),
    });
  }

  static async start(): Promise<HistoryTarget> {
    const target = new HistoryTarget();
    await target.#store.load(serverId);
    await target.#write({ type: 'createLedger', stored: makeStoredReplica() });
    return target;
  }

  /** Throws when what was sent breaks the store, or is a fault of another kind than a line in the log. */
  async fuzz(random: Random): Promise<void> {
    this.#elapsedMs += 600_000;
    if (random.below(3) === 0) {
      this.#sync.noteOtherGrown(otherId, (this.#journal += 1 + random.below(4)));
    } else {
      await this.#miss(random);
      this.#sync.noteMissing();
    }
    await this.#answerAll(random);
    if (++this.#inputs % inputsPerClearing === 0) await this.#clear();
    if (this.#fault) throw this.#fault;
  }

  /** The member has nothing of all that is missing: what nobody has is missed no more. */
  async #clear(): Promise<void> {
    this.#elapsedMs += 600_000;
    do {
      this.#sync.noteMissing();
      await this.#answerAll(null);
    } while ((await this.#store.gaps()).length > 0);
  }

  /** All of it can be read, by its schema, and no journal has what its server did not write. */
  async check(): Promise<void> {
    const all = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER, afterSequence: 0, limit: 10_000 };
    await this.#store.usageRecords(all);
    await this.#store.denials({ limit: 1_000 });
    await this.#store.usageReport({ fromMs: nowMs - 1, toMs: nowMs + 1e9, licenseUnits: {} });
    const events = await this.#store.events({ search: '', limit: 10_000 });
    const foreign = events.find((event) => event.ledger === null && event.server !== otherId);
    if (foreign) throw new Error(`a journal has an entry of ${foreign.server}`);
  }

  /** The file is whole for whoever opens it next. */
  async stop(): Promise<void> {
    this.#sync.stop();
    this.#commits.stop();
    await this.#store.close();
    const again = this.#open();
    try {
      await again.load(serverId);
    } finally {
      await again.close();
      rmSync(this.#folder, { recursive: true, force: true });
    }
  }

  #open(): Store {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    return openStore({
      file: join(this.#folder, 'ledger.db'),
      signingKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      onDeath: (error) => {
        throw error;
      },
    });
  }

  async #write(...writes: StoreWrite[]): Promise<void> {
    await this.#store.commit({ ledgers: [{ ledger, writes }], journal: [] });
  }

  /** A new spell, of whose history nothing is here. */
  async #miss(random: Random): Promise<void> {
    const spell = spellIdOf(++this.#spells, 'ab'.repeat(8));
    const origin = { by: spell, write: 1 };
    const rows: Row[] = [
      { kind: 'config', id: configId, ...origin, config: pairConfig },
      {
        ...{ kind: 'spell', id: spell, number: this.#spells, member: otherId, write: 1, told: 1 },
        ...{ fromMs: nowMs, toMs: nowMs + 1, timesSet: 0, overdraft: null },
        ...{ usage: gapLength, events: gapLength },
      },
    ];
    const changes = rows.map((after): Change => ({ type: 'row', row: { before: null, after } }));
    const kind = random.below(2) === 0 ? 'usage' : 'events';
    await this.#write({
      ...{ type: 'rows', changes },
      gaps: [{ spell, kind, from: 1, to: gapLength }],
    });
  }

  /** Until nothing more is asked and all that came is written. */
  async #answerAll(random: Random | null): Promise<void> {
    for (let quiet = 0, answers = 0; quiet < 3;) {
      await nextTurn();
      await this.#commits.settled();
      await this.#store.gaps();
      const call = this.#asked.shift();
      quiet = call ? 0 : quiet + 1;
      if (!call) continue;
      const value = random ? (++answers > 8 ? undefined : makeAnswer(call, random)) : none(call);
      const answer = { ok: true, value } as const;
      this.#calls.take(otherId, { type: 'answer', id: call.id, answer });
    }
  }
}

/** There is nothing of what was asked for. */
function none({ method, args }: Answer): unknown {
  const { after = 0, upTo = 0 } = args as { after?: number; upTo?: number };
  return method === 'journal.read' ? { events: [] } : { docs: [], from: after + 1, upTo };
}

function makeAnswer({ method, args }: Answer, random: Random): unknown {
  const { after = 0, kind = 'events' } = args as { after?: number; kind?: string };
  const count = random.below(gapLength + 2);
  const server = random.below(8) === 0 ? serverId : otherId;
  const events = Array.from({ length: count }, (_, n) =>
    makeEvent(after + n + 1, { ...changeSamples.event.after, sequence: after + n + 1, server }),
  );
  const usage = Array.from({ length: count }, (_, n) => {
    const sequence = after + n + 1;
    const session = makeSession(sequence, { leaseId: leaseIdOf(random.below(50)) });
    return random.below(2) === 0 ? makeDenial(sequence) : { ...session, rank: random.below(6) };
  });
  if (method === 'journal.read') return mutateJson({ events } as unknown as Json, random);
  const docs = (kind === 'usage' ? usage : events) as unknown as Json[];
  const page = {
    docs: docs.map((doc) => JSON.stringify(mutateJson(doc, random))),
    from: after + 1,
    upTo: after + (pick([count, gapLength, count + 1], random) ?? count),
  };
  return mutateJson(page, random);
}
