import { type AdminAnswer, refuse } from '../../../src-shared/contract/admin-error.ts';
import type { Actor } from '../../../src-shared/model/actor.ts';
import { type LedgerConfig, primaryOf } from '../../../src-shared/model/ledger-config.ts';
import type { TimelineKind } from '../../../src-shared/model/timeline.ts';
import type { Clock } from '../base/clock.ts';
import { until } from '../base/until.ts';
import type { HostedReplica } from '../replicas/hosted-replica.ts';
import { refusalOf } from '../replicas/not-serving.ts';

/** What changes in a ledger's configuration. */
export type ConfigChange = Partial<
  Pick<LedgerConfig, 'membership' | 'relationship' | 'settings' | 'placed' | 'learners'>
>;

/** Longest wait before a move for a server to have everything. */
const syncMsMax = 2_000;

/** Longest wait until the other server serves after an order. */
export const moveMsMax = 5_000;

/** Changes the configuration of a ledger that this server serves. */
export async function configure(
  replica: HostedReplica,
  change: { [K in keyof ConfigChange]: ConfigChange[K] | undefined },
  kind: TimelineKind,
  message: string,
  actor?: Actor,
): Promise<AdminAnswer<Record<string, never>>> {
  const { config } = replica.view();
  const given = Object.fromEntries(
    Object.entries(change).filter(([, value]) => value !== undefined),
  );
  const next: LedgerConfig = { ...config, ...given, version: config.version + 1 };
  const input = { type: 'configRequested', config: next, kind, message } as const;
  const outcome = await replica.request(actor ? { ...input, actor } : input);
  if (outcome.type !== 'answered') return refusalOf(outcome);
  const { reply } = outcome;
  if (reply.type === 'adminRefused') return refuse(reply.code, reply.message);
  return { ok: true, value: {} };
}

export interface MoveContext {
  serverId: string;
  clock: Clock;
  nameOf: (id: string) => string;
}

/**
 * Gives a ledger that this server serves to a synchronised member and waits until that serves. It
 * stays there until it is given back: `placed` keeps the primary from taking it again by itself.
 */
export async function move(
  { serverId, clock, nameOf }: MoveContext,
  replica: HostedReplica,
  { to, isDrill, actor }: { to: string; isDrill: boolean; actor: Actor },
): Promise<AdminAnswer<{ tookMs: number }>> {
  if (!replica.isActive)
    return refuse(
      'NOT_SERVING',
      'The server that was asked no longer serves these licences. Try again.',
    );
  const begunMs = clock().monotonicMs;
  const isReady = to === serverId || (await isSynchronised(replica, to));
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
    const text = isDrill ? `Drill: ${message}` : message;
    const answer = await configure(replica, { placed }, 'switchedOver', text, actor);
    if (!answer.ok) return answer;
  }
  if (to !== serverId) {
    const moved = await until(() => {
      // Again, when this server got the place back from one that did not take it.
      if (replica.isActive) replica.step({ type: 'switchoverRequested', to });
      return replica.view().active === to && !replica.isActive && replica.state.term.member === to;
    }, moveMsMax);
    if (!moved)
      return refuse(
        'NOT_SYNCHRONISED',
        `${nameOf(to)} did not take over in time. See who serves now, and try again.`,
      );
  }
  return { ok: true, value: { tookMs: clock().monotonicMs - begunMs } };
}

/** A member that can be reached may lack only what it missed a moment ago, and is waited for. */
function isSynchronised(replica: HostedReplica, id: string): Promise<boolean> {
  const isUp = replica.view().members.some((member) => member.id === id && !member.down);
  return until(() => replica.view().synchronised.includes(id), isUp ? syncMsMax : 0);
}
