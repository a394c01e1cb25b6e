import type { FoundServer } from '../../../src-shared/client/client-ports.ts';
import { clientConfigSchema, type ClientConfig } from '../../../src-shared/client/client-config.ts';
import type { ClientState } from '../../../src-shared/client/client-state.ts';
import { LicenseClient } from '../../../src-shared/client/license-client.ts';
import {
  type CheckoutRequest,
  checkoutRequestSchema,
} from '../../../src-shared/contract/client-api.ts';
import type { VendorTrust } from '../../../src-shared/client/vendor-proof.ts';
import { ScriptedNetwork } from './scripted-servers.ts';
import { SimulatedTime } from './simulated-time.ts';

/** A licence client, its servers and its clock. */
export class ClientHost {
  readonly time = new SimulatedTime();
  readonly network = new ScriptedNetwork(this.time);
  readonly states: ClientState[] = [];
  #client: LicenseClient | null = null;

  /** The client, made when it is first asked for. */
  get client(): LicenseClient {
    if (!this.#client) throw new Error('no client yet');
    return this.#client;
  }

  start(
    config: Partial<ClientConfig>,
    {
      request = {},
      random,
      vendor,
      found,
    }: {
      request?: Partial<CheckoutRequest>;
      random?: () => number;
      vendor?: VendorTrust;
      /** What a search of the network finds; absent: it cannot search. */
      found?: FoundServer[];
    } = {},
  ): LicenseClient {
    this.#client = new LicenseClient({
      config: clientConfigSchema.parse(config),
      request: checkoutRequestSchema.parse({
        feature: 'drafting',
        client: { instance: 'instance-1', user: 'ann', host: 'ws-1' },
        ...request,
      }),
      ports: { ...this.network.ports(random), ...(found && { findServers: async () => found }) },
      vendor,
    });
    this.#client.onState((state) => this.states.push(state));
    return this.#client;
  }

  /** The states so far, without repetitions next to each other. */
  get path(): string[] {
    return this.states
      .map(({ state }) => state)
      .filter((state, i, all) => i === 0 || all[i - 1] !== state);
  }

  /** Leases of the client that are alive on any server. */
  liveLeases(): string[] {
    return [...this.network.servers.values()].flatMap((server) =>
      server.live().map(({ id }) => id),
    );
  }
}
