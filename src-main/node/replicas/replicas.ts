import {
  concernsServer,
  type LedgerConfig,
  primaryOf,
  soloConfig,
} from '../../../src-shared/model/ledger-config.ts';
import { createReplica, type StoredReplica } from '../core/replica/replica.ts';
import { mayHaveForgotten } from '../core/replica/replica-state.ts';
import { noPosition, noTerm } from '../core/replica/term.ts';
import { keptByOthers } from '../core/replica/whole.ts';
import type { Boots } from '../identity/boots.ts';
import type { CommitQueue } from '../store/commit-queue.ts';
import type { Log } from '../base/log.ts';
import type { LongHead } from '../peers/link/long-message.ts';
import type { LinkEvent } from '../peers/link/link-event.ts';
import type { PeerHandlers } from '../peers/peer-calls.ts';
import type { Partners } from '../peers/pairing/partners.ts';
import type { TimelineNote } from '../base/timeline-note.ts';
import type { TokenSigner } from '../store/token-signer.ts';
import { compareClocks } from './clocks-apart.ts';
import { HostedReplica, type HostedReplicaPorts } from './hosted-replica.ts';
import { LedgerBoots } from './ledger-boots.ts';
import { admitStored } from './license-admission.ts';
import { othersOf } from './membership.ts';
import { versionsAheadMax } from './message-guard.ts';
import {
  ReplicaExchange,
  type ReplicaExchangeOptions,
  type ReplicaLinks,
} from './replica-exchange.ts';
import { awaitsSuccessor } from './serving-watch.ts';
import { until } from '../base/until.ts';
import { isWithinWindow } from './time-window.ts';

export interface ReplicasOptions extends ReplicaExchangeOptions {
  demoVendorKeyId: string;
  commits: CommitQueue;
  signer: TokenSigner;
  /** Is told who takes part in the ledgers here. */
  partners: Partners;
  log: Pick<Log, 'error' | 'warn'>;
  note: (note: TimelineNote) => void;
  /** Anything happened to a ledger. */
  onStep: (ledger: string) => void;
  /** Another server serves a ledger now, or none. */
  onActiveChanged: (ledger: string) => void;
  /** Who keeps a ledger, or how, may have changed; called when it is taken up too. */
  onConfig: (ledger: string) => void;
  /** This server is no member of a ledger any longer, and it is gone from here. */
  onDropped: (ledger: string) => void;
  newId: () => string;
  boots: Pick<Boots, 'current' | 'renew'>;
  /** Whether some of what this server had of a ledger may be missing here. */
  isIncomplete: (config: LedgerConfig) => boolean;
  servers: ReplicaLinks & {
    /** This server is one of two with one identity, and not the one that serves. */
    standsAside(): boolean;
  };
}

/** Number of the write that creates a ledger; those of the replica follow. */
const createdNumber = 0;

/** How often the one that serves is asked to count this server out, in milliseconds. */
const askEveryMs = 1_000;

/** Neither its configuration nor a change of that which may still be withdrawn has to do with this server. */
function isOfOthers({ ledger, log }: StoredReplica, serverId: string): boolean {
  const changed = log.entries.flatMap(({ changes }) =>
    changes.flatMap((change) => (change.type === 'config' ? [change.before, change.after] : [])),
  );
  return [ledger.config, ...changed].every((config) => !concernsServer(config, serverId));
}

const tickMsMin = 10;
const tickMsMax = 125;

/**
 * Every ledger that this server keeps: its own, those of servers that it protects, and as witness.
 */
export class Replicas {
  readonly #options: ReplicasOptions;
  readonly #replicas = new Map<string, HostedReplica>();
  readonly #exchange: ReplicaExchange;
  readonly #boots: LedgerBoots;
  #timer: NodeJS.Timeout | undefined;
  #tickMs = 0;
  #names = '';
  /** What the store has is taken up. */
  #isOpen = false;
  #standsAside = false;
  readonly #takenOut = new Map<string, number>();
  /** Ledgers on this disk that are none of this server's (`#leaveAside`). */
  readonly #leftAside = new Set<string>();
  /** When the others were last asked to count this server out, on the monotonic clock. */
  #askedMs = -Infinity;

  constructor(options: ReplicasOptions) {
    this.#options = options;
    this.#exchange = new ReplicaExchange(options, (ledger) => this.get(ledger));
    this.#boots = new LedgerBoots(options.boots);
  }

  handlers(): PeerHandlers<'transfer.part' | 'ledger.vouch'> {
    return this.#exchange.handlers();
  }

