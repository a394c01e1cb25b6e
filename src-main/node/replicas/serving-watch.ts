import type { ReplicaState } from '../core/replica/replica-state.ts';
import type { HostedReplica } from './hosted-replica.ts';

/** Longest time for which a request waits for the end of a takeover; clients wait longer. */
const settleMsMax = 1_500;

/** Requests that wait at a time; more are answered at once. */
const waitingMax = 10_000;

/** Heartbeats that an active may miss before requests wait for what becomes of it. */
const heartbeatsMissed = 3;

/**
 * Knows when another server may be about to serve a ledger, and when that is settled, so that
 * requests in between are answered by the next active and not failed (protocol section 6).
 */
export class ServingWatch {
  readonly #isConnected: (server: string) => boolean;
  readonly #waiting = new Map<string, Set<() => void>>();
  #count = 0;

  constructor(isConnected: (server: string) => boolean) {
    this.#isConnected = isConnected;
  }

  /** Nobody is known to serve, or it cannot be told whether the active still does. */
  isUnsettled(replica: HostedReplica): boolean {
    const { state } = replica;
    const { active, serving, handover, electing, storeFailed, synchronised } = replica.view();
    if (serving || lacksMajority(replica) || state.replacedBy !== null) return false;
    // Nobody else can serve it, and this server does not before an admin has decided.
    if (state.incomplete && !electing && active === null) return false;
    if (electing || handover || active === null) return true;
    // An active whose disk fails goes on renewing, unless another server can take over.
    if (active === state.self) return !storeFailed || synchronised.some((id) => id !== active);
    if (awaitsSuccessor(state)) return true;
    // In an orderly stop the links are closed first: what was heard last holds.
    if (state.leaving) return false;
    const peer = state.peers.get(active);
    if (!peer) return false;
    const silentMs = state.nowMs - peer.lastHeardMs;
    const { heartbeatMs } = replica.view().config.settings;
    const isSilent = silentMs > heartbeatsMissed * heartbeatMs;
    return peer.down !== null || isSilent || !this.#isConnected(active);
  }

  /** Resolves when it is settled who serves, or after a time. */
  settled(replica: HostedReplica): Promise<void> {
    if (this.#count >= waitingMax) return Promise.resolve();
    return new Promise((resolve) => {
      let waiting = this.#waiting.get(replica.id);
      if (!waiting) {
        waiting = new Set();
        this.#waiting.set(replica.id, waiting);
      }
      const all = waiting;
      const done = () => {
        clearTimeout(timer);
        if (all.delete(done)) this.#count--;
        resolve();
      };
      const timer = setTimeout(done, settleMsMax);
      all.add(done);
      this.#count++;
    });
  }

  /** Something happened to a ledger. */
  note(replica: HostedReplica | undefined): void {
    if (!replica) return;
    const waiting = this.#waiting.get(replica.id);
    if (!waiting || waiting.size === 0 || this.isUnsettled(replica)) return;
    for (const done of [...waiting]) done();
  }
}

/**
 * The ledger was given over, and the server that got it has not been heard in its own term yet; a
 * server whose disk fails cannot begin one.
 */
export function awaitsSuccessor({ role, term, self, storeFailed }: ReplicaState): boolean {
  return role.type !== 'active' && term.member === self && !storeFailed;
}

/** Too few of the servers that vote can be reached for any of them to serve. */
export function lacksMajority(replica: HostedReplica): boolean {
  const { quorumMargin } = replica.view();
  return quorumMargin !== null && quorumMargin < 0;
}
