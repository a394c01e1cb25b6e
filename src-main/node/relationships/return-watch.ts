import { participants } from '../../../src-shared/model/ledger-config.ts';
import type { Clock } from '../base/clock.ts';
import type { Reclaim } from '../core/replica/handover.ts';
import { isWitness } from '../core/replica/replica-state.ts';
import type { PeerCalls, PeerHandlers } from '../peers/peer-calls.ts';
import type { HostedReplica } from '../replicas/hosted-replica.ts';
import type { Replicas } from '../replicas/replicas.ts';

export interface ReturnWatchOptions {
  replicas: Replicas;
  calls: Pick<PeerCalls, 'call'>;
  serverId: string;
  clock: Clock;
}

const lookEveryMs = 1_000;

/** What was heard so long ago is not taken for true any longer. */
const heardKeptMs = 5_000;

interface Heard {
  reclaim: Reclaim | null;
  atMs: number;
}

/**
 * When a ledger goes back to the server that is preferred, also on a server that does not serve it: only
 * the one that serves counts down, and is asked once a second for as long as there is something to ask.
 */
export class ReturnWatch {
  readonly #options: ReturnWatchOptions;
  readonly #heard = new Map<string, Heard>();
  readonly #asking = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ReturnWatchOptions) {
    this.#options = options;
  }

  handlers(): PeerHandlers<'ledger.reclaim'> {
    return {
      'ledger.reclaim': async (from, { ledger }) => {
        const replica = this.#options.replicas.get(ledger);
        const view = replica?.view();
        const takesPart = view && participants(view.config.membership).includes(from);
        const reclaim = (takesPart && view.reclaim) || null;
        return { ok: true, value: { reclaim: reclaim && roundReclaim(reclaim) } };
      },
    };
  }

  start(): void {
    this.#timer = setInterval(() => this.look(), lookEveryMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  look(): void {
    for (const replica of this.#options.replicas.all()) {
      const active = this.#displacer(replica);
      if (active === null) this.#heard.delete(replica.id);
      else if (!this.#asking.has(replica.id)) void this.#ask(replica.id, active);
    }
  }

  /** Null: a server that is preferred serves, or the one that serves has not said. */
  reclaimOf(replica: HostedReplica): Reclaim | null {
    const { reclaim } = replica.view();
    if (reclaim) return roundReclaim(reclaim);
    const heard = this.#heard.get(replica.id);
    if (!heard?.reclaim || this.#displacer(replica) === null) return null;
    const passedMs = this.#nowMs() - heard.atMs;
    if (passedMs > heardKeptMs) return null;
    const { leftMs } = heard.reclaim;
    return {
      ...heard.reclaim,
      leftMs: leftMs === null ? null : Math.max(0, Math.round(leftMs - passedMs)),
    };
  }

  /** The other server that serves in the place of one that is preferred; null: none does. */
  #displacer(replica: HostedReplica): string | null {
    if (isWitness(replica.state)) return null;
    const { active, config } = replica.view();
    const [preferred] = config.membership.members;
    return active === null || active === preferred || active === this.#options.serverId
      ? null
      : active;
  }

  async #ask(ledger: string, active: string): Promise<void> {
    this.#asking.add(ledger);
    try {
      const answer = await this.#options.calls.call(active, 'ledger.reclaim', { ledger });
      // A version that does not know the question refuses it: nothing is known then, as before.
      if (answer.ok) {
        this.#heard.set(ledger, { reclaim: answer.value.reclaim, atMs: this.#nowMs() });
      }
    } finally {
      this.#asking.delete(ledger);
    }
  }

  #nowMs(): number {
    return this.#options.clock().monotonicMs;
  }
}

function roundReclaim({ waitMs, leftMs, ...reclaim }: Reclaim): Reclaim {
  return {
    ...reclaim,
    waitMs: Math.round(waitMs),
    leftMs: leftMs === null ? null : Math.round(leftMs),
  };
}
