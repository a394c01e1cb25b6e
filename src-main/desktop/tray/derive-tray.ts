import type { Tab } from '../../../src-shared/model/attention.ts';
import { countOf } from '../../../src-shared/view/count-of.ts';
import { formatTimeOfDay } from '../../../src-shared/view/describe-date.ts';
import { labelMove, sensibleMove } from '../../../src-shared/view/moves.ts';
import type { TrayState, UiSnapshot } from '../../../src-shared/model/ui-snapshot.ts';
import { describeRelationships } from '../../../src-shared/view/describe-relationship.ts';
import { labelStart } from '../../../src-shared/view/label-start.ts';
import { describeServer, isServing } from './describe-status.ts';
import { planQuit } from './plan-quit.ts';

/** Longest tooltip in characters: what Windows shows of it (NOTIFYICONDATA, 128 with the final 0). */
export const tooltipLengthMax = 127;

/** Lines about attention in the menu; more are counted. */
const attentionLinesMax = 3;
const labelLengthMax = 90;

export type TrayCommand =
  | { type: 'openWindow' }
  | { type: 'showTab'; tab: Tab; license?: string }
  | { type: 'move' }
  | { type: 'pauseNotifications'; minutes: number }
  | { type: 'copyStatus' }
  | { type: 'startNode' }
  | { type: 'recoverNode' }
  | { type: 'quit' };

export type TrayMenuEntry =
  | { type: 'separator' }
  | { type: 'text'; label: string }
  | { type: 'command'; label: string; command: TrayCommand };

/** What the tray looks like, as data: the same view, the same tray. */
export interface TrayView {
  icon: { state: TrayState; background: 'light' | 'dark' };
  tooltip: string;
  menu: TrayMenuEntry[];
}

export interface TrayConditions {
  nowMs: number;
  /** The taskbar or panel is dark. */
  darkPanel: boolean;
  /** The node could not start, and the admin can do something about it here. */
  recoverable: boolean;
}

export function deriveTray(ui: UiSnapshot, conditions: TrayConditions): TrayView {
  return {
    icon: { state: ui.trayState, background: conditions.darkPanel ? 'dark' : 'light' },
    tooltip: deriveTooltip(ui),
    menu: [
      ...describeLines(ui).map((line) => ({
        type: 'text' as const,
        label: shorten(line, labelLengthMax),
      })),
      ...deriveAttentionEntries(ui),
      ...deriveStart(ui),
      ...deriveRecovery(conditions),
      { type: 'separator' },
      { type: 'command', label: 'Open Understudy', command: { type: 'openWindow' } },
      ...deriveMove(ui),
      ...derivePause(ui, conditions.nowMs),
      { type: 'command', label: 'Copy status', command: { type: 'copyStatus' } },
      { type: 'separator' },
      { type: 'command', label: deriveQuitLabel(ui), command: { type: 'quit' } },
    ],
  };
}

/** What is said of the relationships, then of the server. */
function describeLines(ui: UiSnapshot): string[] {
  const known = ui.connection.state === 'connected' ? ui.node : null;
  return [...(known ? describeRelationships(known) : []), describeServer(ui)];
}

/** The worst first: what needs attention, then the relationships and the server. */
function deriveTooltip(ui: UiSnapshot): string {
  const worst = ui.attention[0];
  const more = ui.attention.length - 1;
  const lines = worst ? [more > 0 ? `${worst.title} (and ${more} more)` : worst.title] : [];
  return shorten([...lines, ...describeLines(ui)].join('\n'), tooltipLengthMax);
}

function deriveAttentionEntries(ui: UiSnapshot): TrayMenuEntry[] {
  const entries: TrayMenuEntry[] = ui.attention.slice(0, attentionLinesMax).map((item) => ({
    type: 'command',
    label: shorten(item.title, labelLengthMax),
    command: {
      type: 'showTab',
      tab: item.tab,
      ...(item.license === undefined ? {} : { license: item.license }),
    },
  }));
  const more = ui.attention.length - entries.length;
  if (more > 0) {
    entries.push({
      type: 'command',
      label: `${more} more …`,
      command: { type: 'showTab', tab: 'overview' },
    });
  }
  return entries;
}

/** The switchover that makes sense now; it is offered while it would be done at once. */
function deriveMove({ connection, node }: UiSnapshot): TrayMenuEntry[] {
  const move = connection.state === 'connected' && node ? sensibleMove(node) : null;
  if (!node || !move?.ready) return [];
  const label = labelMove(move.kind, node, move);
  return [{ type: 'command', label, command: { type: 'move' } }];
}

function deriveStart({ connection }: UiSnapshot): TrayMenuEntry[] {
  if (connection.startable !== true) return [];
  return [{ type: 'command', label: labelStart(connection), command: { type: 'startNode' } }];
}

function deriveRecovery({ recoverable }: TrayConditions): TrayMenuEntry[] {
  if (!recoverable) return [];
  return [{ type: 'command', label: 'What can be done …', command: { type: 'recoverNode' } }];
}

function derivePause(ui: UiSnapshot, nowMs: number): TrayMenuEntry[] {
  if (!ui.desktop.notifications) return [];
  const untilMs = ui.desktop.notificationsPausedUntilMs;
  if (untilMs === null || untilMs <= nowMs) {
    const command = { type: 'pauseNotifications', minutes: 60 } as const;
    return [{ type: 'command', label: 'Pause notifications for 1 h', command }];
  }
  const label = `Resume notifications (paused until ${formatTimeOfDay(untilMs)})`;
  return [{ type: 'command', label, command: { type: 'pauseNotifications', minutes: 0 } }];
}

function deriveQuitLabel(ui: UiSnapshot): string {
  if (ui.connection.mode === 'attached') {
    // The server that was started with the system goes on as it is: whatever that is.
    return isServing(ui) ? 'Quit Understudy (licences are still served)' : 'Quit Understudy';
  }
  const plan = planQuit(ui);
  if (!plan) return 'Quit Understudy';
  const { stops, kept, successor } = plan;
  const seats = stops.unitsInUse > 0 ? `, ${countOf(stops.unitsInUse, 'seat')} in use` : '';
  if (stops.licenses > 0) {
    return `Quit Understudy (stops ${countOf(stops.licenses, 'licence')}${seats}) …`;
  }
  if (successor === null) return 'Quit Understudy (ends protection) …';
  return `Quit Understudy (${successor} takes over ${countOf(kept.licenses, 'licence')}) …`;
}

function shorten(text: string, lengthMax: number): string {
  return text.length <= lengthMax ? text : `${text.slice(0, lengthMax - 1).trimEnd()}…`;
}
