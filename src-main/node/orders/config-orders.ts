import { z } from 'zod';
import type { AdminAnswer, AdminErrorCode } from '../../../src-shared/contract/admin.ts';
import {
  type LedgerConfig,
  ledgerConfigSchema,
  type LedgerRelationship,
  ledgerRelationshipSchema,
  primaryOf,
} from '../../../src-shared/model/ledger-config.ts';
import { relationshipSettingsSchema } from '../../../src-shared/model/relationship.ts';
import { serverIdSchema } from '../../../src-shared/model/scalars.ts';
import { type TimelineKind, timelineKindSchema } from '../../../src-shared/model/timeline.ts';
import type { Clock } from '../base/clock.ts';
import type { HostedReplica } from '../replicas/hosted-replica.ts';
import { isOtherMember } from '../replicas/membership.ts';
import type { Replicas } from '../replicas/replicas.ts';
import { type PeerCalls, peerMethod } from '../peers/peer-calls.ts';
import { refusalOf } from './not-serving.ts';
import { until } from '../base/until.ts';
import { refuseRelationship } from '../relationships/relationship-rules.ts';

/** What changes in a ledger's configuration. */
const configChangeSchema = z.strictObject({
  membership: ledgerConfigSchema.shape.membership.optional(),
  relationship: ledgerRelationshipSchema.nullable().optional(),
  settings: relationshipSettingsSchema.optional(),
  placed: serverIdSchema.nullable().optional(),
});
export type ConfigChange = z.infer<typeof configChangeSchema>;

/** Members come and go by the active server alone, which is on its way to the goal. */
const ordered = configChangeSchema.omit({ membership: true }).extend({
  relationship: ledgerRelationshipSchema.optional(),
});

const configureParams = z.strictObject({
  ledger: z.string().max(64),
  change: ordered,
  kind: timelineKindSchema,
  message: z.string().max(1_024),
});

const moveParams = z.strictObject({ ledger: z.string().max(64), to: serverIdSchema });
const moveResult = z.object({ tookMs: z.number() });
const emptyResult = z.object({});

/** Longest wait before it for a server to have everything. */
const syncMsMax = 2_000;

/** Longest wait until the other server serves after an order. */
const moveMsMax = 5_000;

export interface ConfigOrdersOptions {
  serverId: string;
  replicas: Replicas;
  calls: PeerCalls;
  clock: Clock;
  nameOf: (id: string) => string;
}

/** Orders that the active server of a ledger carries out, wherever they are given. */
export class ConfigOrders {
  readonly #options: ConfigOrdersOptions;

  constructor(options: ConfigOrdersOptions) {
    this.#options = options;
    const { calls } = options;
    calls.register({
      'ledger.configure': peerMethod(
        configureParams,
        async (from, { ledger, change, kind, message }) => {
          const refusal = this.#refuseOrder(ledger, from, change.relationship);
          return refusal ?? this.#configureHere(ledger, change, kind, message);
        },
      ),
      'ledger.move': peerMethod(moveParams, async (from, { ledger, to }) => {
        return this.#refuseOrder(ledger, from) ?? this.#moveHere(ledger, to);
      }),
    });
  }

  /** Changes the configuration of a ledger at its active server. */
  async configure(
    replica: HostedReplica,
    change: ConfigChange,
    kind: TimelineKind,
    message: string,
  ): Promise<AdminAnswer<unknown>> {
    if (replica.isActive) return this.#configureHere(replica.id, change, kind, message);
    const active = this.#activeOf(replica);
    if (!active.ok) return active;
    const args = { ledger: replica.id, change, kind, message };
    return this.#options.calls.call(active.value, 'ledger.configure', args, emptyResult);
  }

  /**
   * Gives a ledger to a synchronised member and waits until that serves. It stays there until it is
   * given back: `placed` keeps the primary from taking it again by itself.
   */
  async move(replica: HostedReplica, to: string): Promise<AdminAnswer<{ tookMs: number }>> {
    if (replica.isActive) return this.#moveHere(replica.id, to);
    const active = this.#activeOf(replica);
    if (!active.ok) return active;
    const args = { ledger: replica.id, to };
    const { calls } = this.#options;
    const waitMs = 2 * moveMsMax;
    const answer = await calls.call(active.value, 'ledger.move', args, moveResult, waitMs);
    if (answer.ok) await until(() => replica.view().active === to, moveMsMax);
    return answer;
  }

