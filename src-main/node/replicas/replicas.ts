import { type LedgerConfig, primaryOf } from '../../../src-shared/model/ledger-config.ts';
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
import { HostedReplica, type HostedReplicaPorts } from './hosted-replica.ts';
import { type LinkPayload, parseLinkPayload } from './peer-payload.ts';
import { answerStranger, refuseMessage } from './message-guard.ts';
import type { PeerCalls, PeerHandlers } from '../peers/peer-calls.ts';
import { awaitsSuccessor } from './serving-watch.ts';
import { until } from '../base/until.ts';
import { isWithinWindow } from './time-window.ts';
import { cutImage, cutMessage, Transfers } from './transfers.ts';

/** What the ledgers need of the links to other servers. */
export interface ReplicaLinks {
  send(id: string, payload: LinkPayload): boolean;
  isConnected(id: string): boolean;
  /** Positive: the other clock is ahead; null: not measured. */
  clockDifferenceMs(id: string): number | null;
  nameOf(id: string): string;
  /** Of this server and of all that are paired with it. */
  names(): Record<string, string>;
}

export interface ReplicasOptions {
  serverId: string;
  demoVendorKeyId: string;
  clock: Clock;
  store: Pick<Store, 'readImage'>;
  commits: CommitQueue;
  signer: TokenSigner;
  peers: ReplicaLinks;
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
export class Replicas {
  readonly #options: ReplicasOptions;
  readonly #replicas = new Map<string, HostedReplica>();
  readonly #transfers: Transfers;
  readonly #complaints: Complaints;
  #timer: NodeJS.Timeout | undefined;
  #tickMs = 0;
  #names = '';

  constructor(options: ReplicasOptions) {
    this.#options = options;
    this.#transfers = new Transfers(options.calls, options.log);
    const { log, peers, clock } = options;
    this.#complaints = new Complaints(
      log,
      (id) => peers.nameOf(id),
      () => clock().monotonicMs,
    );
  }

  handlers(): PeerHandlers<'transfer.part'> {
    return this.#transfers.handlers();
  }

