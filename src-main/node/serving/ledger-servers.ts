import { primaryOf } from '../../../src-shared/model/ledger-config.ts';
import type { ApiServer, LeaseAnswer } from '../../../src-shared/contract/client-api.ts';
import type { ServedBy } from '../../../src-shared/model/license.ts';
import { formatInstant } from '../../../src-shared/model/scalars.ts';
import type { ReplicaView } from '../core/replica/replica-view.ts';
import { type Interfaces, orderForClient } from './client-addresses.ts';
import type { HostedReplica } from '../replicas/hosted-replica.ts';

export interface LedgerServersSources {
  serverId: string;
  nowMs: () => number;
  nameOf: (id: string) => string;
  /** `host:port` at which clients may reach a server, the best first; none: not known. */
  addressesOf: (id: string) => string[];
  /** The network interfaces of this host. */
  interfaces: () => Interfaces;
  /** The client port is open. */
  isOpen: () => boolean;
}

/** This server, and every server to try, for an answer to a client. */
export type Introduction = Pick<LeaseAnswer, 'servedBy' | 'servers'>;

/** How long addresses are taken as they are, in milliseconds. */
const keptMs = 5_000;

/** Which servers keep a ledger, and which of them serves it, as clients and admins are told. */
export class LedgerServers {
  readonly #sources: LedgerServersSources;

  /** By view and by the address of this host that the client came by. */
  #introductions = new WeakMap<ReplicaView, Map<string, Introduction>>();
  /** By server and address that the client came by. */
  readonly #urls = new Map<string, string[]>();
  #keptSinceMs = 0;

  constructor(sources: LedgerServersSources) {
    this.#sources = sources;
  }

  /** Null: nobody serves it, as far as this server can tell. */
  servedBy(replica: HostedReplica): ServedBy | null {
    const { active, serving, config, servingSinceMs } = replica.view();
    const { serverId, nameOf, nowMs, isOpen } = this.#sources;
    if (active === null || (active === serverId && !(serving && isOpen()))) return null;
    return {
      id: active,
      name: nameOf(active),
      role: active === primaryOf(config.membership) ? 'primary' : 'failover',
      since: formatInstant(servingSinceMs ?? nowMs()),
    };
  }

  /**
   * `https://host:port` of a server, in the order to try for a client that came by this address of
   * this host; undefined: none is known.
   */
  urlsOf(id: string, cameBy: string): [string, ...string[]] | undefined {
    this.#forgetOld();
    const key = `${id} ${cameBy}`;
    let urls = this.#urls.get(key);
    if (!urls) {
      const { addressesOf, interfaces } = this.#sources;
      const ordered = orderForClient(addressesOf(id), cameBy, interfaces());
      urls = ordered.map((address) => `https://${address}`);
      this.#urls.set(key, urls);
    }
    const [best, ...others] = urls;
    return best === undefined ? undefined : [best, ...others];
  }

  /** Addresses or names may be others than before. */
  readonly forget = (): void => {
    this.#urls.clear();
    this.#introductions = new WeakMap();
  };

  /** What a client is told with a lease; put together once for every view of the ledger. */
  introductionOf(replica: HostedReplica, cameBy: string): Introduction {
    this.#forgetOld();
    const view = replica.view();
    const introductions = this.#introductions.get(view) ?? new Map<string, Introduction>();
    this.#introductions.set(view, introductions);
    const known = introductions.get(cameBy);
    if (known) return known;
    const { serverId, nameOf } = this.#sources;
    const isPrimary = primaryOf(view.config.membership) === serverId;
    const made: Introduction = {
      servedBy: {
        id: serverId,
        name: nameOf(serverId),
        role: isPrimary ? 'primary' : 'failover',
      },
      servers: this.serversOf([replica], cameBy),
    };
    introductions.set(cameBy, made);
    return made;
  }

  /** In the order to try: the one that serves, then the others by preference. */
  serversOf(replicas: readonly HostedReplica[], cameBy: string): ApiServer[] {
    const servers = new Map<string, ApiServer>();
    const note = (id: string, active: boolean) => {
      const urls = this.urlsOf(id, cameBy);
      const known = servers.get(id);
      if (known) known.active ||= active;
      else if (urls) {
        const name = this.#sources.nameOf(id);
        servers.set(id, { id, name, url: urls[0], urls, active });
      }
    };
    for (const replica of replicas) {
      const active = this.servedBy(replica)?.id;
      if (active !== undefined) note(active, true);
    }
    for (const replica of replicas) {
      for (const id of replica.view().config.membership.members) note(id, false);
    }
    return [...servers.values()];
  }

  /** The interfaces of this host change without a word. */
  #forgetOld(): void {
    const nowMs = this.#sources.nowMs();
    if (Math.abs(nowMs - this.#keptSinceMs) < keptMs) return;
    this.#keptSinceMs = nowMs;
    this.forget();
  }
}
