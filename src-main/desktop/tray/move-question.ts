import type { MessageBoxOptions } from 'electron';
import type { NodeSnapshot } from '../../../src-shared/model/node-snapshot.ts';
import type { SwitchoverResult } from '../../../src-shared/model/relationship.ts';
import { countOf } from '../../../src-shared/view/count-of.ts';
import {
  describeLeftBehind,
  describeMoved,
  moveWords,
  nameTaker,
  sensibleMove,
  summariseMoves,
  type Move,
} from '../../../src-shared/view/moves.ts';
import type { NotificationView } from '../notifications/derive-notifications.ts';

/** What to ask before the tray orders a switchover or a failback; null when neither makes sense. */
export function deriveMoveQuestion(node: NodeSnapshot): MessageBoxOptions | null {
  const move = sensibleMove(node);
  if (!move) return null;
  const { verb } = moveWords[move.kind];
  const own = move.kind === 'failback' ? ' again' : '';
  return {
    type: 'question',
    title: verb,
    message: `${nameTaker(node, move)} serves ${describeMoved(node, move, countOf)}${own}.`,
    detail:
      'Every seat is kept. Applications that ask while it happens wait for a moment and are ' +
      `answered by the other server.${describeLeft(node, move)}`,
    buttons: [verb, 'Cancel'],
    defaultId: 0,
    cancelId: 1,
    noLink: true,
  };
}

function describeLeft(node: NodeSnapshot, move: Move): string {
  const left = describeLeftBehind(node, move);
  return left === '' ? '' : ` ${left}`;
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
