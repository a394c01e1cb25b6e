import type { Attention } from '../../../src-shared/model/attention.ts';
import type { ToldCause } from '../../../src-shared/model/desktop-settings.ts';
import type { NodeSnapshot } from '../../../src-shared/model/node-snapshot.ts';
import { countOf } from '../../../src-shared/view/count-of.ts';
import { describeSpan } from '../../../src-shared/view/describe-span.ts';
import { primaryOf } from '../../../src-shared/model/ledger-config.ts';
import { countCovered, nameServer, protectedLedgers } from '../../../src-shared/view/protection.ts';
import { servingWords } from '../../../src-shared/view/serving-words.ts';
import { type NotificationView, viewOf } from './notification-view.ts';

/** Failures that follow each other within this are counted together. */
const countedWithinMs = 15 * 60_000;
/** Of a server that fails again and again, at least so long is between two notifications. */
const toldEveryMs = 30_000;
const countedMax = 100;
/**
 * When an admin gives licences back, the order is there a moment before they are: what looks like a
 * failover without a server that failed has to last for so long to be one.
 */
export const lastingMs = 5_000;

export interface FailoverSources {
  /** What is known of the node now. */
  node: NodeSnapshot;
  attention: readonly Attention[];
  muted: boolean;
  /** Since when an entry of `attention` was there as it is. */
  seenSinceMs: (item: Attention) => number;
}

export interface FailoverNews {
  told: ToldCause[];
  show: NotificationView[];
}

export const isFailoverKey = (key: string): boolean => key.startsWith('failover:');

/** Whether another server serves in the place of this one. */
export function isFailoverOf(key: string, server: string | undefined): boolean {
  return isFailoverKey(key) && key.split(':')[1] === server;
}

/**
 * Every failover is told, when it begins and when it ends. A server that fails again and again is told
 * of with how often it did; what came too soon after the notification before is told a little later,
 * also when it is over by then. `told` are the causes of failovers that are remembered.
 */
export function followFailovers(
  sources: FailoverSources,
  told: readonly ToldCause[],
  nowMs: number,
): FailoverNews {
  const present = new Map(
    sources.attention.filter(({ key }) => isFailoverKey(key)).map((item) => [item.key, item]),
  );
  const known = new Map(told.map((cause) => [cause.key, cause]));
  const news: FailoverNews = { told: [], show: [] };
  for (const key of new Set([...known.keys(), ...present.keys()])) {
    const cause = noteChange(
      sources,
      { cause: known.get(key), item: present.get(key), key },
      nowMs,
    );
    if (!cause) continue;
    const view = sources.muted ? null : tell(sources.node, cause, present.get(key), nowMs);
    news.told.push(view === null ? cause : asTold(cause, nowMs));
    if (view !== null && view !== 'nothing') news.show.push(view);
  }
  return news;
}

interface Followed {
  key: string;
  cause: ToldCause | undefined;
  item: Attention | undefined;
}

/** What is to be remembered of a failover now; `quiet` as long as its present state is to be told. */
function noteChange(
  { node, seenSinceMs }: FailoverSources,
  { key, cause, item }: Followed,
  nowMs: number,
): ToldCause | null {
  const lasts = cause !== undefined && cause.endedAtMs === null;
  if (item) {
    if (lasts) return cause;
    // What an admin ordered is no failure.
    if (item.severity === 'info') return cause ?? null;
    const mayPass = item.severity === 'warning' && nowMs - seenSinceMs(item) < lastingMs;
    if (mayPass) return cause ?? null;
    const before = cause?.beganAtMs ?? [];
    const recent = nowMs - (before.at(-1) ?? nowMs) < countedWithinMs ? before : [];
    const beganAtMs = [...recent, sinceMs(node, key, nowMs)].slice(-countedMax);
    return { ...cause, key, endedAtMs: null, quiet: true, beganAtMs };
  }
  if (!cause || (lasts && awaitsActive(node, key))) return cause ?? null;
  if (lasts) return { ...cause, endedAtMs: nowMs, quiet: true };
  const ended = nowMs - (cause.endedAtMs ?? nowMs);
  return ended < countedWithinMs ? cause : null;
}

