import type { PeerMessage } from '../core/replica/message.ts';
import type { Store } from '../store/store.ts';
import type { Clock } from '../base/clock.ts';
import type { Row } from '../core/rows/row.ts';
import type { Log } from '../base/log.ts';
import type { LicenseDoor } from '../licensing/license-door.ts';
import { frameBytesMax } from '../peers/link/frame.ts';
import type { PeerCalls, PeerHandlers } from '../peers/peer-calls.ts';
import { type Clocks, isApart, passes } from './clocks-apart.ts';
import type { Dissolved, DissolvedLedgers } from './dissolved-ledgers.ts';
import { Complaints } from './complaints.ts';
import type { HostedReplica, ImageEffect } from './hosted-replica.ts';
import { admitLongMessage, admitMessage } from './license-admission.ts';
import { othersOf } from './membership.ts';
import { takesPart } from '../../../src-shared/model/ledger-config.ts';
import { configOf } from '../core/replica/replica-state.ts';
import { answerStranger, isClaimed, refuseMessage } from './message-guard.ts';
import { type LongHead, LongMessage } from '../peers/link/long-message.ts';
import { LongPayloads } from './long-payloads.ts';
import type { LinkPayload } from './peer-payload.ts';
import { type ParsedPayload, parseLinkPayload } from './parse-payload.ts';
import { OutgoingTurns } from './outgoing-turns.ts';
import { restoreImage } from './restore-image.ts';
import { cutImage, cutMessage, isLongerThan, Transfers } from './transfers.ts';
import { VouchedMembers } from './vouched-members.ts';

/** What the ledgers need of the links to other servers. */
export interface ReplicaLinks extends Clocks {
  send(id: string, payload: LinkPayload): boolean;
  isConnected(id: string): boolean;
  nameOf(id: string): string;
  /** Of this server and of all that are paired with it. */
  names(): Record<string, string>;
}

export interface ReplicaExchangeOptions {
  serverId: string;
  /** Verifies every licence that comes from the disk or from a peer. */
  door: LicenseDoor;
  clock: Clock;
  store: Pick<Store, 'readImage'>;
  servers: ReplicaLinks;
  calls: PeerCalls;
  log: Pick<Log, 'warn'>;
  /** Relationships that an admin dissolved here. */
  dissolved: Pick<DissolvedLedgers, 'of' | 'forget'>;
  /** A member of a ledger does not keep it: its disk may have been replaced, or its admin has dissolved that. */
  onMissing: (ledger: string, at: string, dissolved: Dissolved | undefined) => void;
  /** Some of a ledger's usage and timeline is not here: what tells of it is, durably. */
  onHistoryMissed: (ledger: string) => void;
  /** The journal of another server is longer than it was. */
  onJournalGrew: (server: string, sequence: number) => void;
}

type NoSuchLedger = Extract<LinkPayload, { type: 'noSuchLedger' }>;

/** Characters of a message that goes into one frame; longer ones are fetched in parts. */
const messageCharsMax = frameBytesMax / 16;

/** Characters of a message of rows that goes into one frame: even with 3 bytes a character it fits. */
const rowsCharsMax = frameBytesMax / 4;

/**
 * What the ledgers here and those of other servers say to each other: what arrives is checked and given
 * to the ledger that it is for, and what is too long for a message goes as a transfer.
 */
export class ReplicaExchange {
  readonly #options: ReplicaExchangeOptions;
  readonly #replicaOf: (ledger: string) => HostedReplica | undefined;
  readonly #transfers: Transfers;
  readonly #complaints: Complaints;
  readonly #long: LongPayloads;
  readonly #vouched: VouchedMembers;
  readonly #outgoing = new OutgoingTurns();