  #activeOf(replica: HostedReplica): AdminAnswer<string> {
    const { active, config } = replica.view();
    if (active !== null && active !== this.#options.serverId) return { ok: true, value: active };
    const [primary = ''] = config.membership.members;
    return refuse(
      'NOT_SERVING',
      `No server serves the licences of ${this.#options.nameOf(primary)} now, so that nothing can ` +
        'be changed. Start a server of the relationship or mend the connection first.',
    );
  }

  #refuseOrder(
    id: string,
    from: string,
    relationship?: LedgerRelationship,
  ): AdminAnswer<never> | undefined {
    const config = this.#options.replicas.get(id)?.view().config;
    if (!config || !isOtherMember(config, from, this.#options.serverId)) {
      return refuse('BAD_REQUEST', 'That server takes no part in this ledger.');
    }
    const why = relationship ? refuseRelationship(config, relationship, from) : null;
    return why === null ? undefined : refuse('BAD_REQUEST', why);
  }

  async #configureHere(
    id: string,
    change: ConfigChange,
    kind: TimelineKind,
    message: string,
  ): Promise<AdminAnswer<unknown>> {
    const replica = this.#options.replicas.get(id);
    if (!replica) return refuse('NOT_SERVING', 'This server does not keep that ledger.');
    const { config } = replica.view();
    const given = Object.fromEntries(
      Object.entries(change).filter(([, value]) => value !== undefined),
    );
    const next: LedgerConfig = { ...config, ...given, version: config.version + 1 };
    const input = { type: 'configRequested', config: next, kind, message } as const;
    const outcome = await replica.request(input);
    if (outcome.type !== 'answered') return refusalOf(outcome);
    const { reply } = outcome;
    if (reply.type === 'adminRefused') return refuse(reply.code, reply.message);
    return { ok: true, value: {} };
  }

  /** One that is there may lack but what it missed a moment ago. */
  #isSynchronised(replica: HostedReplica, id: string): Promise<boolean> {
    const isUp = replica.view().members.some((member) => member.id === id && !member.down);
    return until(() => replica.view().synchronised.includes(id), isUp ? syncMsMax : 0);
  }

  async #moveHere(id: string, to: string): Promise<AdminAnswer<{ tookMs: number }>> {
    const { replicas, serverId, clock, nameOf } = this.#options;
    const replica = replicas.get(id);
    if (!replica?.isActive) return refuse('NOT_SERVING', 'That server does not serve this ledger.');
    const begunMs = clock().monotonicMs;
    const isReady = to === serverId || (await this.#isSynchronised(replica, to));
    const { config } = replica.view();
    if (!isReady) {
      return refuse(
        'NOT_SYNCHRONISED',
        `${nameOf(to)} does not have everything yet, so it cannot take over without losing seats. ` +
          'Wait until it is connected and synchronised.',
      );
    }
    const placed = to === primaryOf(config.membership) ? null : to;
    if (placed !== config.placed) {
      const message =
        placed === null
          ? `${nameOf(to)} is to serve its licences again.`
          : `${nameOf(to)} is to serve until the licences are given back.`;
      const answer = await this.#configureHere(id, { placed }, 'switchedOver', message);
      if (!answer.ok) return answer;
    }
    if (to !== serverId) {
      replica.step({ type: 'switchoverRequested', to });
      const moved = await until(
        () => replica.view().active === to && !replica.isActive && replica.state.term.member === to,
        moveMsMax,
      );
      if (!moved) {
        return refuse('NOT_SYNCHRONISED', `${nameOf(to)} did not take over in time.`);
      }
    }
    return { ok: true, value: { tookMs: clock().monotonicMs - begunMs } };
  }
}

function refuse(code: AdminErrorCode, message: string): AdminAnswer<never> {
  return { ok: false, code, message };
}
