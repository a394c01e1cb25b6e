import { participants, takesPart } from '../../../src-shared/model/ledger-config.ts';
import { isFormer, isOwnInBackup } from '../core/replica/membership.ts';
import { configOf } from '../core/replica/replica-state.ts';
import type { Clock } from '../base/clock.ts';
import type { PeerCalls, PeerHandlers } from '../peers/peer-calls.ts';
import type { HostedReplica } from './hosted-replica.ts';
import { othersOf } from './membership.ts';

export interface VouchedMembersOptions {
  serverId: string;
  clock: Clock;
  calls: Pick<PeerCalls, 'call'>;
  servers: { isConnected(id: string): boolean };
}

/** How long the word of a member counts, and how long it is not asked for again without one, in ms. */
const countsMs = 60_000;
const askAgainMs = 1_000;

/** A member that has lost the others asks them every few seconds, with the slowest settings. */
const laterMsMax = 60_000;

/**
 * Servers that came to a ledger while this one was away. This server does not know of them, and hears no
 * strangers; so it asks the members that it knows. One of them that serves tells of the others by itself,
 * so this is for one that serves.
 */
export class VouchedMembers {
  readonly #options: VouchedMembersOptions;
  readonly #replicaOf: (ledger: string) => HostedReplica | undefined;
  /** By ledger, the servers that spoke as members by a later configuration, and when, on the monotonic clock. */
  readonly #later = new Map<string, Map<string, number>>();
  /** By ledger and server, until when it is heard, and from when on the members are asked again. */
  readonly #known = new Map<string, { heardUntilMs: number; askFromMs: number }>();

  constructor(
    options: VouchedMembersOptions,
    replicaOf: (ledger: string) => HostedReplica | undefined,
  ) {
    this.#options = options;
    this.#replicaOf = replicaOf;
  }

  handlers(): PeerHandlers<'ledger.vouch'> {
    return {
      'ledger.vouch': async (from, { ledger, server }) => {
        const config = this.#replicaOf(ledger)?.view().config;
        const isMember =
          config !== undefined &&
          takesPart(config, from) &&
          participants(config.membership).includes(server);
        return { ok: true, value: { configVersion: isMember ? config.version : null } };
      },
    };
  }

  /** Whether a server that takes no part by the configuration here is heard all the same. */
  isVouched(ledger: string, id: string): boolean {
    const known = this.#known.get(keyOf(ledger, id));
    return known !== undefined && known.heardUntilMs > this.#nowMs;
  }

  /**
   * Servers that take part in a ledger by a later configuration than the one here, as they said lately: they were
   * taken in after what this server has of it.
   */
  laterMembers({ id, state }: HostedReplica): string[] {
    const heard = [...(this.#later.get(id) ?? [])];
    return heard.flatMap(([server, atMs]) => {
      const isLate = this.#nowMs - atMs > laterMsMax;
      return isLate || takesPart(configOf(state), server) ? [] : [server];
    });
  }

  /** A stranger speaks as a member by a later configuration: those who may know are asked. */
  noteStranger(replica: HostedReplica, from: string, configVersion: number): void {
    const { config } = replica.view();
    const key = keyOf(replica.id, from);
    const known = this.#known.get(key);
    if (configVersion <= config.version) return;
    this.#noteLater(replica.id, from);
    if (isOwnInBackup(replica.state)) return;
    if (known !== undefined && known.askFromMs > this.#nowMs) return;
    for (const [other, { heardUntilMs, askFromMs }] of this.#known) {
      if (Math.max(heardUntilMs, askFromMs) <= this.#nowMs) this.#known.delete(other);
    }
    this.#known.set(key, { heardUntilMs: -Infinity, askFromMs: this.#nowMs + askAgainMs });
    for (const id of othersOf(config, this.#options.serverId)) {
      if (id !== from && !isFormer(replica.state, id)) void this.#ask(replica, id, from);
    }
  }

  #noteLater(ledger: string, server: string): void {
    const heard = this.#later.get(ledger) ?? new Map<string, number>();
    this.#later.set(ledger, heard);
    // Anew at the end; more than can be paired never come.
    heard.delete(server);
    heard.set(server, this.#nowMs);
  }

  async #ask(replica: HostedReplica, member: string, server: string): Promise<void> {
    const { calls, servers } = this.#options;
    if (!servers.isConnected(member)) return;
    const args = { ledger: replica.id, server };
    const answer = await calls.call(member, 'ledger.vouch', args);
    if (!answer.ok || answer.value.configVersion === null) return;
    // By what holds now: the configuration here may have come to know both better.
    const { config } = replica.view();
    if (answer.value.configVersion <= config.version || !takesPart(config, member)) return;
    const untilMs = this.#nowMs + countsMs;
    this.#known.set(keyOf(replica.id, server), { heardUntilMs: untilMs, askFromMs: untilMs });
  }

  get #nowMs(): number {
    return this.#options.clock().monotonicMs;
  }
}

function keyOf(ledger: string, id: string): string {
  return `${ledger} ${id}`;
}
