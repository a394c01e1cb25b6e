import type { Attention, Tab } from '../../../src-shared/model/attention.ts';
import { toldCausesMax, type ToldCause } from '../../../src-shared/model/desktop-settings.ts';
import type { Severity } from '../../../src-shared/model/timeline.ts';
import type { UiSnapshot } from '../../../src-shared/model/ui-snapshot.ts';
import { awaitsActive, deriveEnded } from './derive-ended.ts';
import { awayKeyPrefix } from '../../../src-shared/view/derive-snapshot.ts';

export interface NotificationView {
  title: string;
  body: string;
  severity: Severity;
  /** Where a click leads. */
  tab: Tab;
  license?: string;
}

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
/** A second failover is told, unless a server comes and goes by the minute. */
const sameFailoverWithinMs = 60_000;
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
  const present = new Map(ui.attention.map((item) => [deriveCause(item.key), item]));
  const { told, ended } = carryOver(memory.told, present, (key) => isDecided(ui, key), nowMs);
  const shownAtMs = memory.shownAtMs.filter((atMs) => nowMs - atMs < budget.windowMs);
  const seenSinceMs = Object.fromEntries(
    [...present.keys()].map((key) => [key, memory.seenSinceMs[key] ?? nowMs]),
  );
  if (isMuted(ui, nowMs)) return { show: [], memory: { told, shownAtMs, seenSinceMs } };

  const knownKeys = new Set(told.filter((cause) => cause.endedAtMs === null).map(({ key }) => key));
  const fresh = [...present]
    .filter(([key]) => !knownKeys.has(key))
    .filter(([key, item]) => isWorthTelling(ui, item, nowMs, seenSinceMs[key] ?? nowMs))
    .filter(([, item]) => item.severity === 'error' || shownAtMs.length < budget.notifications);
  const show = group(fresh.map(([, item]) => item));
  if (ui.node && isConnected(ui)) show.push(...deriveEnded(ui.node, ended));
  const freshKeys = new Set(fresh.map(([key]) => key));
  return {
    show,
    memory: {
      told: boundTold([
        ...told.filter(({ key }) => !freshKeys.has(key)),
        ...fresh.map(([key]) => ({ key, endedAtMs: null })),
      ]),
      shownAtMs: [...shownAtMs, ...show.map(() => nowMs)],
      seenSinceMs,
    },
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
      const back = nowMs - cause.endedAtMs < sameWithinMs(item);
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
 * While the node is away, what it said last is neither going on nor over; nor is a failover while
 * nobody is known to serve.
 */
function isDecided(ui: UiSnapshot, key: string): boolean {
  return ui.node !== null && isConnected(ui) && !awaitsActive(ui.node, key);
}

function sameWithinMs({ key, severity }: Attention): number {
  return key.startsWith('failover:') ? sameFailoverWithinMs : sameCauseWithinMs[severity];
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
  if (severity === 'info') return false;
  if (key.startsWith('serving:')) return !isFindingOut(ui, nowMs - seenSinceMs);
  const mayPass = key === 'readiness' || key.startsWith('unsynchronised:');
  return !mayPass || nowMs - seenSinceMs >= blipToleratedMs;
}

/** Servers that protect each other are about to agree on who serves: after a start, or in between. */
function isFindingOut({ node }: UiSnapshot, lastsMs: number): boolean {
  if (!node?.relationship) return false;
  if (!node.serving.reasons.every(({ code }) => agreementCodes.has(code))) return false;
  const startMs = node.relationship.settings.coldStartWaitMs + 2 * blipToleratedMs;
  return lastsMs < blipToleratedMs || node.server.uptimeSeconds * 1_000 < startMs;
}

function group(items: Attention[]): NotificationView[] {
  if (items.length <= notificationsAtOnceMax) return items.map(describe);
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

function describe(item: Attention): NotificationView {
  const { title, text, severity, tab, license } = item;
  return { title, body: text, severity, tab, ...(license === undefined ? {} : { license }) };
}

function boundTold(told: ToldCause[]): ToldCause[] {
  if (told.length <= toldCausesMax) return told;
  const endOf = (cause: ToldCause) => cause.endedAtMs ?? Number.MAX_SAFE_INTEGER;
  return told.toSorted((a, b) => endOf(b) - endOf(a)).slice(0, toldCausesMax);
}
