import type { LedgerConfig } from '../../../src-shared/model/ledger-config.ts';
import { soloConfig } from '../../../src-shared/model/ledger-config.ts';
import type { PeerMessage } from '../core/replica/message.ts';
import { createReplica, type StoredReplica } from '../core/replica/replica.ts';
import { noPosition, noTerm } from '../core/replica/term.ts';
import type { Store } from '../store/store.ts';
import type { Clock } from '../base/clock.ts';
import type { CommitQueue } from '../store/commit-queue.ts';
import type { Log } from '../base/log.ts';
import type { LinkEvent } from '../peers/link/link-event.ts';
import { frameBytesMax } from '../peers/link/frame.ts';
import type { TimelineNote } from '../base/timeline-note.ts';
import type { TokenSigner } from '../store/token-signer.ts';
import { Complaints } from './complaints.ts';
import { HostedLedger, type HostedLedgerPorts } from './hosted-replica.ts';
import { type LinkPayload, parseLinkPayload } from './peer-payload.ts';
import { answerStranger, refuseMessage } from './message-guard.ts';
import type { PeerCalls } from '../peers/peer-calls.ts';
import { awaitsSuccessor } from './serving-watch.ts';
import { until } from '../base/until.ts';
import { isWithinWindow } from './time-window.ts';
import { cutImage, cutMessage, Transfers } from './transfers.ts';

/** What the ledgers need of the links to other servers. */
export interface PeerPort {
  send(id: string, payload: LinkPayload): boolean;
  isConnected(id: string): boolean;
  /** Positive: the other clock is ahead; null: not measured. */
  clockDifferenceMs(id: string): number | null;
  nameOf(id: string): string;
  /** Of this server and of all that are paired with it. */
  names(): Record<string, string>;
}

export interface LedgersOptions {
  serverId: string;
  demoVendorKeyId: string;
  clock: Clock;
  store: Pick<Store, 'readImage'>;
  commits: CommitQueue;
  signer: TokenSigner;
  peers: PeerPort;
  calls: PeerCalls;
  log: Pick<Log, 'error' | 'warn' | 'info' | 'debug'>;
  note: (note: TimelineNote) => void;
  onStep: (ledger: string) => void;
  /** Another server serves a ledger now, or none. */
  onActiveChanged: (ledger: string) => void;
  /** This server is no member of a ledger any longer, and it is gone from here. */
  onDropped: (ledger: string) => void;
  /** A member of a ledger does not keep it: its disk may have been replaced. */
  onMissing: (ledger: string, at: string) => void;
  newId: () => string;
}

/** Servers whose clocks are further apart do not synchronise (protocol section 8). */
export const clockDifferenceMsMax = 3_600_000;

/** Characters of a message that goes into one frame; longer ones are fetched in parts. */
const messageCharsMax = frameBytesMax / 16;

/** Number of the write that creates a ledger; those of the replica follow. */
const createdNumber = 0;

const tickMsMin = 10;
const tickMsMax = 125;

/** Every ledger that this server keeps: its own, those of servers that it protects, and as witness. */
export class Ledgers {
  readonly #options: LedgersOptions;
  readonly #ledgers = new Map<string, HostedLedger>();
  readonly #transfers: Transfers;
  readonly #complaints: Complaints;
  #timer: NodeJS.Timeout | undefined;
  #tickMs = 0;
  #names = '';

  constructor(options: LedgersOptions) {
    this.#options = options;
    this.#transfers = new Transfers(options.calls, options.log);
    options.calls.register(this.#transfers.methods());
    const { log, peers, clock } = options;
    this.#complaints = new Complaints(
      log,
      (id) => peers.nameOf(id),
      () => clock().monotonicMs,
    );
  }

