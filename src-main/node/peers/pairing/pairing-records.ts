import { isDeepStrictEqual } from 'node:util';
import type { Log } from '../../base/log.ts';
import type { PairedServer, PairedServers } from './paired-servers.ts';
import { ownAddressesMax } from '../link/link-message.ts';

type SaidOfItself = Pick<PairedServer, 'name' | 'addresses'> & { clientAddresses: string[] };

/** Keeps what paired servers say and show of themselves. */
export class PairingRecords {
  readonly #paired: PairedServers;
  readonly #log: Pick<Log, 'error' | 'warn'>;
  /** Servers whose key was asked for and is not known. */
  readonly #keysMissed = new Set<string>();

  constructor(paired: PairedServers, log: Pick<Log, 'error' | 'warn'>) {
    this.#paired = paired;
    this.#log = log;
  }

  /** What it says of itself. The addresses that have worked stay in front. */
  remember(id: string, { addresses = [], ...said }: Partial<SaidOfItself>): void {
    const server = this.#paired.get(id);
    if (!server) return;
    const all = [...new Set([...addresses, ...server.addresses])].slice(0, ownAddressesMax);
    const change = { ...said, addresses: all };
    if (isDeepStrictEqual({ ...server, ...change }, server)) return;
    this.#paired.update(id, change).catch((error: unknown) => {
      this.#log.warn(`The addresses of ${server.name} could not be stored: ${String(error)}`);
    });
  }

  /**
   * The key of a paired server, SubjectPublicKeyInfo in DER, as base64. Without it the tokens that the
   * server signed cannot be read (protocol section 4), which the log says.
   */
  publicKeyOf(id: string): string | undefined {
    if (!this.#paired.isPaired(id)) return undefined;
    const server = this.#paired.get(id);
    if (server && server.publicKey === undefined) this.#warnOfKey(server);
    return server?.publicKey;
  }

  rememberKey(id: string, publicKey: string): void {
    const server = this.#paired.get(id);
    if (!server || server.publicKey === publicKey) return;
    this.#paired.update(id, { publicKey }).catch((error: unknown) => {
      this.#log.warn(`The key of ${server.name} could not be stored: ${String(error)}`);
    });
  }

  /**
   * The starts that a server names. True: the one that was known here last is not among them, so that
   * its directory is older than what was heard of it (protocol section 3b).
   */
  rememberBoots(id: string, boots: readonly string[], nowMs: number): boolean {
    const server = this.#paired.get(id);
    const boot = boots.at(-1);
    if (!server || boot === undefined || server.boot === boot) return false;
    const wasPutBack = server.boot !== undefined && !boots.includes(server.boot);
    const change = wasPutBack ? { boot, putBackAtMs: Math.round(nowMs) } : { boot };
    this.#paired.update(id, change).catch((error: unknown) => {
      this.#log.warn(`The start of ${server.name} could not be stored: ${String(error)}`);
    });
    return wasPutBack;
  }

  /** The other server has ended the pairing, or knows of none. True: that was news, and is stored. */
  async noteEnded(id: string, ordered: boolean): Promise<boolean> {
    if (!this.#paired.isPaired(id)) return false;
    try {
      const how = ordered ? {} : ({ unknownThere: true } as const);
      await this.#paired.update(id, { endedByOther: true, ...how });
      return true;
    } catch (error) {
      this.#log.error('The end of a pairing could not be stored', error);
      return false;
    }
  }

  /** Once for each server: a client shows its token with every request. */
  #warnOfKey({ id, name }: PairedServer): void {
    if (this.#keysMissed.has(id)) return;
    this.#keysMissed.add(id);
    this.#log.warn(
      `A seat of ${name} cannot be recognised here: its key is not known before this server is ` +
        `connected with it once. Connect ${name}.`,
    );
  }
}
