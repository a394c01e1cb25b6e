import type { ApiServer } from '../contract/client-api.ts';
import type { Tier } from './attempt.ts';
import { clientServersMax, type ClientConfig } from './client-config.ts';
import { normaliseTarget, targetOfUrl } from './target.ts';

/** A server to try. `id` is known when a trusted server has named it. */
export interface Candidate {
  target: string;
  tier: Tier;
  id: string | undefined;
}

/** Which servers there are: those of the configuration and those that servers told of. */
export class ServerDirectory {
  readonly #configured: Candidate[];
  readonly #learned: Record<Tier, Candidate[]> = { primary: [], secondary: [] };
  /** The id that each address showed when it was last reached. */
  readonly #ids = new Map<string, string>();

  constructor(config: ClientConfig) {
    const candidates = (targets: string[], tier: Tier): Candidate[] =>
      targets.map((target) => ({ target: normaliseTarget(target), tier, id: undefined }));
    this.#configured = [
      ...candidates(config.primary, 'primary'),
      ...candidates(config.secondary, 'secondary'),
    ];
  }

  /** Every server in the order to ask for a new lease: all Primary ones, then the Secondary ones. */
  forCheckout(): Candidate[] {
    return unique([
      ...this.#configured.filter(({ tier }) => tier === 'primary'),
      ...this.#learned.primary,
      ...this.#configured.filter(({ tier }) => tier === 'secondary'),
      ...this.#learned.secondary,
    ]);
  }

  /** Those that may know a lease of this tier: the one that served it last, then its partners. */
  forLease(target: string, tier: Tier): Candidate[] {
    return unique([{ target, tier, id: this.#ids.get(target) }, ...this.#learned[tier]]);
  }

  /** Takes over the list of an answer, which is in the order to try. */
  learn(tier: Tier, servers: ApiServer[]): void {
    this.#learned[tier] = servers.slice(0, clientServersMax).flatMap((server) => {
      const target = targetOfUrl(server.url);
      return target === null ? [] : [{ target, tier, id: server.id }];
    });
  }

  /** The id that a trusted server gave for an address. */
  vouchedId(target: string): string | undefined {
    const learned = [...this.#learned.primary, ...this.#learned.secondary];
    return learned.find((candidate) => candidate.target === target)?.id;
  }

  reached(target: string, id: string): void {
    this.#ids.set(target, id);
  }

  idOf(target: string): string | undefined {
    return this.#ids.get(target);
  }
}

function unique(candidates: Candidate[]): Candidate[] {
  const seen = new Set<string>();
  return candidates.filter(({ target }) => {
    if (seen.has(target)) return false;
    seen.add(target);
    return true;
  });
}
