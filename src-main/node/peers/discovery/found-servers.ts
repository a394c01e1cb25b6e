import type { Log } from '../../base/log.ts';
import { dialPeer } from '../link/peer-dial.ts';
import { knownServersMax, type PeerTimings } from '../link/peer-limits.ts';
import { type CopyRank, type Hello, peerProtocolVersion } from '../link/link-message.ts';

/** A server whose key was read at its address. */
export interface FoundServer {
  id: string;
  name: string;
  addresses: string[];
}

/** What a server with this server's own key says of itself; null: nothing. */
export interface OwnKeySeen {
  address: string;
  /** Which start of the server answers. */
  boot: string | null;
  /** How long that process runs. */
  upMs: number | null;
  /** What it says that it is of the two; null: it has not found this server. */
  rank: CopyRank | null;
  /** How long the question took. */
  tookMs: number;
}

export interface FoundServersOptions {
  ownId: string;
  timings: PeerTimings;
  log: Pick<Log, 'debug'>;
  /** Something was found, or has gone. */
  onChange: (id: string) => void;
  /** This server's own key answers there. */
  onOwnKey: (seen: OwnKeySeen) => void;
}

type Source = 'network' | 'fixed';

interface Entry extends FoundServer {
  sources: Set<Source>;
}

/** Looks at a time, and looks that may wait. */
const looksMax = 4;
const looksWaitingMax = 512;

/** An address that was wrong is not looked at again for so long, in milliseconds. */
const refusedForMs = 15_000;

/**
 * The servers that are there to be paired with. What discovery says is checked by calling: a server is
 * in it only with the id of the key that it proves to hold. Of bounded size, whatever is announced.
 */
export class FoundServers {
  readonly #options: FoundServersOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #waiting: (() => Promise<void>)[] = [];
  readonly #underWay = new Set<string>();
  /** By address, until when it is not looked at again, on the monotonic clock. */
  readonly #refused = new Map<string, number>();
  #looks = 0;
  #stopped = false;

  constructor(options: FoundServersOptions) {
    this.#options = options;
  }

  all(): FoundServer[] {
    return [...this.#entries.values()];
  }

  get(id: string): FoundServer | undefined {
    return this.#entries.get(id);
  }

  /** A server was announced on the network. */
  found({ id, addresses }: FoundServer): void {
    for (const address of addresses) this.#look(address, 'network', id);
  }

  lost(id: string): void {
    this.#forgetSource(id, 'network');
  }

  /** Calls at the addresses that an admin has given. */
  lookAtFixed(addresses: readonly string[]): void {
    for (const address of addresses) this.#look(address, 'fixed', undefined);
  }

  /** The network, or the list of fixed addresses, is not listened to any longer. */
  clear(source: Source): void {
    for (const id of [...this.#entries.keys()]) this.#forgetSource(id, source);
  }

  stop(): void {
    this.#stopped = true;
    this.#waiting.length = 0;
  }

  #look(address: string, source: Source, claimedId: string | undefined): void {
    const key = `${source} ${address} ${claimedId ?? ''}`;
    const refusedUntilMs = source === 'network' ? (this.#refused.get(key) ?? 0) : 0;
    if (this.#stopped || this.#underWay.has(key) || refusedUntilMs > performance.now()) return;
    if (this.#waiting.length >= looksWaitingMax) return;
    this.#underWay.add(key);
    this.#waiting.push(async () => {
      const known = await lookAt(address, this.#options.timings);
      this.#underWay.delete(key);
      if (this.#stopped) return;
      const { ownId, onOwnKey } = this.#options;
      if (known?.id === ownId) onOwnKey({ ...known.ofCopy, address });
      else if (known && (!claimedId || known.id === claimedId)) this.#add(known, source);
      else this.#refuse(key, address);
    });
    this.#next();
  }

  #next(): void {
    while (this.#looks < looksMax) {
      const look = this.#waiting.shift();
      if (!look) return;
      this.#looks += 1;
      void look().finally(() => {
        this.#looks -= 1;
        this.#next();
      });
    }
  }

  #refuse(key: string, address: string): void {
    this.#options.log.debug(`No server that is what it says was found at ${address}.`);
    if (this.#refused.size >= knownServersMax) this.#refused.clear();
    this.#refused.set(key, performance.now() + refusedForMs);
  }

  #add({ id, name, addresses }: FoundServer, source: Source): void {
    const entry = this.#entries.get(id);
    if (!entry && this.#entries.size >= knownServersMax) return;
    const all = [...new Set([...addresses, ...(entry?.addresses ?? [])])].slice(0, 4);
    const sources = new Set([...(entry?.sources ?? []), source]);
    this.#entries.set(id, { id, name, addresses: all, sources });
    this.#options.onChange(id);
  }

  #forgetSource(id: string, source: Source): void {
    const entry = this.#entries.get(id);
    if (!entry?.sources.delete(source)) return;
    if (entry.sources.size === 0) this.#entries.delete(id);
    this.#options.onChange(id);
  }
}

type SeenServer = FoundServer & { ofCopy: Omit<OwnKeySeen, 'address'> };

/** Who answers at an address: the id by its key, the name as it says. We say nothing of ourselves. */
export async function lookAt(
  address: string,
  timings: Pick<PeerTimings, 'connectMs' | 'answerMs'>,
): Promise<SeenServer | undefined> {
  const dialed = await dialPeer({ address, keys: null, timeoutMs: timings.connectMs });
  if (!dialed.ok) return undefined;
  const { connection, id } = dialed;
  const askedMs = performance.now();
  connection.send({ ...lookHello, id: null });
  const answer = await connection.next(timings.answerMs);
  connection.end();
  if (answer?.type !== 'hello' || answer.id !== id) return undefined;
  const { name, boot = null, upMs = null, rank = null } = answer;
  const ofCopy = { boot, upMs, rank, tookMs: performance.now() - askedMs };
  return { id, name, addresses: [address], ofCopy };
}

const lookHello = {
  type: 'hello',
  version: peerProtocolVersion,
  name: 'a server',
  purpose: 'look',
} as const satisfies Partial<Hello>;
