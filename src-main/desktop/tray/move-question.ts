import type { MessageBoxOptions } from 'electron';
import type { NodeSnapshot } from '../../../src-shared/model/node-snapshot.ts';
import type { SwitchoverResult } from '../../../src-shared/model/relationship.ts';
import {
  describePlan,
  moveWords,
  sensibleMove,
  summariseMoves,
} from '../../../src-shared/view/moves.ts';
import type { NotificationView } from '../notifications/notification-view.ts';

/** What to ask before the tray orders a switchover or a failback; null when neither makes sense. */
export function deriveMoveQuestion(node: NodeSnapshot): MessageBoxOptions | null {
  const move = sensibleMove(node);
  if (!move) return null;
  const { verb } = moveWords[move.kind];
  const { what, kept, until, left } = describePlan(node, move);
  return {
    type: 'question',
    title: verb,
    message: what,
    detail: [kept, until, left].filter((text) => text !== '').join(' '),
    buttons: [verb, 'Cancel'],
    defaultId: 0,
    cancelId: 1,
    noLink: true,
  };
}

/** What a move that the tray ordered did. */
export function notifyMoved(result: SwitchoverResult): NotificationView {
  return { ...summariseMoves(result), severity: 'info', tab: 'overview' };
}

/** Why a move that the tray ordered was not done. */
export function notifyRefusedMove(
  { title }: MessageBoxOptions,
  { message }: { message: string },
): NotificationView {
  return { title: `${title}: not done`, body: message, severity: 'error', tab: 'overview' };
}
