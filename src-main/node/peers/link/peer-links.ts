import type { TLSSocket } from 'node:tls';
import type { LinkEnvironment, LinkStatus } from './link-event.ts';
import { Callers } from './callers.ts';
import { PeerConnection } from './peer-connection.ts';
import { PeerLink } from './peer-link.ts';
import { type Hello, peerProtocolVersion } from './link-message.ts';

/** The servers that links are kept with. */
export interface LinkedServers {
  all: () => readonly { id: string }[];
  isPaired: (id: string | null) => boolean;
  /** An admin here ended the pairing with it. */
  wasForgotten: (id: string) => boolean;
}

export interface PeerLinksOptions {
  environment: LinkEnvironment;
  paired: LinkedServers;
  /** A caller has proved to hold this key. False: it is to call again later. */
  onKeyShown: (id: string) => Promise<boolean>;
  /** A server, which holds the key of this id, takes this one for paired, and is not known here. */
  onStranger: (id: string, name: string) => void;
  /** Takes a connection whose other end wants to pair; it counts until the promise resolves. */
  onPairing: (connection: PeerConnection, hello: Hello) => Promise<void>;
}

/** The links with all paired servers, and the door for connections from outside. */
export class PeerLinks {
  readonly #environment: LinkEnvironment;
  readonly #paired: LinkedServers;
  readonly #onKeyShown: PeerLinksOptions['onKeyShown'];
  readonly #onStranger: PeerLinksOptions['onStranger'];
  readonly #onPairing: PeerLinksOptions['onPairing'];
  readonly #links = new Map<string, PeerLink>();
  readonly #strangers = new Callers();
  readonly #pairedCallers = new Callers();
  #stopping = false;

  constructor({ environment, paired, onKeyShown, onStranger, onPairing }: PeerLinksOptions) {
    this.#environment = environment;
    this.#paired = paired;
    this.#onKeyShown = onKeyShown;
    this.#onStranger = onStranger;
    this.#onPairing = onPairing;
  }

  /** Begins or goes on to keep up the link with every paired server, and with no other. */
  update(): void {
    if (this.#stopping) return;
    for (const { id } of this.#paired.all()) {
      if (!this.#links.has(id)) this.#linkOf(id)?.redial();
    }
    for (const [id, link] of this.#links) {
      if (this.#paired.isPaired(id)) continue;
      this.#links.delete(id);
      void link.end('forgotten');
    }
  }

  status(id: string): LinkStatus | undefined {
    return this.#links.get(id)?.status();
  }

  /** See `PeerConnection.exportKeyingMaterial`; undefined: there is no link now. */
  exportKeyingMaterial(id: string, label: string): Buffer | undefined {
    return this.#links.get(id)?.exportKeyingMaterial(label);
  }

  /** See `PeerLink.untilTried`. */
  async untilTried(id: string): Promise<void> {
    await this.#links.get(id)?.untilTried();
  }

  /** There is reason to think that a server can be reached now. */
  redial(id: string): void {
    this.#links.get(id)?.redial();
  }

  /**
   * Sends a payload to a paired server. False: there is no link now, or it read so slowly that it was
   * disconnected. What was sent last before a link broke may not have arrived.
   */
  send(id: string, payload: unknown): boolean {
    return this.#links.get(id)?.send({ type: 'payload', data: payload }) ?? false;
  }

  /** Tells every connected server where and as whom this one is to be found now. */
  announceDetails(): void {
    for (const link of this.#links.values()) link.announce();
  }

  /** A connection to the peer port, its TLS handshake done. */
  take(socket: TLSSocket): void {
    const connection = new PeerConnection(socket);
    // Who holds a paired key is no stranger, and has room of its own.
    const id = connection.peerId;
    const isPaired = this.#paired.isPaired(id);
    const callers = isPaired ? this.#pairedCallers : this.#strangers;
    const source = isPaired && id !== null ? id : (socket.remoteAddress ?? '');
    const forget = callers.admit(source, () => socket.destroy());
    // Keying material that nobody in between can have is what TLS 1.3 gives in every case.
    if (this.#stopping || !forget || socket.getProtocol() !== 'TLSv1.3') {
      forget?.();
      return connection.destroy('it is not taken');
    }
    void this.#greet(connection).finally(forget);
  }

  /** Says goodbye to all and takes no more connections. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all([...this.#links.values()].map((link) => link.end('stopping')));
    this.#links.clear();
  }

  async #greet(connection: PeerConnection): Promise<void> {
    const { timings, hello: ownHello } = this.#environment;
    const hello = await connection.next(timings.answerMs);
    if (hello?.type !== 'hello') return connection.refuse('PROTOCOL_ERROR');
    if (hello.version !== peerProtocolVersion) return connection.refuse('PROTOCOL_VERSION');
    // Who somebody is, the key says and nothing else.
    if (hello.id !== connection.peerId) return connection.refuse('ID_MISMATCH');
    switch (hello.purpose) {
      case 'look':
        return connection.end(ownHello('look', false));
      case 'pair':
        return this.#onPairing(connection, hello);
      case 'link':
        return this.#takeLink(connection, hello);
    }
  }

  async #takeLink(connection: PeerConnection, hello: Hello): Promise<void> {
    if (hello.id === null) return connection.refuse('NOT_PAIRED');
    const mayStay = await this.#onKeyShown(hello.id);
    if (!mayStay || this.#stopping) return connection.end();
    const link = this.#linkOf(hello.id);
    if (link) return link.accept(connection, hello);
    const ended = this.#paired.wasForgotten(hello.id);
    if (!ended) this.#onStranger(hello.id, hello.name);
    return connection.end({ type: 'refused', code: 'NOT_PAIRED', ...(ended && { ended }) });
  }

  #linkOf(id: string): PeerLink | undefined {
    if (!this.#paired.isPaired(id)) return undefined;
    const link = this.#links.get(id) ?? new PeerLink(id, this.#environment);
    this.#links.set(id, link);
    return link;
  }
}
