import type { ApiServer } from '../../../src-shared/contract/client-api.ts';
import type { ServedBy } from '../../../src-shared/model/license.ts';
import type { Serving } from '../../../src-shared/model/node-snapshot.ts';
import type { Reason } from '../../../src-shared/model/reason.ts';
import { formatInstant } from '../../../src-shared/model/scalars.ts';
import { formatHostPort, reachableHost } from './host-address.ts';
import type { ListenStatus } from './client-port.ts';

export interface ServingSources {
  id: string;
  name(): string;
  listen(): ListenStatus;
  /** Why the store cannot be written; undefined while it can. */
  storeFailure(): string | undefined;
  nowMs(): number;
}

/** Whether and as whom this server serves, put together from its parts. */
export class ServingStatus {
  readonly #sources: ServingSources;
  #sinceMs: number;
  #state: Serving['state'] = 'stopped';

  constructor(sources: ServingSources) {
    this.#sources = sources;
    this.#sinceMs = sources.nowMs();
  }

  serving(): Serving {
    const { state, reasons } = this.#derive();
    if (state !== this.#state) {
      this.#state = state;
      this.#sinceMs = this.#sources.nowMs();
    }
    return { state, reasons, since: formatInstant(this.#sinceMs) };
  }

  /** A server that stands alone is the primary of its licences. */
  servedBy(): ServedBy {
    const { id } = this.#sources;
    const { since } = this.serving();
    return { id, name: this.#sources.name(), role: 'primary', since };
  }

  /** `host:port` at which clients reach this server. */
  address(): string {
    const { host, port } = this.#sources.listen();
    return formatHostPort(reachableHost(host), port);
  }

  servers(): ApiServer[] {
    const { id } = this.#sources;
    const active = this.#sources.listen().open;
    return [{ id, name: this.#sources.name(), url: `https://${this.address()}`, active }];
  }

  #derive(): { state: Serving['state']; reasons: Reason[] } {
    const reasons: Reason[] = [];
    const listen = this.#sources.listen();
    if (!listen.open) reasons.push(listen.reason);
    const failure = this.#sources.storeFailure();
    if (failure !== undefined) {
      reasons.push({
        code: 'STORE_UNAVAILABLE',
        message:
          `This server cannot write to its disk: ${failure}. Seats that are out are kept and ` +
          'renewed; new ones and returns are refused until it can.',
      });
    }
    const state = !listen.open ? 'stopped' : failure === undefined ? 'serving' : 'degraded';
    return { state, reasons };
  }
}