  all(): HostedLedger[] {
    return [...this.#ledgers.values()];
  }

  get(id: string): HostedLedger | undefined {
    return this.#ledgers.get(id);
  }

  /** The ledger of this server's own licences. */
  own(): HostedLedger {
    const own = this.all().find((ledger) => this.#isOwn(ledger));
    if (!own) throw new Error('this server has no ledger of its own');
    return own;
  }

  /** Takes up what the store has; a server without a ledger of its own gets one. */
  open(stored: readonly (StoredReplica & { id: string })[]): void {
    for (const { id, ...replica } of stored) this.#add(id, replica);
    if (!this.all().some((ledger) => this.#isOwn(ledger))) {
      this.create(this.#options.newId(), soloConfig(this.#options.serverId));
    }
    this.tick();
    this.#keepTicking();
  }

  /** Begins to keep a ledger. */
  create(id: string, config: LedgerConfig): HostedLedger {
    const stored: StoredReplica = {
      term: noTerm,
      log: { base: noPosition, entries: [] },
      witnessed: noPosition,
      syncSet: [],
      ledger: { meta: null, config, leases: [], licenses: [], vendors: [], ended: [] },
    };
    const { commits } = this.#options;
    commits.persist(id, createdNumber, [{ type: 'createLedger', stored }], () => undefined);
    const ledger = this.#add(id, stored);
    this.#keepTicking();
    return ledger;
  }

  /** Stops keeping a ledger. */
  drop(id: string): void {
    const ledger = this.#ledgers.get(id);
    if (!ledger) return;
    const { commits, onDropped } = this.#options;
    ledger.drop();
    this.#ledgers.delete(id);
    commits.persist(id, Number.MAX_SAFE_INTEGER, [{ type: 'dropLedger' }], () => onDropped(id));
    this.#keepTicking();
  }

  tick(): void {
    const now = new Date(this.#options.clock().wallMs);
    for (const ledger of this.all()) {
      const { reclaim } = ledger.view().config.settings;
      const mayReclaim =
        reclaim === 'automatic' || (reclaim !== 'manual' && isWithinWindow(reclaim, now));
      ledger.step({ type: 'ticked', mayReclaim });
    }
  }

  /** What happened on the links. */
  noteLinkEvent(event: LinkEvent): void {
    switch (event.type) {
      case 'connected':
        this.#evidence(event.id, 'connected');
        return;
      case 'goodbye':
        this.#options.calls.noteDisconnected(event.id);
        this.#evidence(event.id, 'goodbye');
        return;
      case 'gone':
        this.#evidence(event.id, 'gone');
        return;
      case 'disconnected':
        this.#options.calls.noteDisconnected(event.id);
        return;
      case 'message':
        this.#take(event.id, event.payload);
        return;
      case 'clockMeasured':
      case 'detailsHeard':
      case 'addressProven':
      case 'keyProven':
      case 'pairingEnded':
      case 'problem':
    }
  }

  /** Names of servers may have changed; the timeline uses them. */
  learnNames(): void {
    const names = this.#options.peers.names();
    const text = JSON.stringify(names);
    if (text === this.#names) return;
    this.#names = text;
    for (const ledger of this.all()) ledger.step({ type: 'namesLearnt', names });
  }

  /**
   * Gives what this server serves to others that can take it; resolves when they were heard to serve,
   * so that clients can be sent there, or when it is too late.
   */
  async leave(withinMs: number): Promise<void> {
    const served = this.all().filter((ledger) => ledger.isActive);
    const mayMove = served.filter((ledger) => ledger.view().synchronised.length > 1);
    for (const ledger of served) ledger.step({ type: 'leaveRequested' });
    const isMoved = ({ isActive, state }: HostedLedger) => !isActive && !awaitsSuccessor(state);
    await until(() => mayMove.every(isMoved), withinMs);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#transfers.stop();
    for (const ledger of this.all()) ledger.drop();
  }

  /** Tells every ledger that a disk failed or works again. */
  noteStoreRecovered(): void {
    for (const ledger of this.all()) ledger.step({ type: 'storeRecovered' });
  }

  notePersistFailed(id: string, number: number): void {
    const ledger = this.#ledgers.get(id);
    if (number === createdNumber && ledger) {
      // It never came to the disk, so it is not kept.
      ledger.drop();
      this.#ledgers.delete(id);
    } else ledger?.step({ type: 'persistFailed', number });
  }

  #isOwn(ledger: HostedLedger): boolean {
    return ledger.view().config.membership.members[0] === this.#options.serverId;
  }

  #add(id: string, stored: StoredReplica): HostedLedger {
    const { serverId, demoVendorKeyId, clock, commits, signer, log, note } = this.#options;
    const options = { serverId, demoVendorKeyId, newLedgerId: id };
    const ports: HostedLedgerPorts = {
      clock,
      commits,
      signer,
      log,
      note,
      send: (ledger, to, message) => this.#send(ledger, to, message),
      sendImage: (ledger, { type: _, to, ...what }) => {
        const parts = cutImage(this.#options.store.readImage(ledger));
        const { version: configVersion } = this.#ledgers.get(ledger)?.view().config ?? {
          version: 0,
        };
        this.#offer(to, ledger, { type: 'image', configVersion, ...what }, parts);
      },
      onRemoved: (ledger) => this.drop(ledger),
      onStep: this.#options.onStep,
      onActiveChanged: this.#options.onActiveChanged,
      onConfig: () => this.onConfig(),
    };
    const ledger = new HostedLedger(id, createReplica(stored, options, clock()), ports);
    this.#ledgers.set(id, ledger);
    const { peers } = this.#options;
    ledger.step({ type: 'namesLearnt', names: peers.names() });
    for (const peer of othersOf(ledger.view().config, serverId)) {
      if (peers.isConnected(peer)) ledger.noteEvidence(peer, 'connected');
    }
    return ledger;
  }

  // As often as the shortest heartbeat wants it.
  #keepTicking(): void {
    const heartbeats = this.all().map((ledger) => ledger.view().config.settings.heartbeatMs);
    const tickMs = Math.max(tickMsMin, Math.min(tickMsMax, ...heartbeats.map((ms) => ms / 5)));
    if (tickMs === this.#tickMs) return;
    this.#tickMs = tickMs;
    clearInterval(this.#timer);
    this.#timer = setInterval(() => {
      this.tick();
      this.#keepTicking();
    }, tickMs);
  }

  #evidence(peer: string, evidence: 'goodbye' | 'gone' | 'connected'): void {
    for (const ledger of this.all()) ledger.noteEvidence(peer, evidence);
  }

  #send(ledger: string, to: string, message: PeerMessage): void {
    if (this.#clockIsWrong(to)) return;
    const { peers } = this.#options;
    if (mayBeLong(message) && JSON.stringify(message).length > messageCharsMax) {
      this.#offer(to, ledger, { type: 'message' }, cutMessage(message));
    } else peers.send(to, { type: 'ledger', ledger, message });
  }

  #offer(
    to: string,
    ledger: string,
    what: Extract<LinkPayload, { type: 'offer' }>['what'],
    parts: AsyncIterable<string>,
  ): void {
    const transfer = this.#transfers.offer(to, parts);
    this.#options.peers.send(to, { type: 'offer', ledger, transfer, what });
  }

  #take(from: string, value: unknown): void {
    const { calls } = this.#options;
    const parsed = parseLinkPayload(value);
    if (!parsed.ok) {
      this.#complaints.note(from, parsed.problem);
      return;
    }
    const { payload } = parsed;
    switch (payload.type) {
      case 'ledger':
        this.#receive(from, payload.ledger, payload.message);
        return;
      case 'offer':
        void this.#fetch(from, payload);
        return;
      case 'call':
      case 'answer':
        calls.take(from, payload);
        return;
      case 'noSuchLedger':
        if (this.#ledgers.has(payload.ledger)) this.#options.onMissing(payload.ledger, from);
        return;
      case 'journalGrew':
        this.onJournalGrew(from, payload.sequence);
    }
  }

  /** Set by who fetches history: an image was taken in, without what came before it. */
  onImage: () => void = () => undefined;

  /** Set by who exchanges journals: other servers may take part in a ledger now. */
  onConfig: () => void = () => undefined;

  /** Set by who exchanges journals. */
  onJournalGrew: (from: string, sequence: number) => void = () => undefined;

  #receive(from: string, id: string, message: PeerMessage): void {
    const ledger = this.#ledgers.get(id);
    if (!ledger) {
      this.#options.peers.send(from, { type: 'noSuchLedger', ledger: id });
      return;
    }
    const refusal = refuseMessage(ledger.state, from, message);
    const answer = answerStranger(ledger.state, from, message);
    if (answer) this.#options.peers.send(from, { type: 'ledger', ledger: id, message: answer });
    else if (refusal !== undefined) this.#complaints.note(from, refusal);
    else if (!this.#clockIsWrong(from)) ledger.receive(from, message);
  }

  async #fetch(from: string, offer: Extract<LinkPayload, { type: 'offer' }>): Promise<void> {
    const ledger = this.#ledgers.get(offer.ledger);
    if (!ledger || !othersOf(ledger.view().config, this.#options.serverId).includes(from)) return;
    const { what } = offer;
    const refusal = what.type === 'image' ? refuseMessage(ledger.state, from, what) : undefined;
    if (refusal !== undefined) {
      this.#complaints.note(from, refusal);
      return;
    }
    const message = await this.#transfers.fetch(from, offer);
    if (!message) return;
    this.#receive(from, offer.ledger, message);
    if (message.type === 'image') {
      this.#options.commits.whenDurable(offer.ledger, () => this.onImage());
    }
  }

  #clockIsWrong(id: string): boolean {
    const differenceMs = this.#options.peers.clockDifferenceMs(id);
    return differenceMs !== null && Math.abs(differenceMs) > clockDifferenceMsMax;
  }
}

/** Every other server that takes part in a ledger. */
export function othersOf({ membership }: LedgerConfig, self: string): string[] {
  const { members, witness } = membership;
  const all = witness === null ? members : [...members, witness];
  return all.filter((id) => id !== self);
}

/** Whether a server keeps a ledger together with this one; a witness does not. */
export function isOtherMember({ membership }: LedgerConfig, id: string, self: string): boolean {
  return id !== self && membership.members.includes(id);
}

/** Changes of an ordinary kind that surely fit into one frame. */
const changesSureMax = 500;

function mayBeLong(message: PeerMessage): boolean {
  if (message.type === 'divergence') return true;
  if (message.type !== 'append') return false;
  return message.entries.some(
    ({ changes }) =>
      changes.length > changesSureMax || changes.some(({ type }) => type === 'license'),
  );
}
