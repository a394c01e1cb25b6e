import { formatHostPort, reachableHost } from '../base/host-address.ts';
import type { ListenStatus } from '../base/listen-status.ts';
import type { Reason } from '../../../src-shared/model/reason.ts';
import { type ClientApi, type ClientApiSettings } from './client-api.ts';
import { ListenFailure } from './tls-listener.ts';
import type { Log } from '../base/log.ts';

/** Opens the port for those who answer at it; rejects with ListenFailure. */
export type StartClientApi = (settings: ClientApiSettings) => Promise<ClientApi>;

export interface ClientPortOptions {
  settings: ClientApiSettings;
  log: Pick<Log, 'warn' | 'info'>;
  onChange: () => void;
  retryEveryMs?: number;
}

const retryEveryMsDefault = 2_000;

/**
 * Keeps the client port open: as long as another program has it, it is tried again, and the server
 * lives on without it so that an admin can see why and choose another one.
 */
export class ClientPort {
  readonly #options: ClientPortOptions;
  #settings: ClientApiSettings;
  #startApi: StartClientApi | undefined;
  #api: ClientApi | undefined;
  #reason: Reason = { code: 'STARTING', message: 'The server is starting.' };
  #retry: NodeJS.Timeout | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #closed = false;
  #noteOpen: (address: { host: string; port: number }) => void = () => undefined;
  readonly #firstOpen = new Promise<{ host: string; port: number }>((resolve) => {
    this.#noteOpen = resolve;
  });

  constructor(options: ClientPortOptions) {
    this.#options = options;
    this.#settings = options.settings;
  }

  status(): ListenStatus {
    const { listenHost: host, listenPort: port } = this.#settings;
    if (this.#api) return { open: true, ...this.#api.address() };
    return { open: false, host, port, reason: this.#reason };
  }

  get isOpen(): boolean {
    return this.#api !== undefined;
  }

  /** `host:port` at which clients reach this server, or would. */
  address(): string {
    const { host, port } = this.status();
    return formatHostPort(reachableHost(host), port);
  }

  /** Resolves when the port is open for the first time. */
  listening(): Promise<{ host: string; port: number }> {
    return this.#firstOpen;
  }

  /** First try; goes on in the background when it fails. */
  open(start: StartClientApi): Promise<void> {
    return this.#inTurn(async () => {
      this.#startApi = start;
      if (this.#closed || this.#api) return;
      try {
        await this.#start(start, this.#settings);
      } catch (error) {
        this.#noteFailure(error);
        if (this.#closed) return;
        this.#retry = setTimeout(
          () => void this.open(start),
          this.#options.retryEveryMs ?? retryEveryMsDefault,
        );
      }
    });
  }

  /** New settings take effect, or it rejects with ListenFailure and the old ones stay. */
  reconfigure(settings: ClientApiSettings): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#api) await this.#api.reconfigure(settings);
      else if (!this.#closed) await this.#startElsewhere(settings);
      this.#settings = settings;
      this.#options.onChange();
    });
  }

  close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    return this.#inTurn(async () => {
      await this.#api?.close();
    });
  }

  async #startElsewhere(settings: ClientApiSettings): Promise<void> {
    const { listenHost, listenPort } = this.#settings;
    const samePort = settings.listenHost === listenHost && settings.listenPort === listenPort;
    if (samePort || !this.#startApi) return;
    await this.#start(this.#startApi, settings);
    clearTimeout(this.#retry);
  }

  async #start(start: StartClientApi, settings: ClientApiSettings): Promise<void> {
    this.#api = await start(settings);
    const address = this.#api.address();
    this.#options.log.info(`Clients can connect to ${address.host} port ${address.port}.`);
    this.#noteOpen(address);
    this.#options.onChange();
  }

  #noteFailure(error: unknown): void {
    const known = error instanceof ListenFailure;
    const code = known ? (error.code === 'PORT_IN_USE' ? 'PORT_BUSY' : error.code) : 'INTERNAL';
    const cause = known ? error.message : `The client port cannot be opened: ${String(error)}.`;
    const reason = { code, message: `${cause} It is tried again every few seconds.` };
    if (reason.message !== this.#reason.message) {
      this.#options.log.warn(reason.message);
      this.#reason = reason;
      this.#options.onChange();
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}