  all(): HostedReplica[] {
    return [...this.#replicas.values()];
  }

  get(id: string): HostedReplica | undefined {
    return this.#replicas.get(id);
  }

  /** The ledger of this server's own licences; of two the one that others keep, too. */
  own(): HostedReplica {
    const own = this.all().filter((replica) => this.#isOwn(replica));
    const [first] = own;
    if (!first) throw new Error('this server has no ledger of its own');
    return own.find((replica) => replica.view().config.relationship !== null) ?? first;
  }

  /** Takes up what the store has; a server without a ledger of its own gets one. */
  open(
    stored: readonly (StoredReplica & { id: string })[],
    takenOut: Readonly<Record<string, number>> = {},
  ): void {
    const { door, isIncomplete } = this.#options;
    for (const [id, version] of Object.entries(takenOut)) this.#takenOut.set(id, version);
    for (const { id, ...replica } of stored) {
      if (isOfOthers(replica, this.#options.serverId)) {
        this.#leaveAside(id, replica.ledger.config);
        continue;
      }
      this.#add(id, admitStored(door, replica), isIncomplete(replica.ledger.config));
    }
    this.#isOpen = true;
    this.#seeToOwn();
    this.tick();
    this.#keepTicking();
  }

  /** Begins one more ledger of this server alone. */
  createOwn(): HostedReplica {
    return this.create(this.#options.newId(), soloConfig(this.#options.serverId));
  }

  /** Begins to keep a ledger. `term`: of the active that calls this server to it. */
  create(id: string, config: LedgerConfig, term = noTerm): HostedReplica {
    const { commits, serverId, isIncomplete } = this.#options;
    const stored: StoredReplica = {
      term,
      log: { base: noPosition, entries: [] },
      witnessed: noPosition,
      syncSet: keptByOthers(config, serverId),
      ledger: { meta: null, config, leases: [], licenses: [], vendors: [], ended: [], rows: [] },
    };
    if (this.#leftAside.delete(id)) this.#persistDrop(id, {});
    commits.persist(id, createdNumber, [{ type: 'createLedger', stored }], () => undefined);
    // A witness that is taken in has nothing that it could have forgotten.
    const isWitness = config.membership.witness === serverId;
    this.#takenOut.delete(id);
    this.#options.dissolved.forget(id);
    const replica = this.#add(id, stored, !isWitness && isIncomplete(config));
    this.#keepTicking();
    return replica;
  }

  /** The version of its configuration that took this server out of a ledger; undefined: none is known. */
  takenOutIn(id: string): number | undefined {
    return this.#takenOut.get(id);
  }

  /** Stops keeping a ledger. `configVersion`: of the configuration that has no place for this server. */
  drop(id: string, configVersion?: number): void {
    const { onDropped } = this.#options;
    const known = this.get(id)?.view().config.version ?? 0;
    if (!this.#remove(id)) return;
    // One far beyond what is known here is no version that the ledger comes to.
    const takenOutIn = configVersion && Math.min(configVersion, known + versionsAheadMax);
    if (takenOutIn !== undefined) this.#takenOut.set(id, takenOutIn);
    this.#persistDrop(id, { ...(takenOutIn !== undefined && { takenOutIn }) }, () => onDropped(id));
    this.#seeToOwn();
    this.#keepTicking();
  }

  tick(): void {
    this.#noteCopies();
    const now = new Date(this.#options.clock().wallMs);
    for (const replica of this.all()) {
      compareClocks(replica, this.#options.servers);
      const { reclaim } = replica.view().config.settings;
      const mayReclaim =
        reclaim === 'automatic' || (reclaim !== 'manual' && isWithinWindow(reclaim, now));
      replica.step({ type: 'ticked', mayReclaim });
    }
    this.#askToBeCountedOut();
  }

  /**
   * A member that may have forgotten what it promised is none for the others until they have counted it
   * out: that is for the one that serves to bring about, as for a member whose disk was replaced.
   */
  #askToBeCountedOut(): void {
    const { clock, servers } = this.#options;
    const nowMs = clock().monotonicMs;
    if (nowMs - this.#askedMs < askEveryMs) return;
    this.#askedMs = nowMs;
    for (const { id, state } of this.all()) {
      if (!mayHaveForgotten(state) || state.active === null) continue;
      servers.send(state.active, { type: 'noSuchLedger', ledger: id });
    }
  }

  /** See `ReplicaExchange.wants`. */
  wants(from: string, head: LongHead, bytes: number): boolean {
    return this.#exchange.wants(from, head, bytes);
  }

  /** See `VouchedMembers.laterMembers`. */
  laterMembers(replica: HostedReplica): string[] {
    return this.#exchange.laterMembers(replica);
  }

  /** What happened on the links. */
  noteLinkEvent(event: LinkEvent): void {
    switch (event.type) {
      case 'connected':
      case 'goodbye':
      case 'gone':
        for (const replica of this.all()) replica.noteEvidence(event.id, event.type);
        return;
      case 'message':
        this.#exchange.take(event.id, event.payload);
        return;
      case 'taken':
      case 'disconnected':
      case 'clockMeasured':
      case 'bootsHeard':
      case 'ownBootHeard':
      case 'copyRefused':
      case 'detailsHeard':
      case 'addressProven':
      case 'keyProven':
      case 'pairingEnded':
      case 'problem':
    }
  }

  /** Names of servers may have changed; the timeline uses them. */
  learnNames(): void {
    const names = this.#options.servers.names();
    const text = JSON.stringify(names);
    if (text === this.#names) return;
    this.#names = text;
    for (const replica of this.all()) replica.step({ type: 'namesLearnt', names });
  }

  /**
   * Gives what this server serves to others that can take it; resolves when they were heard to
   * serve, so that clients can be sent there, or when it is too late.
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
    this.#exchange.stop();
    for (const replica of this.all()) replica.drop();
  }

  /** Nothing can be written, whether or not a ledger has tried to. */
  noteUnwritable(): void {
    for (const replica of this.all()) {
      const { storeFailed, persistNumber } = replica.state;
      if (!storeFailed) replica.step({ type: 'persistFailed', number: persistNumber + 1 });
    }
  }

  /** The disk works again. */
  noteStoreRecovered(): void {
    for (const replica of this.all()) replica.step({ type: 'storeRecovered' });
  }

  /** Writes of a ledger were lost, those from this number on. */
  notePersistFailed(id: string, number: number): void {
    // What never came to the disk is not kept.
    if (number === createdNumber) this.#remove(id);
    else this.get(id)?.step({ type: 'persistFailed', number });
  }

  /** Another server with this one's identity may have been found, or be gone (section 3b). */
  #noteCopies(): void {
    const standsAside = this.#options.servers.standsAside();
    if (standsAside === this.#standsAside) return;
    this.#standsAside = standsAside;
    for (const replica of this.all()) replica.step({ type: 'copyNoticed', standsAside });
  }

  /** Another server may have taken the place of this one in a ledger: it begins one of its own then. */
  #seeToOwn(): void {
    if (!this.#isOpen || this.all().some((replica) => this.#isOwn(replica))) return;
    this.createOwn();
  }

  #isOwn(replica: HostedReplica): boolean {
    return primaryOf(replica) === this.#options.serverId;
  }

  #add(id: string, stored: StoredReplica, incomplete: boolean): HostedReplica {
    const { serverId, demoVendorKeyId, clock, commits, signer, servers, log, note } = this.#options;
    const boot = this.#boots.begin(id);
    const options = { serverId, demoVendorKeyId, newLedgerId: id, boot, incomplete };
    const ports: HostedReplicaPorts = {
      clock,
      commits,
      signer,
      log,
      note,
      send: (ledger, to, message) => this.#exchange.send(ledger, to, message),
      sendImage: (ledger, effect) => this.#exchange.sendImage(ledger, effect),
      renewBoot: (former) => this.#boots.renew(former),
      onHistoryMissed: this.#options.onHistoryMissed,
      onRemoved: (ledger, configVersion) => this.drop(ledger, configVersion),
      onStep: this.#options.onStep,
      onActiveChanged: this.#options.onActiveChanged,
      onConfig: (ledger) => this.#noteConfig(ledger),
    };
    const replica = new HostedReplica(id, createReplica(stored, options, clock()), ports);
    this.#replicas.set(id, replica);
    replica.step({ type: 'namesLearnt', names: servers.names() });
    if (this.#standsAside) replica.step({ type: 'copyNoticed', standsAside: true });
    for (const other of othersOf(replica.view().config, serverId)) {
      if (servers.isConnected(other)) replica.noteEvidence(other, 'connected');
    }
    return replica;
  }

  #persistDrop(id: string, how: { takenOutIn?: number }, onDone = () => {}): void {
    const write = { type: 'dropLedger', ...how } as const;
    this.#options.commits.persist(id, Number.MAX_SAFE_INTEGER, [write], onDone);
  }

  /**
   * The key of this server is another one than it was, or the ledger is the file of another server. Nobody
   * would ever serve what is in it from here, nor give it back; and whoever put the key or the file there by
   * mistake can still put it right: the disk keeps it, until this server is taken into that ledger.
   */
  #leaveAside(id: string, config: LedgerConfig): void {
    const { note, servers } = this.#options;
    this.#leftAside.add(id);
    const owner = servers.nameOf(primaryOf(config.membership));
    note({
      kind: 'storeSetAside',
      severity: 'error',
      message:
        `The ledger here has licences of ${owner}, in which this server has no part: its key or ledger.db was ` +
        `exchanged. It does not serve them. Put the key or the file back as it was; or, if ${owner} is what this ` +
        'server was before it lost its key, import the licence files again.',
    });
  }

  /** False: the ledger was not kept here. */
  #remove(id: string): boolean {
    const replica = this.get(id);
    if (replica) this.#boots.noteGivenUp(id, replica.state.boot);
    replica?.drop();
    this.#options.partners.forget(id);
    return this.#replicas.delete(id);
  }

  #noteConfig(id: string): void {
    const { partners, serverId, onConfig } = this.#options;
    const replica = this.get(id);
    if (!replica) return;
    partners.note(id, othersOf(replica.view().config, serverId));
    this.#seeToOwn();
    onConfig(id);
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
}
