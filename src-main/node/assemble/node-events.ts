import type { LinkEvent } from '../peers/link/link-event.ts';
import type { Dissolved } from '../replicas/dissolved-ledgers.ts';
import type { Probe, StoredEvent } from '../store/store.ts';

/**
 * What happened in one layer of the node, for its own parts and the layers above it. A layer calls what
 * is below it; this is the only way up.
 */
export type NodeEvent =
  // From the ground
  /** This server has another name of its start than before, and it is stored: others may be told. */
  | { type: 'bootStored' }
  /** Nothing that this ledger gave since the number, this one included, was written. */
  | { type: 'writesLost'; ledger: string; number: number }
  /** The disk cannot be written, whether or not a ledger has tried to. */
  | { type: 'storeUnwritable' }
  /** The disk could not be written for a while and can again. */
  | { type: 'storeRecovered'; how: Probe }
  /** More is durable than before, or the disk failed or works again. */
  | { type: 'storeChanged' }
  /** Timeline entries became durable. */
  | { type: 'timelineGrew'; entries: readonly StoredEvent[] }
  /** This server's own journal is longer, durable or not. */
  | { type: 'journalGrew' }
  // From the links
  /** Other settings are in force and saved. */
  | { type: 'settingsChanged' }
  /** The client port was opened, moved, or cannot be opened for another reason than before. */
  | { type: 'portChanged' }
  /** What is known of other servers changed, names among it. */
  | { type: 'serversChanged' }
  | { type: 'linkReported'; event: LinkEvent }
  /** Another server knows a start of this one that is not known here: the directory was put back. */
  | { type: 'putBackHeard' }
  // From the replicas
  /** Anything happened to a ledger. */
  | { type: 'ledgerStepped'; ledger: string }
  /** Another server serves a ledger now, or none. */
  | { type: 'activeChanged'; ledger: string }
  /** Who keeps a ledger, or how, may have changed; it may be new here. */
  | { type: 'configChanged'; ledger: string }
  /** Some of a ledger's usage and timeline is not here: what tells of it is, durably. */
  | { type: 'historyMissed'; ledger: string }
  /** This server is no member of a ledger any longer, and it is gone from here. */
  | { type: 'ledgerDropped'; ledger: string }
  /** A member of a ledger does not keep it: its disk may have been replaced, or its admin has dissolved that. */
  | { type: 'ledgerMissed'; ledger: string; at: string; dissolved: Dissolved | undefined }
  /** The journal of another server is longer than it was. */
  | { type: 'otherJournalGrew'; server: string; sequence: number };

type NodeEventOf<T extends NodeEvent['type']> = Extract<NodeEvent, { type: T }>;

/** Tells those who asked what happened, in the order in which they asked: lower layers first. */
export class NodeEvents {
  readonly #listeners = new Map<NodeEvent['type'], ((event: NodeEvent) => void)[]>();

  /** To be called while a layer is made; nothing happens before all layers are. */
  on<T extends NodeEvent['type']>(type: T, listener: (event: NodeEventOf<T>) => void): void {
    const listeners = this.#listeners.get(type) ?? [];
    this.#listeners.set(type, [...listeners, (event) => listener(event as NodeEventOf<T>)]);
  }

  emit(event: NodeEvent): void {
    for (const listener of this.#listeners.get(event.type) ?? []) listener(event);
  }
}
