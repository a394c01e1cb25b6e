import type { NodeSettings } from '../../../../src-shared/model/node-settings.ts';
import type { ListenStatus } from '../../base/listen-status.ts';
import {
  type CopyRank,
  type Hello,
  type PeerDetails,
  peerProtocolVersion,
  type Purpose,
} from './link-message.ts';
import { clientAddresses, ownAddresses } from './own-addresses.ts';

export interface SelfDescriptionSources {
  id: string;
  version: string;
  settings: () => Pick<NodeSettings, 'name' | 'clientAddresses'>;
  listen: () => ListenStatus;
  /** The last starts of this server, the newest last. */
  boots: () => readonly string[];
  /** The start of a paired server that was heard of last. */
  bootKnownOf: (id: string) => string | undefined;
  /** How long this process runs, and what this server is beside another one with its identity. */
  copies: { upMs(): number; rank(): CopyRank | undefined };
}

/** What this server says of itself to others. */
export class SelfDescription {
  readonly #sources: SelfDescriptionSources;

  constructor(sources: SelfDescriptionSources) {
    this.#sources = sources;
  }

  /** The first message of a connection; with details only to a server whose key is paired. */
  readonly hello = (purpose: Purpose, withDetails: boolean, to?: string): Hello => {
    const { id, settings } = this.#sources;
    const { name } = settings();
    const hello: Hello = { type: 'hello', version: peerProtocolVersion, id, name, purpose };
    if (purpose === 'look') {
      const { boots, copies } = this.#sources;
      const upMs = Math.round(copies.upMs());
      return { ...hello, boot: boots().at(-1), upMs, rank: copies.rank() };
    }
    if (!withDetails) return hello;
    const knownBoot = to === undefined ? undefined : this.#sources.bootKnownOf(to);
    return { ...hello, details: { ...this.details(), ...(knownBoot && { knownBoot }) } };
  };

  readonly details = (): PeerDetails => {
    const { version: appVersion } = this.#sources;
    const listen = this.#sources.listen();
    return {
      appVersion,
      port: listen.open ? listen.port : null,
      addresses: ownAddresses(listen),
      boots: [...this.#sources.boots()],
      clientAddresses: clientAddresses(listen, this.#sources.settings().clientAddresses),
    };
  };
}
