import type { AdminAnswer, AdminError } from '../../../src-shared/contract/admin-error.ts';
import {
  watchPaces,
  type AdminMethod,
  type AdminParams,
  type AdminResult,
  type WatchPace,
} from '../../../src-shared/contract/admin.ts';
import type { NodeSnapshot } from '../../../src-shared/model/node-snapshot.ts';
import type { NodeConnection } from '../../../src-shared/model/ui-snapshot.ts';
import {
  describeAttachedAway,
  describeEnd,
  describeInstalledAway,
  describeSilence,
  hangEndedAfterSeconds,
  type EmbeddedEnd,
} from './describe-node-away.ts';
import { EmbeddedNode, type ForkNode, type StartFailure } from './embedded-node.ts';
import type { NodeClient } from './node-client.ts';

export interface NodeLinkState {
  connection: NodeConnection;
  /** The last snapshot of the node. */
  node: NodeSnapshot | null;
  /** Set while the embedded node could not start. */
  failure: StartFailure | null;
}

/** The server that the shell is about. */
export interface NodeTarget {
  dataDirectory: string;
  /** Whether it is embedded where it does not run; an installed one is its service's business. */
  mayEmbed: boolean;
}

export interface NodeLinkPorts {
  /** A client for the admin socket of this data directory, or at `address`. */
  createClient(dataDirectory: string, address?: string): NodeClient;
  fork: ForkNode;
  packaged: boolean;
  onChange(): void;
  /** An admin stops the embedded node on the command line: this program has to end with it. */
  onStopAsked(): void;
  log(level: 'info' | 'warn' | 'error', message: string): void;
}

const reconnectAfterMs = 500;
/** So many signs of life that are due and do not come are a silence: one late line is forgiven. */
const missedSignsMax = 2;
/** A node that has not said anything by then since its start is shown as away. */
const startedWithinSeconds = 10;

/**
 * Joins the shell to its node: to one that was started at boot, if it answers on the admin socket of
 * the data directory, else to one embedded in a process of its own. Once attached it never embeds:
 * the gap may be an update or an admin at work, and a second node would take the data directory.
 */
export class NodeLink {
  readonly #ports: NodeLinkPorts;
  #target: NodeTarget;
  #embedded: EmbeddedNode;
  #state: NodeLinkState;
  #client: NodeClient;
  #endWatch: () => void = () => undefined;
  /** Opens the watch that is open again; undefined while none is. */
  #watchAgain: (() => void) | undefined;
  #pace: WatchPace = 'calm';
  #ticker: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;
  /**
   * Seconds since the node was heard, counted in ticks of this process and not in time, so that a
   * machine that was suspended does not take its node for dead.
   */
  #silentSeconds = 0;
  #waitsForAdmin = false;
  /** An attached node has ended, and has not been started again. */
  #attachedGone = false;
  #phase: 'joining' | 'attached' | 'embedded' | 'stopped' = 'joining';

  constructor(ports: NodeLinkPorts, target: NodeTarget) {
    this.#ports = ports;
    this.#target = target;
    this.#client = this.#createClient();
    this.#state = {
      connection: { state: 'starting', mode: this.#mode(), sinceMs: Date.now() },
      node: null,
      failure: null,
    };
    this.#embedded = this.#createEmbedded();
  }

  /** Goes over to another server: an embedded one is stopped in order before. */
  async use(target: NodeTarget): Promise<void> {
    clearTimeout(this.#retry);
    this.#endWatch();
    this.#phase = 'joining';
    this.#target = target;
    this.#silentSeconds = 0;
    this.#waitsForAdmin = false;
    this.#attachedGone = false;
    this.#state = { ...this.#state, node: null };
    this.#become({ state: 'starting', mode: this.#mode() }, null);
    const embedded = this.#embedded;
    await embedded.stop();
    // Stopped meanwhile, or gone over to yet another one.
    if (this.#isStopped() || this.#embedded !== embedded) return;
    this.#embedded = this.#createEmbedded();
    this.#join();
  }

  #isStopped(): boolean {
    return this.#phase === 'stopped';
  }

  #createEmbedded(): EmbeddedNode {
    const { fork, packaged } = this.#ports;
    const { dataDirectory } = this.#target;
    const embedded: EmbeddedNode = new EmbeddedNode(
      fork,
      { dataDirectory, packaged },
      {
        onStarted: (address) => this.#embeddedStarted(address),
        onStopAsked: () => this.#ports.onStopAsked(),
        onEnded: (end) => this.#embeddedEnded(end),
      },
    );
    return embedded;
  }

