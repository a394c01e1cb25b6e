import type { Attention } from '../../../src-shared/model/attention.ts';
import { toldCausesMax, type ToldCause } from '../../../src-shared/model/desktop-settings.ts';
import type { UiSnapshot } from '../../../src-shared/model/ui-snapshot.ts';
import { deriveEnded, isOutage } from './derive-ended.ts';
import { followFailovers, isFailoverKey, isFailoverOf, lastingMs } from './follow-failovers.ts';
import { type NotificationView, viewOf } from './notification-view.ts';
import { awayKeyPrefix } from '../../../src-shared/view/derive-snapshot.ts';

export interface NotificationMemory {
  told: ToldCause[];
  /** When notifications were shown lately. */
  shownAtMs: number[];
  /** Since when the causes that are present were seen, by key. */
  seenSinceMs: Readonly<Record<string, number>>;
}

export interface NotificationPlan {
  show: NotificationView[];
  memory: NotificationMemory;
}

/** More causes than this at once become one summary. */
export const notificationsAtOnceMax = 3;
/** A restart of the embedded node is quicker than this and is not worth a word. */
export const awayToleratedMs = 3_000;
/** Servers that lose each other for less than this are not worth a word either. */
export const blipToleratedMs = 5_000;
/** A cause that is back within this time is the same one: a licence at its last seat comes and goes. */
const sameCauseWithinMs = { error: 5 * 60_000, warning: 60 * 60_000, info: 60 * 60_000 } as const;
/** The reason that a server gives while it does not know yet whether another one serves. */
const agreementCodes: ReadonlySet<string> = new Set(['NOT_SERVING', 'NOT_SURE']);
/** What happened is news for so long. */
const newsWithinMs = 60_000;
const newsPrefix = 'news:';
/** What a server that answers again says at first may be from before. */
const backToleratedMs = 3_000;
/** Beyond this, warnings wait and come as a summary. Errors never wait. */
const budget = { notifications: 6, windowMs: 10 * 60_000 } as const;

/**
 * What the admin has to be told now, and what was told then: one
 * notification a cause, also across restarts; while they are paused or off nothing counts as told,
 * so that what still lasts is told afterwards.
 */
export function deriveNotifications(
  ui: UiSnapshot,
  memory: NotificationMemory,
  nowMs: number,
): NotificationPlan {
  const failovers = memory.told.filter(({ key }) => isFailoverKey(key));
  const muted = isMuted(ui, nowMs);
  const items = [...ui.attention, ...deriveNews(ui)];
  const seenSinceMs = Object.fromEntries(
    items.map(markOf).map((mark) => [mark, memory.seenSinceMs[mark] ?? nowMs]),
  );
  const sources = {
    attention: ui.attention,
    muted,
    seenSinceMs: (item: Attention) => seenSinceMs[markOf(item)] ?? nowMs,
  };
  const news =
    ui.node && isConnected(ui)
      ? followFailovers({ ...sources, node: ui.node }, failovers, nowMs)
      : { told: failovers, show: [] };
  const isTold = isCoveredBy(news.told);
  const others = items.filter(({ key }) => !isFailoverKey(key) && !isTold(key));
  const rest = deriveRest(ui, { ...memory, seenSinceMs }, { muted, items: others }, nowMs);
  return {
    show: [...news.show, ...rest.show],
    memory: {
      told: boundTold([...rest.told, ...news.told]),
      shownAtMs: [...rest.shownAtMs, ...news.show.map(() => nowMs)],
      seenSinceMs,
    },
  };
}

/** What counts as one thing that lasts. */
function markOf({ key, severity }: Attention): string {
  return isFailoverKey(key) ? `${key} ${severity}` : deriveCause(key);
}

/** What the notification of a failover says already: which licences wait for the server that failed. */
function isCoveredBy(failovers: readonly ToldCause[]): (key: string) => boolean {
  const failed = failovers.map(({ key }) => key.split(':')[1]);
  return (key) => key.startsWith('unserved:') && failed.includes(key.split(':')[1]);
}

/** What needs nobody's attention and is told all the same: that a drill ended well, or was cancelled. */
function deriveNews({ node }: UiSnapshot): Attention[] {
  const event = node?.events.find(({ kind }) => kind === 'drillFinished');
  if (!node || event?.severity !== 'info') return [];
  if (Date.parse(node.at) - Date.parse(event.at) > newsWithinMs) return [];
  const { at, message } = event;
  return [
    { key: `${newsPrefix}${at}`, severity: 'info', title: 'Drill', text: message, tab: 'failover' },
  ];
}

interface Rest {
  show: NotificationView[];
  told: ToldCause[];
  shownAtMs: number[];
}

