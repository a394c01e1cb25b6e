import { HttpsTransport } from '../../src-main/client-transport/https-transport.ts';
import { systemPorts } from '../../src-main/client-transport/system-ports.ts';
import { clientConfigSchema } from '../../src-shared/client/client-config.ts';
import type { ClientPorts, ClientTransport } from '../../src-shared/client/client-ports.ts';
import type { ClientState } from '../../src-shared/client/client-state.ts';
import { LicenseClient } from '../../src-shared/client/license-client.ts';

export interface SeatHolderOptions {
  instance: string;
  feature: string;
  /** `host:port` of each server, in the order to try. */
  servers: readonly string[];
  /** Hears of every answer: when it was asked for, and its text. */
  onAnswer?: (body: string, sentMs: number) => void;
}

/** What an application sees of a seat that is in no danger. */
const safeStates = new Set<ClientState['state']>([
  'idle',
  'checkingOut',
  'held',
  'retrying',
  'returning',
  'returned',
]);

/** A running application with the licence client, and all that it saw of its seat. */
export class SeatHolder {
  readonly instance: string;
  readonly #client: LicenseClient;
  readonly #transport = new HttpsTransport();
  readonly #states: ClientState[] = [];
  #leaseId = '';
  #renewedMs = -Infinity;
  #servedBy = '';

  constructor({ instance, feature, servers, onAnswer }: SeatHolderOptions) {
    this.instance = instance;
    this.#client = new LicenseClient({
      config: clientConfigSchema.parse({ primary: servers }),
      request: { feature, units: 1, client: { instance, user: 'ann', host: 'ws-1' }, request: 1 },
      ports: { ...trustingPorts, transport: this.#listen(onAnswer) },
    });
    this.#client.onState((state) => this.#note(state));
  }

  /** Rejects when there is no seat for it. */
  async checkOut(): Promise<void> {
    const outcome = await this.#client.checkout();
    if (!outcome.ok) throw new Error(`${this.instance}: ${outcome.refusal.message}`);
    this.#leaseId = outcome.seat.lease.id;
    this.#servedBy = outcome.seat.servedBy.id;
  }

  /** Id of the server that granted or renewed it last. */
  get servedBy(): string {
    return this.#servedBy;
  }

  get leaseId(): string {
    return this.#leaseId;
  }

  /** Id of the server that renewed it last, if that was after an instant. */
  renewedBy(afterMs: number): string | undefined {
    return this.#renewedMs >= afterMs ? this.#servedBy : undefined;
  }

  /** What it should never have seen: a seat lost, or in danger, or another lease than the first. */
  get troubles(): string[] {
    return this.#states.flatMap((state) => {
      if (!safeStates.has(state.state)) return [`${this.instance}: ${describeState(state)}`];
      const changed = state.state === 'held' && state.seat.lease.id !== this.#leaseId;
      return changed && this.#leaseId !== '' ? [`${this.instance}: its lease changed`] : [];
    });
  }

  /** Why renewals failed, each time that no server renewed at once. */
  get failures(): string[] {
    return this.#states.filter(({ state }) => state === 'retrying').map(describeState);
  }

  /** Gives the seat back; rejects when no server confirmed it. */
  async giveBack(): Promise<void> {
    const outcome = await this.#client.return();
    if (!outcome.ok) throw new Error(`${this.instance}: ${outcome.refusal.message}`);
    this.#transport.close();
  }

  /** Ends it without giving the seat back, as a computer that is switched off. */
  close(): void {
    this.#client.close();
    this.#transport.close();
  }

  #note(state: ClientState): void {
    this.#states.push(state);
    if (state.state !== 'held' || state.cause !== 'renewal') return;
    this.#renewedMs = performance.now();
    this.#servedBy = state.seat.servedBy.id;
  }

  #listen(onAnswer: SeatHolderOptions['onAnswer']): ClientTransport {
    const transport = this.#transport;
    return {
      async send(request) {
        const sentMs = performance.now();
        const result = await transport.send(request);
        if (result.type === 'answered') onAnswer?.(result.body, sentMs);
        return result;
      },
    };
  }
}

/** Ports of a client that trusts whoever answers. */
export const trustingPorts: Omit<ClientPorts, 'transport'> = {
  ...systemPorts,
  knownServers: {
    find: async () => ({ type: 'unknown' }),
    remember: async () => null,
    namedBy: async () => [],
    rememberNamed: async () => null,
    describeRemoval: () => '',
  },
  notify: () => undefined,
};

function describeState(state: ClientState): string {
  return 'refusal' in state && state.refusal
    ? `${state.state}: ${state.refusal.message}`
    : state.state;
}
