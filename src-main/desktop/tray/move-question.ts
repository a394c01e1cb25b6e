import type { MessageBoxOptions } from 'electron';
import type { SwitchoverResult } from '../../../src-shared/model/relationship.ts';
import { countOf } from '../../../src-shared/model/count-of.ts';
import type { NodeSnapshot } from '../../../src-shared/model/node-snapshot.ts';
import {
  countCovered,
  describeLeftBehind,
  nameServer,
  sensibleMove,
  type Move,
} from '../../../src-shared/model/protection.ts';
import type { NotificationView } from '../notifications/derive-notifications.ts';

/** What to ask before the tray orders a switchover or a failback; null when neither makes sense. */
export function deriveMoveQuestion(node: NodeSnapshot): MessageBoxOptions | null {
  const move = sensibleMove(node);
  if (!move) return null;
  const { licenses, unitsInUse } = countCovered(node, move.ledgers);
  const to = move.to === null ? 'Each server' : nameServer(node, move.to);
  const own = move.kind === 'failback' ? ' again' : '';
  const seats = `${countOf(licenses, 'licence')} with ${countOf(unitsInUse, 'seat')} in use`;
  return {
    type: 'question',
    title: move.kind === 'failback' ? 'Fail back' : 'Switch over',
    message: `${to} serves ${seats}${own}.`,
    detail:
      'Every seat is kept. Applications that ask while it happens wait for a moment and are ' +
      `answered by the other server.${describeLeft(node, move)}`,
    buttons: [move.kind === 'failback' ? 'Fail back' : 'Switch over', 'Cancel'],
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
export function describeMoves({ moves }: SwitchoverResult): NotificationView {
  const first = moves[0];
  const licenses = moves.reduce((sum, move) => sum + move.licenses, 0);
  const leases = moves.reduce((sum, move) => sum + move.leases, 0);
  const tookMs = Math.max(0, ...moves.map((move) => Math.round(move.tookMs)));
  const servers = [...new Set(moves.map(({ to }) => to.name))].join(' and ');
  return {
    title: first ? `${servers} ${moves.length > 1 ? 'serve' : 'serves'} now` : 'Nothing was moved',
    body: first
      ? `${countOf(licenses, 'licence')} and ${countOf(leases, 'lease')} moved in ${tookMs} ms.`
      : 'Every licence is served where it should be already.',
    severity: 'info',
    tab: 'overview',
  };
}

/** Why a move that the tray ordered was not done. */
export function describeRefusedMove(
  { title }: MessageBoxOptions,
  { message }: { message: string },
): NotificationView {
  return { title: `${title}: not done`, body: message, severity: 'error', tab: 'overview' };
}