/** All but failovers. */
function deriveRest(
  ui: UiSnapshot,
  memory: NotificationMemory,
  { muted, items }: { muted: boolean; items: readonly Attention[] },
  nowMs: number,
): Rest {
  const present = new Map(items.map((item) => [deriveCause(item.key), item]));
  const known = memory.told.filter(({ key }) => !isFailoverKey(key));
  const mayBeOver = (key: string) => isDecided(ui, key, memory, nowMs);
  const { told, ended } = carryOver(known, present, mayBeOver, nowMs);
  const shownAtMs = memory.shownAtMs.filter((atMs) => nowMs - atMs < budget.windowMs);
  if (muted) return { show: [], told, shownAtMs };

  const knownKeys = new Set(told.filter((cause) => cause.endedAtMs === null).map(({ key }) => key));
  const fresh = [...present]
    .filter(([key]) => !knownKeys.has(key))
    .filter(([key, item]) => isWorthTelling(ui, item, nowMs, memory.seenSinceMs[key] ?? nowMs))
    .filter(([, item]) => item.severity === 'error' || shownAtMs.length < budget.notifications);
  const show = group(fresh.map(([, item]) => item));
  if (ui.node && isConnected(ui)) show.push(...deriveEnded(ui.node, ended));
  const freshKeys = new Set(fresh.map(([key]) => key));
  return {
    show,
    told: [
      ...told.filter(({ key }) => !freshKeys.has(key)),
      ...fresh.map(([key]) => ({ key, endedAtMs: null })),
    ],
    shownAtMs: [...shownAtMs, ...show.map(() => nowMs)],
  };
}

/** The cause behind a key: an outage that comes and goes is one cause, whenever it began. */
function deriveCause(key: string): string {
  if (key.startsWith(awayKeyPrefix)) return 'node:away';
  if (key.startsWith('serving:')) return key.split(':').slice(0, 2).join(':');
  return key;
}

function carryOver(
  told: ToldCause[],
  present: Map<string, Attention>,
  mayBeOver: (key: string) => boolean,
  nowMs: number,
): { told: ToldCause[]; ended: string[] } {
  const ended: string[] = [];
  const kept = told.flatMap((cause): ToldCause[] => {
    const item = present.get(cause.key);
    if (item) {
      if (cause.endedAtMs === null) return [cause];
      const back = nowMs - cause.endedAtMs < sameCauseWithinMs[item.severity];
      return back ? [{ key: cause.key, endedAtMs: null, quiet: true }] : [];
    }
    if (!mayBeOver(cause.key)) return [cause];
    if (cause.endedAtMs === null) {
      if (!cause.quiet) ended.push(cause.key);
      return [{ key: cause.key, endedAtMs: nowMs }];
    }
    return nowMs - cause.endedAtMs < sameCauseWithinMs.warning ? [cause] : [];
  });
  return { told: kept, ended };
}

/**
 * While the node is away, what it said last is neither going on nor over; nor is an outage while the
 * node is finding out what it is to do.
 */
function isDecided(
  ui: UiSnapshot,
  key: string,
  { seenSinceMs }: NotificationMemory,
  nowMs: number,
): boolean {
  if (ui.node === null || !isConnected(ui)) return false;
  if (!isOutage(key)) return true;
  const { state } = ui.node.serving;
  if (state !== 'serving' && state !== 'standby') return false;
  if (ui.node.relationships.length === 0) return true;
  // A server that was replaced may take its licences back within seconds, and then serves again.
  const replaced = ui.attention.find(({ key: other }) => isFailoverOf(other, ui.node?.server.id));
  const sinceMs = replaced ? (seenSinceMs[markOf(replaced)] ?? nowMs) : 0;
  return nowMs - ui.connection.sinceMs >= backToleratedMs && nowMs - sinceMs >= lastingMs;
}

function isConnected(ui: UiSnapshot): boolean {
  return ui.connection.state === 'connected' && ui.node !== null;
}

function isMuted(ui: UiSnapshot, nowMs: number): boolean {
  const untilMs = ui.desktop.notificationsPausedUntilMs;
  return !ui.desktop.notifications || (untilMs !== null && untilMs > nowMs);
}

function isWorthTelling(
  ui: UiSnapshot,
  { key, severity }: Attention,
  nowMs: number,
  seenSinceMs: number,
): boolean {
  if (key.startsWith(awayKeyPrefix)) return nowMs - ui.connection.sinceMs >= awayToleratedMs;
  if (severity === 'info') return key.startsWith(newsPrefix);
  if (key.startsWith('serving:')) return !isFindingOut(ui, nowMs - seenSinceMs);
  const mayPass = /^(readiness:|unsynchronised:|unserved:)/.test(key);
  return !mayPass || nowMs - seenSinceMs >= blipToleratedMs;
}

/** Servers that protect each other are about to agree on who serves: after a start, or in between. */
function isFindingOut({ node }: UiSnapshot, lastsMs: number): boolean {
  if (!node || node.relationships.length === 0) return false;
  if (!node.serving.reasons.every(({ code }) => agreementCodes.has(code))) return false;
  const waitsMs = node.relationships.map(({ settings }) => settings.coldStartWaitMs);
  const startMs = Math.max(...waitsMs) + 2 * blipToleratedMs;
  return lastsMs < blipToleratedMs || node.server.uptimeSeconds * 1_000 < startMs;
}

function group(items: Attention[]): NotificationView[] {
  if (items.length <= notificationsAtOnceMax) return items.map(viewOf);
  const first = items.slice(0, notificationsAtOnceMax);
  const more = items.length - first.length;
  return [
    {
      title: `${items.length} things need attention`,
      body: `${first.map(({ title }) => title).join('\n')}\nand ${more} more`,
      severity: items.some(({ severity }) => severity === 'error') ? 'error' : 'warning',
      tab: 'overview',
    },
  ];
}

function boundTold(told: ToldCause[]): ToldCause[] {
  if (told.length <= toldCausesMax) return told;
  const endOf = (cause: ToldCause) => cause.endedAtMs ?? Number.MAX_SAFE_INTEGER;
  return told.toSorted((a, b) => endOf(b) - endOf(a)).slice(0, toldCausesMax);
}
