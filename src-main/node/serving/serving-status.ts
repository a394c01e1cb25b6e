import { describeClockState } from '../../../src-shared/view/clock-attention.ts';
import { describeStandingAside } from '../../../src-shared/view/describe-copy.ts';
import { describeLedgerClock } from '../replicas/ledger-clock.ts';
import type { ApiServer, HealthAnswer } from '../../../src-shared/contract/client-api.ts';
import type { MissingDataStatus } from '../../../src-shared/model/missing-data.ts';
import type { Serving } from '../../../src-shared/model/node-snapshot.ts';
import type { Reason } from '../../../src-shared/model/reason.ts';
import { formatInstant } from '../../../src-shared/model/scalars.ts';
import { isWitness } from '../core/replica/replica-state.ts';
import type { ListenStatus } from '../base/listen-status.ts';
import type { LedgerServers } from './ledger-servers.ts';
import { describeReplacement, describeStoreFailure, notSure } from '../replicas/not-serving.ts';
import type { HostedReplica } from '../replicas/hosted-replica.ts';
import type { Replicas } from '../replicas/replicas.ts';

export interface ServingSources {
  replicas: Replicas;
  ledgerServers: LedgerServers;
  listen(): ListenStatus;
  /** Why the store cannot be written; undefined while it can. */
  storeFailure(): string | undefined;
  /** What this server has lost; null: nothing. */
  missing(): MissingDataStatus | null;
  nowMs(): number;
}

/** What this server does now, put together from its parts. */
export class ServingStatus {
  readonly #sources: ServingSources;
  #sinceMs: number;
  #state: Serving['state'] = 'stopped';

  constructor(sources: ServingSources) {
    this.#sources = sources;
    this.#sinceMs = sources.nowMs();
  }

  /** Something happened that may change it; the time of that is kept. */
  note(): void {
    this.serving();
  }

  serving(): Serving {
    const { state, reasons } = this.#derive();
    if (state !== this.#state) {
      this.#state = state;
      this.#sinceMs = this.#sources.nowMs();
    }
    return { state, reasons, since: formatInstant(this.#sinceMs) };
  }

  /** In the order to try, for a client that asks for any licence. */
  servers(cameBy: string): ApiServer[] {
    return this.#sources.ledgerServers.serversOf(this.#relevant(), cameBy);
  }

  health(): HealthAnswer {
    const { state, reasons: causes } = this.serving();
    const reasons = [...causes, ...this.#clockReasons()];
    if (state === 'serving') return { status: 'serving', reasons };
    if (state !== 'standby') return { status: 'unavailable', reasons };
    const ready = this.#relevant().every((replica) =>
      replica.view().synchronised.includes(replica.state.self),
    );
    if (ready) return { status: 'standby', reasons };
    const message = 'This server does not have everything yet that it would need to take over.';
    return { status: 'unavailable', reasons: [...reasons, { code: 'NOT_SYNCHRONISED', message }] };
  }

  /** Licences can be refused for no other reason, so monitoring is told of it. */
  #clockReasons(): Reason[] {
    return this.#relevant().flatMap(({ ledger }) => {
      const clock = describeLedgerClock(ledger.time);
      if (clock.state === 'believed') return [];
      const code = clock.state === 'behind' ? 'CLOCK_BEHIND' : 'CLOCK_UNCONFIRMED';
      return [{ code, message: describeClockState(clock) }];
    });
  }

  /** Ledgers with licences to serve; this server's own when there are none. */
  #relevant(): HostedReplica[] {
    const all = this.#sources.replicas.all().filter(({ state }) => !isWitness(state));
    const shared = all.filter(({ ledger }) => ledger.licenses.size > 0 || ledger.leases.size > 0);
    if (shared.length > 0) return shared;
    const related = all.filter((replica) => replica.view().config.relationship !== null);
    return related.length > 0 ? related : all;
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
          `${describeStoreFailure(failure)} Seats that are out are kept and ` +
          'renewed; new ones and returns are refused until it can.',
      });
    }
    const missing = this.#sources.missing();
    if (missing) reasons.push({ code: 'DATA_MISSING', message: missing.message });
    const replicas = this.#relevant();
    const views = replicas.map((replica) => replica.view());
    if (!listen.open) return { state: 'stopped', reasons };
    if (views.some(({ serving }) => serving)) return { state: 'serving', reasons };
    if (views.some(({ here }) => here === 'active')) {
      if (failure === undefined) reasons.push({ code: 'NOT_SURE', message: notSure });
      return { state: 'degraded', reasons };
    }
    const led = replicas.some((replica) => this.#sources.ledgerServers.servedBy(replica) !== null);
    if (led) return { state: 'standby', reasons };
    if (!missing) {
      const replaced = replicas.map(describeReplacement).find((reason) => reason !== null);
      const isCopy = replicas.some(({ state }) => state.standsAside);
      reasons.push(replaced ?? (isCopy ? standsAside : findingOut));
    }
    return { state: 'stopped', reasons };
  }
}

const standsAside: Reason = { code: 'IDENTITY_COPIED', message: describeStandingAside() };

const findingOut: Reason = {
  code: 'NOT_SERVING',
  message: 'No server is known to serve. This one is finding out whether it may.',
};
