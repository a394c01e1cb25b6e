import type { ApiServer } from '../contract/client-api.ts';
import type { Tier } from './attempt.ts';
import { clientServersMax, type ClientConfig } from './client-config.ts';
import { normaliseTarget, targetOfUrl } from './target.ts';

/** An address at which a server is tried. `id` is known when a trusted server has named it. */
export interface Route {
  target: string;
  tier: Tier;
  id: string | undefined;
}

/** Addresses of one server that are tried. */
const addressesMax = 8;

/** How long a server that left a request unanswered is asked after the others, in milliseconds. */
const silenceKeptMs = 30_000;

/** Which servers there are: those of the configuration and those that servers told of. */
export class ServerDirectory {
  #configured: Route[];
  readonly #learned: Record<Tier, Route[]> = { primary: [], secondary: [] };
  /** The id that each address showed when it was last reached. */
  readonly #ids = new Map<string, string>();
  /** Until when each address that has not answered is asked after the others. */
  readonly #silentUntilMs = new Map<string, number>();
  readonly #nowMs: () => number;

  constructor(config: ClientConfig, nowMs: () => number) {
    this.#nowMs = nowMs;
    const routes = (targets: string[], tier: Tier): Route[] =>
      targets.map((target) => ({ target: normaliseTarget(target), tier, id: undefined }));
    this.#configured = [
      ...routes(config.primary, 'primary'),
      ...routes(config.secondary, 'secondary'),
    ];
  }

  /** No server is named, and none was found. */
  get isEmpty(): boolean {
    return this.#configured.length === 0;
  }

  /** Takes servers that were found on the network for Primary ones. */
  addFound(targets: readonly string[]): void {
    const found = targets.slice(0, clientServersMax).map((target) => {
      return { target: normaliseTarget(target), tier: 'primary', id: undefined } as const;
    });
    this.#configured = unique([...this.#configured, ...found]);
  }

  /** The servers of a tier in the order to ask for a new lease. */
  forCheckout(tier: Tier): Route[] {
    return this.#silentLast(unique([...this.#configuredOf(tier), ...this.#learned[tier]]));
  }

  /**
   * Those that may know a lease of this tier: the one that served it last, its partners, then what the
   * configuration names, which may be the same servers under addresses that lead there from here.
   */
  forLease(target: string, tier: Tier): Route[] {
    const strangers = this.#configuredOf(tier).filter((route) => {
      const id = this.#ids.get(route.target);
      return id === undefined || this.sharesLeases(id, tier);
    });
    const last = { target, tier, id: this.#ids.get(target) };
    return this.#silentLast(unique([last, ...this.#learned[tier], ...strangers]));
  }

  /** Whether a server has named this id as one that keeps the same leases. */
  sharesLeases(id: string, tier: Tier): boolean {
    return this.#learned[tier].some((route) => route.id === id);
  }

  /** Takes over the list of an answer, which is in the order to try. */
  learn(tier: Tier, servers: ApiServer[]): void {
    const told = servers.slice(0, clientServersMax).map(({ id, url, urls = [] }) =>
      unique(
        [url, ...urls].flatMap((one) => {
          const target = targetOfUrl(one);
          return target === null ? [] : [{ target, tier, id }];
        }),
      ),
    );
    // The best address of each server comes before the second best of any.
    const ranks = Array.from({ length: addressesMax }, (_, rank) => rank);
    const routes = ranks.flatMap((rank) => told.flatMap((addresses) => addresses[rank] ?? []));
    this.#learned[tier] = routes.slice(0, clientServersMax);
  }

  /** The ids that trusted servers gave for an address: several, when it is a name for all of them. */
  vouchedIds(target: string): string[] {
    const learned = [...this.#learned.primary, ...this.#learned.secondary];
    return learned.flatMap((one) => (one.target === target && one.id ? [one.id] : []));
  }

  reached(target: string, id: string): void {
    this.#ids.set(target, id);
  }

  idOf(target: string): string | undefined {
    return this.#ids.get(target);
  }

  /** Takes note of an address that has let a request wait until its time was over, or has not. */
  noteSilence(target: string, silent: boolean): void {
    if (silent) this.#silentUntilMs.set(target, this.#nowMs() + silenceKeptMs);
    else this.#silentUntilMs.delete(target);
  }

  /** Whether an address is asked after the others for now. */
  isSilent(target: string): boolean {
    return (this.#silentUntilMs.get(target) ?? -Infinity) > this.#nowMs();
  }

  #configuredOf(tier: Tier): Route[] {
    return this.#configured.filter((route) => route.tier === tier);
  }

  /** The same, with those at the end that would cost a request its whole time. */
  #silentLast(routes: Route[]): Route[] {
    const silent = routes.filter(({ target }) => this.isSilent(target));
    return [...routes.filter((route) => !silent.includes(route)), ...silent];
  }
}

function unique(routes: Route[]): Route[] {
  const seen = new Set<string>();
  return routes.filter(({ target }) => {
    if (seen.has(target)) return false;
    seen.add(target);
    return true;
  });
}
