import type { FastifyInstance } from 'fastify';
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import type { NodeSettings } from '../../../src-shared/model/node-settings.ts';
import type { ClientService, NodeFigures } from './client-service.ts';
import { FaultLog } from './fault-log.ts';
import { createNodeMetrics } from './metrics.ts';
import { ConnectionGuard } from './connection-guard.ts';
import { descriptorsMax } from './descriptors.ts';
import {
  connectionTimeouts,
  type ConnectionTimeouts,
  descriptorsKept,
  flushTimeoutMs,
  lingerMs,
  reservedConnectionsMax,
} from './limits.ts';
import { ReadTurns } from './read-turns.ts';
import { createRouter } from './router.ts';
import {
  ListenFailure,
  openTlsListener,
  type PeerDoor,
  type TlsIdentity,
  type TlsListener,
} from './tls-listener.ts';
import { WorkUnderWay } from './work-under-way.ts';

/** The settings that the client API keeps to. */
export type ClientApiSettings = Pick<
  NodeSettings,
  'listenHost' | 'listenPort' | 'requestsPerSecondMax' | 'connectionsMax'
>;

export interface ClientApiLog {
  error(message: string): void;
}

export interface ClientApiOptions {
  identity: TlsIdentity;
  peers: PeerDoor;
  service: ClientService;
  figures: () => NodeFigures;
  settings: ClientApiSettings;
  /** Version of the program, for the OpenAPI document. */
  version: string;
  log: ClientApiLog;
  /** Shorter ones in tests. */
  timeouts?: ConnectionTimeouts;
}

/** The client port of a node (docs/client-api.md). */
export interface ClientApi {
  /** Where clients can connect now. */
  address(): { host: string; port: number };
  /**
   * Limits hold from the next connection or request. A new host or port is opened before the old
   * one is closed. Rejects with `ListenFailure`; the old port then stays open and everything is as
   * it was.
   */
  reconfigure(settings: ClientApiSettings): Promise<void>;
  /** Accepts nothing more, answers what is under way for up to `closeMs`, and ends. */
  close(): Promise<void>;
}

/** Opens the client port. Rejects with `ListenFailure`. */
export async function startClientApi(options: ClientApiOptions): Promise<ClientApi> {
  const api = new RunningClientApi(options);
  await api.start();
  return api;
}

class RunningClientApi implements ClientApi {
  readonly #options: ClientApiOptions;
  readonly #timeouts: ConnectionTimeouts;
  readonly #guard: ConnectionGuard;
  readonly #readTurns = new ReadTurns();
  readonly #underWay: WorkUnderWay;
  #settings: ClientApiSettings;
  #router: FastifyInstance | undefined;
  #listener: TlsListener | undefined;
  /** Changes of the port one after the other. */
  #turn: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;
  readonly #retiring = new Set<Promise<void>>();

  constructor(options: ClientApiOptions) {
    this.#options = options;
    this.#timeouts = options.timeouts ?? connectionTimeouts;
    this.#settings = options.settings;
    this.#guard = new ConnectionGuard({
      connectionsMax: withinDescriptors(options.settings.connectionsMax),
      isReserved: options.peers.isReserved,
    });
    this.#underWay = new WorkUnderWay(() => this.#settings.connectionsMax);
  }

  async start(): Promise<void> {
    const { service, version, figures, log } = this.#options;
    const faults = new FaultLog((message) => log.error(message));
    this.#router = await createRouter({
      service,
      version,
      metrics: createNodeMetrics({ figures, connections: () => this.#guard.figures }),
      underWay: this.#underWay,
      requestsMax: () => this.#settings.requestsPerSecondMax,
      onFault: (error) => faults.note(error),
    });
    try {
      this.#listener = await this.#open(this.#settings);
    } catch (error) {
      await this.#router.close();
      throw error;
    }
  }

  address(): { host: string; port: number } {
    const { host, port } = this.#current();
    return { host, port };
  }

  reconfigure(settings: ClientApiSettings): Promise<void> {
    const turn = this.#turn.then(() => this.#reconfigure(settings));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  close(): Promise<void> {
    this.#closing ??= this.#turn.then(async () => {
      await Promise.all([
        retire(this.#current(), this.#timeouts.closeMs, this.#underWay),
        ...this.#retiring,
      ]);
      await this.#router?.close();
    });
    return this.#closing;
  }

  async #reconfigure(settings: ClientApiSettings): Promise<void> {
    if (this.#closing !== undefined) return;
    const { listenHost, listenPort } = this.#settings;
    if (settings.listenHost !== listenHost || settings.listenPort !== listenPort) {
      await this.#move(settings);
    }
    this.#settings = settings;
    this.#guard.setConnectionsMax(withinDescriptors(settings.connectionsMax));
  }

  async #move(settings: ClientApiSettings): Promise<void> {
    const old = this.#current();
    try {
      this.#listener = await this.#open(settings);
    } catch (error) {
      const takenByUs =
        error instanceof ListenFailure &&
        error.code === 'PORT_IN_USE' &&
        settings.listenPort === old.port;
      if (!takenByUs) throw error;
      old.stopAccepting();
      try {
        this.#listener = await this.#open(settings);
      } catch (second) {
        this.#listener = await this.#open({ listenHost: old.host, listenPort: old.port });
        this.#retire(old);
        throw second;
      }
    }
    this.#retire(old);
  }

  #retire(listener: TlsListener): void {
    const retired = retire(listener, this.#timeouts.closeMs).finally(() =>
      this.#retiring.delete(retired),
    );
    this.#retiring.add(retired);
  }

  #open(at: Pick<ClientApiSettings, 'listenHost' | 'listenPort'>): Promise<TlsListener> {
    const { identity, log, peers } = this.#options;
    const router = this.#router;
    if (router === undefined) throw new Error('The client API has no router yet');
    return openTlsListener({
      host: at.listenHost,
      port: at.listenPort,
      identity,
      peers,
      guard: this.#guard,
      readTurns: this.#readTurns,
      timeouts: this.#timeouts,
      onRequest: (request, response) => router.routing(request, response),
      onError: (error) => log.error(`The client port reported: ${error.message}`),
    });
  }

  #current(): TlsListener {
    if (this.#listener === undefined) throw new Error('The client API is not open');
    return this.#listener;
  }
}

/** So many connections that an admin can still reach the server, whatever the system lets it open. */
function withinDescriptors(connectionsMax: number): number {
  const left = descriptorsMax() - descriptorsKept - reservedConnectionsMax;
  return Math.max(16, Math.min(connectionsMax, left));
}

/** Ends a listener in order; with `underWay` it waits no longer than for the requests of all. */
async function retire(
  listener: TlsListener,
  closeMs: number,
  underWay?: WorkUnderWay,
): Promise<void> {
  const closed = listener.closed();
  const timers = new AbortController();
  const wait = (ms: number) =>
    delay(ms, undefined, { signal: timers.signal, ref: false }).catch(() => undefined);
  listener.stopAccepting();
  await Promise.race([closed, wait(lingerMs)]);
  listener.closeIdle();
  const waits = [closed, wait(closeMs)];
  // One more turn of the loop, for the last answers to be written.
  if (underWay) waits.push(underWay.idle().then(() => nextTurn()));
  await Promise.race(waits);
  listener.closeAll();
  await Promise.race([closed, wait(flushTimeoutMs)]);
  timers.abort();
  listener.destroyAll();
  await closed;
}