  all(): HostedReplica[] {
    return [...this.#replicas.values()];
  }

  get(id: string): HostedReplica | undefined {
    return this.#replicas.get(id);
  }

  /** The ledger of this server's own licences. */
  own(): HostedReplica {
    const own = this.all().find((replica) => this.#isOwn(replica));
    if (!own) throw new Error('this server has no ledger of its own');
    return own;
  }

  /** Takes up what the store has; a server without a ledger of its own gets one. */
  open(stored: readonly (StoredReplica & { id: string })[]): void {
    for (const { id, ...replica } of stored) this.#add(id, replica);
    if (!this.all().some((replica) => this.#isOwn(replica))) {
      this.create(this.#options.newId(), soloConfig(this.#options.serverId));
    }
    this.tick();
    this.#keepTicking();
  }

  /** Begins to keep a ledger. */
  create(id: string, config: LedgerConfig): HostedReplica {
    const stored: StoredReplica = {
      term: noTerm,
      log: { base: noPosition, entries: [] },
      witnessed: noPosition,
      syncSet: [],
      ledger: { meta: null, config, leases: [], licenses: [], vendors: [], ended: [] },
    };
    const { commits } = this.#options;
    commits.persist(id, createdNumber, [{ type: 'createLedger', stored }], () => undefined);
    const replica = this.#add(id, stored);
    this.#keepTicking();
    return replica;
  }

  /** Stops keeping a ledger. */
  drop(id: string): void {
    const replica = this.#replicas.get(id);
    if (!replica) return;
    const { commits, onDropped } = this.#options;
    replica.drop();
    this.#replicas.delete(id);
    commits.persist(id, Number.MAX_SAFE_INTEGER, [{ type: 'dropLedger' }], () => onDropped(id));
    this.#keepTicking();
  }

  tick(): void {
    const now = new Date(this.#options.clock().wallMs);
    for (const replica of this.all()) {
      const { reclaim } = replica.view().config.settings;
      const mayReclaim =
        reclaim === 'automatic' || (reclaim !== 'manual' && isWithinWindow(reclaim, now));
      replica.step({ type: 'ticked', mayReclaim });
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
    for (const replica of this.all()) replica.step({ type: 'namesLearnt', names });
  }

  /**
   * Gives what this server serves to others that can take it; resolves when they were heard to serve,
   * so that clients can be sent there, or when it is too late.
   */
  async leave(withinMs: number): Promise<void> {
    const served = this.all().filter((replica) => replica.isActive);
    const mayMove = served.filter((replica) => replica.view().synchronised.length > 1);
    for (const replica of served) replica.step({ type: 'leaveRequested' });
    const isMoved = ({ isActive, state }: HostedReplica) => !isActive && !awaitsSuccessor(state);
    await until(() => mayMove.every(isMoved), withinMs);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#transfers.stop();
    for (const replica of this.all()) replica.drop();
  }

  /** Tells every ledger that a disk failed or works again. */
  noteStoreRecovered(): void {
    for (const replica of this.all()) replica.step({ type: 'storeRecovered' });
  }

  notePersistFailed(id: string, number: number): void {
    const replica = this.#replicas.get(id);
    if (number === createdNumber && replica) {
      // It never came to the disk, so it is not kept.
      replica.drop();
      this.#replicas.delete(id);
    } else replica?.step({ type: 'persistFailed', number });
  }

  #isOwn(replica: HostedReplica): boolean {
    return primaryOf(replica) === this.#options.serverId;
  }

  #add(id: string, stored: StoredReplica): HostedReplica {
    const { serverId, demoVendorKeyId, clock, commits, signer, log, note } = this.#options;
    const options = { serverId, demoVendorKeyId, newLedgerId: id };
    const ports: HostedReplicaPorts = {
      clock,
      commits,
      signer,
      log,
      note,
      send: (ledger, to, message) => this.#send(ledger, to, message),
      sendImage: (ledger, { type: _, to, ...what }) => {
        const parts = cutImage(this.#options.store.readImage(ledger));
        const { version: configVersion } = this.#replicas.get(ledger)?.view().config ?? {
          version: 0,
        };
        this.#offer(to, ledger, { type: 'image', configVersion, ...what }, parts);
      },
      onRemoved: (ledger) => this.drop(ledger),
      onStep: this.#options.onStep,
      onActiveChanged: this.#options.onActiveChanged,
      onConfig: () => this.onConfig(),
    };
    const replica = new HostedReplica(id, createReplica(stored, options, clock()), ports);
    this.#replicas.set(id, replica);
    const { peers } = this.#options;
    replica.step({ type: 'namesLearnt', names: peers.names() });
    for (const peer of othersOf(replica.view().config, serverId)) {
      if (peers.isConnected(peer)) replica.noteEvidence(peer, 'connected');
    }
    return replica;
  }

  // As often as the shortest heartbeat wants it.
  #keepTicking(): void {
    const heartbeats = this.all().map((replica) => replica.view().config.settings.heartbeatMs);
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
    for (const replica of this.all()) replica.noteEvidence(peer, evidence);
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
        if (this.#replicas.has(payload.ledger)) this.#options.onMissing(payload.ledger, from);
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
    const replica = this.#replicas.get(id);
    if (!replica) {
      this.#options.peers.send(from, { type: 'noSuchLedger', ledger: id });
      return;
    }
    const refusal = refuseMessage(replica.state, from, message);
    const answer = answerStranger(replica.state, from, message);
    if (answer) this.#options.peers.send(from, { type: 'ledger', ledger: id, message: answer });
    else if (refusal !== undefined) this.#complaints.note(from, refusal);
    else if (!this.#clockIsWrong(from)) replica.receive(from, message);
  }

  async #fetch(from: string, offer: Extract<LinkPayload, { type: 'offer' }>): Promise<void> {
    const replica = this.#replicas.get(offer.ledger);
    if (!replica || !othersOf(replica.view().config, this.#options.serverId).includes(from)) return;
    const { what } = offer;
    const refusal = what.type === 'image' ? refuseMessage(replica.state, from, what) : undefined;
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