/**
 * Since when the other server serves, in ms: a server that was away hears of it when it is back, and counts
 * from the same moment as the others. Never later than now, whatever another clock says.
 */
function sinceMs(node: NodeSnapshot, key: string, nowMs: number): number {
  const active = key.split(':')[2];
  const since = ledgersOf(node, key).filter((ledger) => ledger.active === active);
  const times = since.map(({ activeSince }) => Date.parse(activeSince ?? node.at));
  return Math.min(nowMs, ...times);
}

/** Whether it is open who serves after a failover: between one active and the next there is none. */
function awaitsActive(node: NodeSnapshot, key: string): boolean {
  return ledgersOf(node, key).some(({ active }) => active === null);
}

function ledgersOf(node: NodeSnapshot, key: string) {
  const [, failed = ''] = key.split(':');
  return protectedLedgers(node).filter(({ members }) => members.includes(failed));
}

/** Null: nothing yet. */
function tell(
  node: NodeSnapshot,
  cause: ToldCause,
  item: Attention | undefined,
  nowMs: number,
): NotificationView | 'nothing' | null {
  if (!cause.quiet) return null;
  const { toldAtMs, endedAtMs } = cause;
  const soon = toldAtMs !== undefined && nowMs - toldAtMs < toldEveryMs;
  if (soon && !isEndOfTold(cause)) return null;
  return item && endedAtMs === null ? describeBegin(node, cause, item) : describeEnd(node, cause);
}

/** Whether the begin of a cause was told, so that the end of it belongs to that notification. */
function isEndOfTold({ endedAtMs, toldAtMs, beganAtMs = [] }: ToldCause): boolean {
  return endedAtMs !== null && toldAtMs !== undefined && toldAtMs >= (beganAtMs.at(-1) ?? 0);
}

function asTold(cause: ToldCause, nowMs: number): ToldCause {
  const { quiet: _, ...rest } = cause;
  return isEndOfTold(cause) ? rest : { ...rest, toldAtMs: nowMs };
}

function describeBegin(node: NodeSnapshot, cause: ToldCause, item: Attention): NotificationView {
  const [, failed = ''] = cause.key.split(':');
  const again = describeCount(cause);
  return {
    ...viewOf(item),
    ...(again === '' ? {} : { title: `${nameServer(node, failed)} failed ${again}` }),
    group: cause.key,
  };
}

/** The server that failed serves again; nothing when the relationship was dissolved meanwhile. */
function describeEnd(node: NodeSnapshot, cause: ToldCause): NotificationView | 'nothing' {
  const [, failed = '', other = ''] = cause.key.split(':');
  const [ledger, ...more] = ledgersOf(node, cause.key).filter(({ active }) => active === failed);
  if (!ledger) return 'nothing';
  const { licenses, unitsInUse } = countCovered(node, [ledger, ...more]);
  const again = describeCount(cause);
  const name = nameServer(node, failed);
  const owner = primaryOf(ledger);
  const back =
    owner === failed
      ? `${name} took its licences back from ${nameServer(node, other)}`
      : `${name} serves for ${nameServer(node, owner)} again`;
  const kept = `${countOf(licenses, 'licence')}, ${countOf(unitsInUse, 'seat')} kept.`;
  const isHere = failed === node.server.id;
  return {
    title: isHere ? `${servingWords.serving} again` : back,
    body: [isHere ? `${back}: ${kept}` : kept, again === '' ? '' : `${name} failed ${again}.`]
      .filter((sentence) => sentence !== '')
      .join(' '),
    severity: 'info',
    tab: 'overview',
  };
}

/** “3 times in 4 minutes”; empty when it was once. */
function describeCount({ beganAtMs = [] }: ToldCause): string {
  const [first = 0] = beganAtMs;
  const last = beganAtMs.at(-1) ?? 0;
  if (beganAtMs.length < 2) return '';
  return `${countOf(beganAtMs.length, 'time')} in ${describeSpan(last - first)}`;
}