  constructor(
    options: ReplicaExchangeOptions,
    replicaOf: (ledger: string) => HostedReplica | undefined,
  ) {
    this.#options = options;
    this.#replicaOf = replicaOf;
    const { log, servers, clock, calls } = options;
    this.#transfers = new Transfers(calls, log);
    this.#complaints = new Complaints(
      log,
      (id) => servers.nameOf(id),
      () => clock().monotonicMs,
    );
    this.#vouched = new VouchedMembers(options, replicaOf);
    this.#long = new LongPayloads({
      replicaOf,
      hears: (replica, from) => this.#hears(replica, from),
      calls,
      complaints: this.#complaints,
      onStrangeLedger: (from, ledger) => this.#sayUnknown(from, ledger),
    });
  }

  handlers(): PeerHandlers<'transfer.part' | 'ledger.vouch'> {
    return { ...this.#transfers.handlers(), ...this.#vouched.handlers() };
  }

  send(ledger: string, to: string, message: PeerMessage): void {
    const replica = this.#replicaOf(ledger);
    if (replica && !passes(replica.state, this.#options.servers, to, message)) return;
    const isRows = 'root' in message || message.type === 'found';
    const isLong = mayBeLong(message);
    // The write of a moment is short, and of an answer there can be a hundred pieces.
    const inTurns = isLong || (isRows && message.type !== 'rows');
    this.#outgoing.send(to, inTurns, () => {
      if (isLong && isLongerThan(message, isRows ? rowsCharsMax : messageCharsMax)) {
        this.#offer(to, ledger, { type: 'message' }, cutMessage(message));
      } else this.#options.servers.send(to, { type: 'ledger', ledger, message });
    });
  }

  sendImage(ledger: string, { type: _, to, ...what }: ImageEffect): void {
    if (isApart(this.#options.servers, to)) return;
    const parts = cutImage(this.#options.store.readImage(ledger));
    const { version: configVersion } = this.#replicaOf(ledger)?.view().config ?? { version: 0 };
    this.#offer(to, ledger, { type: 'image', configVersion, ...what }, parts);
  }

  /** Whether a long message of a paired server is read, before it has come. */
  wants(from: string, head: LongHead, bytes: number): boolean {
    return this.#long.wants(from, head, bytes);
  }

  /** See `VouchedMembers.laterMembers`. */
  laterMembers(replica: HostedReplica): string[] {
    return this.#vouched.laterMembers(replica);
  }

  /** Something that a paired server sent, not looked at yet. */
  take(from: string, value: unknown): void {
    if (value instanceof LongMessage) {
      this.#long.take(from, value, (parsed) => this.#takeLong(from, parsed));
    } else if (this.#long.isBusy(from)) {
      this.#long.inTurn(from, () => this.#takeParsed(from, parseLinkPayload(value)));
    } else this.#takeParsed(from, parseLinkPayload(value));
  }

  async #takeLong(from: string, parsed: ParsedPayload): Promise<void> {
    if (!parsed.ok || parsed.value.type !== 'ledger') return this.#takeParsed(from, parsed);
    await this.#receiveLong(from, parsed.value.ledger, parsed.value.message);
  }

  #takeParsed(from: string, parsed: ParsedPayload): void {
    const { calls, onJournalGrew } = this.#options;
    if (!parsed.ok) {
      this.#complaints.note(from, parsed.problem);
      return;
    }
    const { value: payload } = parsed;
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
        this.#noteMissing(from, payload);
        return;
      case 'journalGrew':
        onJournalGrew(from, payload.sequence);
    }
  }

  stop(): void {
    this.#outgoing.stop();
    this.#transfers.stop();
  }

  #offer(
    to: string,
    ledger: string,
    what: Extract<LinkPayload, { type: 'offer' }>['what'],
    parts: AsyncIterable<string>,
  ): void {
    const transfer = this.#transfers.offer(to, parts);
    this.#options.servers.send(to, { type: 'offer', ledger, transfer, what });
  }

  #receive(from: string, ledger: string, message: PeerMessage): void {
    const replica = this.#heard(from, ledger, message);
    if (!replica) return;
    replica.receive(from, admitMessage(this.#options.door, replica.ledger, message));
  }

  /** The same of a message that can bring many licences; what holds is looked at again after them. */
  async #receiveLong(from: string, ledger: string, message: PeerMessage): Promise<void> {
    const replica = this.#heard(from, ledger, message);
    if (!replica) return;
    const { door, clock } = this.#options;
    const verified = await admitLongMessage(door, replica.ledger, message);
    const admitted =
      verified.type === 'image' ? await restoreImage(replica.state, verified, clock()) : verified;
    this.#heard(from, ledger, admitted)?.receive(from, admitted);
  }

  /** The ledger that hears a message of this server; undefined: none does, and that was said. */
  #heard(from: string, ledger: string, message: PeerMessage): HostedReplica | undefined {
    const { servers } = this.#options;
    const replica = this.#replicaOf(ledger);
    if (!replica) {
      this.#sayUnknown(from, ledger);
      return undefined;
    }
    const { state } = replica;
    const isStranger = !takesPart(configOf(state), from);
    const isVouched = isStranger && this.#vouched.isVouched(ledger, from);
    if (isStranger && 'configVersion' in message) {
      this.#vouched.noteStranger(replica, from, message.configVersion);
    }
    const isUnheard = isStranger && !isVouched;
    const answer = isUnheard ? answerStranger(state, from, message) : undefined;
    if (answer) {
      servers.send(from, { type: 'ledger', ledger, message: answer });
      return undefined;
    }
    if (isUnheard && isClaimed(state, from, message)) {
      // The sender then asks whether this server takes part, and the admin here is asked.
      this.#sayUnknown(from, ledger);
      return undefined;
    }
    const refusal = refuseMessage(state, from, message, isVouched);
    if (refusal !== undefined) this.#complaints.note(from, refusal);
    else if (passes(state, servers, from, message)) return replica;
    return undefined;
  }

  #noteMissing(from: string, { ledger, dissolved }: NoSuchLedger): void {
    const replica = this.#replicaOf(ledger);
    if (!replica) return;
    replica.step({ type: 'ledgerMissed', peer: from, isDissolved: dissolved !== undefined });
    this.#options.onMissing(ledger, from, dissolved);
  }

  /** A ledger is not kept here; where that was an admin's order, whoever asks hears so. */
  #sayUnknown(from: string, ledger: string): void {
    const dissolved = this.#options.dissolved.of(ledger);
    this.#options.servers.send(from, {
      type: 'noSuchLedger',
      ledger,
      ...(dissolved && { dissolved }),
    });
  }

  async #fetch(from: string, offer: Extract<LinkPayload, { type: 'offer' }>): Promise<void> {
    const { ledger, what } = offer;
    const replica = this.#replicaOf(ledger);
    const isVouched = this.#vouched.isVouched(ledger, from);
    if (!replica || !(isVouched || this.#isMember(replica, from))) return;
    const refusal =
      what.type === 'image' ? refuseMessage(replica.state, from, what, isVouched) : undefined;
    if (refusal !== undefined) {
      this.#complaints.note(from, refusal);
      return;
    }
    const message = await this.#transfers.fetch(from, offer);
    if (message) await this.#receiveLong(from, ledger, message);
  }

  #isMember(replica: HostedReplica, id: string): boolean {
    return othersOf(replica.view().config, this.#options.serverId).includes(id);
  }

  /** Whether long messages of a server about a ledger are read. */
  #hears(replica: HostedReplica, from: string): boolean {
    return takesPart(replica.view().config, from) || this.#vouched.isVouched(replica.id, from);
  }
}

/** Changes of an ordinary kind that surely fit into one frame. */
const changesSureMax = 500;

function mayBeLong(message: PeerMessage): boolean {
  switch (message.type) {
    case 'append':
      return message.entries.some(
        ({ changes }) =>
          changes.length > changesSureMax || changes.some(({ type }) => type === 'license'),
      );
    case 'rows':
      return message.history.length > changesSureMax || areLong(message.rows);
    case 'piece':
    case 'found':
      return areLong(message.rows);
    default:
      return false;
  }
}

function areLong(rows: readonly Row[]): boolean {
  return rows.length > changesSureMax || rows.some(({ kind }) => kind === 'license');
}