  #createClient(address?: string): NodeClient {
    return this.#ports.createClient(this.#target.dataDirectory, address);
  }

  get state(): NodeLinkState {
    return this.#state;
  }

  /** The embedded node could not start and is not started again by itself. */
  get waitsForAdmin(): boolean {
    return this.#waitsForAdmin;
  }

  start(): void {
    this.#startTicks();
    this.#join();
  }

  /** From now on the node is watched so: closely while somebody looks at it. */
  watchAt(pace: WatchPace): void {
    if (pace === this.#pace) return;
    this.#pace = pace;
    // Before the start, and after the stop, nothing ticks.
    if (this.#ticker === undefined) return;
    if (this.#state.connection.state === 'connected') this.#silentSeconds = 0;
    this.#startTicks();
    this.#watchAgain?.();
  }

  #startTicks(): void {
    clearInterval(this.#ticker);
    const { heardEveryMs } = watchPaces[this.#pace];
    this.#ticker = setInterval(() => this.#tick(heardEveryMs / 1_000), heardEveryMs);
  }

  /** After a failure that only the admin could do something about. */
  startAgain(options: { startAnew: boolean }): void {
    if (this.#phase !== 'embedded') return;
    this.#silentSeconds = 0;
    this.#waitsForAdmin = false;
    this.#become({ state: 'starting', mode: 'embedded' }, null);
    this.#embedded.start(options);
  }

  /**
   * Starts a node in this program now. The lock of the data directory keeps it from a node that was
   * started there meanwhile, and this program attaches to that.
   */
  startNow(): void {
    if (!this.#isStartable()) return;
    this.#silentSeconds = 0;
    this.#waitsForAdmin = false;
    this.#attachedGone = false;
    clearTimeout(this.#retry);
    this.#stopWatch();
    this.#become({ state: 'starting', mode: 'embedded' }, null);
    this.#embed();
  }

  call<M extends AdminMethod>(
    method: M,
    params: AdminParams<M>,
  ): Promise<AdminAnswer<AdminResult<M>>> {
    return this.#client.call(method, params);
  }

  /** Lets an attached node go on, and stops an embedded one in order; resolves when it is gone. */
  async stop(): Promise<void> {
    this.#phase = 'stopped';
    clearInterval(this.#ticker);
    this.#ticker = undefined;
    clearTimeout(this.#retry);
    this.#stopWatch();
    await this.#embedded.stop();
  }

  #join(): void {
    this.#phase = 'joining';
    this.#client = this.#createClient();
    this.#openWatch(
      () => {
        this.#phase = 'attached';
        this.#ports.log('info', 'Attached to a node that was running already.');
      },
      (answered) => {
        if (answered) this.#attachedEnded();
        else if (this.#target.mayEmbed) this.#embed();
        else this.#installedAway();
      },
    );
  }

  /** The installed server does not run, or does not let this account in: it is looked at again and again. */
  #installedAway(): void {
    this.#phase = 'attached';
    this.#away(describeInstalledAway(process.platform));
    this.#retry = setTimeout(() => this.#join(), reconnectAfterMs);
  }

  #embed(): void {
    this.#phase = 'embedded';
    this.#embedded.start();
  }

  #embeddedStarted(address: string): void {
    this.#ports.log('info', `The embedded node started; its admin socket is ${address}.`);
    this.#client = this.#createClient(address);
    this.#silentSeconds = 0;
    this.#watchEmbedded();
  }

  #watchEmbedded(): void {
    this.#openWatch(
      () => undefined,
      (answered) => {
        if (answered) this.#away(describeSilence('embedded'));
        this.#retry = setTimeout(() => this.#watchEmbedded(), reconnectAfterMs);
      },
    );
  }

  #embeddedEnded(end: EmbeddedEnd): void {
    clearTimeout(this.#retry);
    this.#stopWatch();
    this.#silentSeconds = 0;
    this.#waitsForAdmin = end.retryInMs === null;
    const message = describeEnd(end);
    this.#ports.log('error', message);
    const { retryInMs } = end;
    const next =
      retryInMs === null ? { waitsForAdmin: true } : { nextTryAtMs: Date.now() + retryInMs };
    this.#away(message, end.failure, next);
    // The data directory is in use: most likely by a node that is about to answer.
    if (end.failure?.code === 'DATA_DIRECTORY_BUSY') this.#attachIfThere();
  }

  /** Tries the socket once while the embedded node waits for its next start. */
  #attachIfThere(): void {
    this.#client = this.#createClient();
    this.#openWatch(
      () => {
        this.#phase = 'attached';
        // It waits for its next start, which nobody wants now; one that is stopped never starts again, and
        // the admin may ask for a start later.
        void this.#embedded.stop();
        this.#embedded = this.#createEmbedded();
        this.#ports.log('info', 'Attached to the node that uses the data directory.');
      },
      (answered) => {
        if (answered) this.#attachedEnded();
      },
    );
  }

  #attachedEnded(): void {
    this.#attachedGone = true;
    this.#away(
      this.#target.mayEmbed ? describeAttachedAway() : describeInstalledAway(process.platform),
    );
    this.#retry = setTimeout(() => {
      this.#openWatch(
        () => this.#ports.log('info', 'Attached again.'),
        () => this.#attachedEnded(),
      );
    }, reconnectAfterMs);
  }

  /** One watch at a time. `onEnd` gets whether the node had answered, and why it ended. */
  #openWatch(onFirst: () => void, onEnd: (answered: boolean, error: AdminError) => void): void {
    this.#stopWatch();
    let answered = false;
    const open = () => {
      this.#endWatch();
      this.#endWatch = this.#client.watch(
        (node) => {
          if (!answered) onFirst();
          answered = true;
          this.#hear(node);
        },
        (error) => {
          this.#watchAgain = undefined;
          onEnd(answered, error);
        },
        () => this.#hearUnchanged(),
        this.#pace,
      );
    };
    this.#watchAgain = open;
    open();
  }

  #stopWatch(): void {
    this.#watchAgain = undefined;
    this.#endWatch();
  }

  /** A sign of life: what is known still holds. */
  #hearUnchanged(): void {
    const { connection, node } = this.#state;
    if (connection.state !== 'connected' && node) return this.#hear(node);
    this.#silentSeconds = 0;
  }

  #hear(node: NodeSnapshot): void {
    this.#silentSeconds = 0;
    this.#attachedGone = false;
    const mode = this.#mode();
    const { connection } = this.#state;
    const same = connection.state === 'connected' && connection.mode === mode;
    this.#state = {
      connection: same ? connection : { state: 'connected', mode, sinceMs: Date.now() },
      node,
      failure: null,
    };
    this.#ports.onChange();
  }

  #tick(seconds: number): void {
    this.#silentSeconds += seconds;
    if (this.#silentSeconds < missedSignsMax * seconds || this.#state.failure) return;
    switch (this.#state.connection.state) {
      case 'connected':
        return this.#away(describeSilence(this.#mode()));
      case 'starting':
        if (this.#silentSeconds >= startedWithinSeconds) this.#away(describeSilence(this.#mode()));
        return;
      case 'away':
        return this.#endHang();
    }
  }

  #endHang(): void {
    if (this.#phase !== 'embedded' || this.#silentSeconds < hangEndedAfterSeconds) return;
    this.#ports.log('error', `The embedded node said nothing for ${this.#silentSeconds} s.`);
    this.#silentSeconds = 0;
    this.#embedded.kill();
  }

  #mode(): NodeConnection['mode'] {
    return this.#phase === 'attached' || !this.#target.mayEmbed ? 'attached' : 'embedded';
  }

  #away(
    message: string,
    failure: StartFailure | null = null,
    next: Pick<NodeConnection, 'nextTryAtMs' | 'waitsForAdmin'> = {},
  ): void {
    const startable = this.#isStartable();
    this.#become({ state: 'away', mode: this.#mode(), message, startable, ...next }, failure);
  }

  /** A node that is gone for good, or that waits for its next start; not one that only the admin can mend. */
  #isStartable(): boolean {
    if (!this.#target.mayEmbed) return false;
    if (this.#phase === 'attached') return this.#attachedGone;
    return this.#phase === 'embedded' && this.#embedded.waits && !this.#waitsForAdmin;
  }

  #become(next: Omit<NodeConnection, 'sinceMs'>, failure: StartFailure | null): void {
    const { connection, node } = this.#state;
    const sinceMs = connection.state === next.state ? connection.sinceMs : Date.now();
    this.#state = { connection: { ...next, sinceMs }, node, failure };
    this.#ports.onChange();
  }
}
