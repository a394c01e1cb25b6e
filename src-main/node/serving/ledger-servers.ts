import { primaryOf } from '../../../src-shared/model/ledger-config.ts';
import type { ApiServer, LeaseAnswer } from '../../../src-shared/contract/client-api.ts';
import type { ServedBy } from '../../../src-shared/model/license.ts';
import { formatInstant } from '../../../src-shared/model/scalars.ts';
import type { ReplicaView } from '../core/replica/replica-view.ts';
import type { HostedReplica } from '../replicas/hosted-replica.ts';

export interface LedgerServersSources {
  serverId: string;
  nowMs: () => number;
  nameOf: (id: string) => string;
  /** `host:port` at which clients reach a server; undefined: none is known. */
  addressOf: (id: string) => string | undefined;
  /** The client port is open. */
  isOpen: () => boolean;
}

/** This server, and every server to try, for an answer to a client. */
export type Introduction = Pick<LeaseAnswer, 'servedBy' | 'servers'>;

/** Which servers keep a ledger, and which of them serves it, as clients and admins are told. */
export class LedgerServers {
  readonly #sources: LedgerServersSources;

  readonly #introductions = new WeakMap<ReplicaView, Introduction>();

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

  /** `https://host:port` of a server. */
  urlOf(id: string): string | undefined {
    const address = this.#sources.addressOf(id);
    return address === undefined ? undefined : `https://${address}`;
  }

  /** What a client is told with a lease; put together once for every view of the ledger. */
  introductionOf(replica: HostedReplica): Introduction {
    const view = replica.view();
    const known = this.#introductions.get(view);
    if (known) return known;
    const { serverId, nameOf } = this.#sources;
    const isPrimary = primaryOf(view.config.membership) === serverId;
    const made: Introduction = {
      servedBy: {
        id: serverId,
        name: nameOf(serverId),
        role: isPrimary ? 'primary' : 'failover',
      },
      servers: this.serversOf([replica]),
    };
    this.#introductions.set(view, made);
    return made;
  }

  /** In the order to try: the one that serves, then the others by preference. */
  serversOf(replicas: readonly HostedReplica[]): ApiServer[] {
    const servers = new Map<string, ApiServer>();
    const note = (id: string, active: boolean) => {
      const url = this.urlOf(id);
      const known = servers.get(id);
      if (known) known.active ||= active;
      else if (url !== undefined) {
        servers.set(id, { id, name: this.#sources.nameOf(id), url, active });
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
}
