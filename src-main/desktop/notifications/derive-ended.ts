import type { NodeSnapshot } from '../../../src-shared/model/node-snapshot.ts';
import {
  findFailovers,
  findUnsynchronised,
  nameServer,
  protectedLedgers,
} from '../../../src-shared/view/protection.ts';
import { primaryOf } from '../../../src-shared/model/ledger-config.ts';
import { failoverWorks } from '../../../src-shared/view/relationship-words.ts';
import { servingWords } from '../../../src-shared/view/serving-words.ts';
import type { NotificationView } from './notification-view.ts';

/** What to tell of the causes that were told and have ended (`endedKeys`): what is true of them now. */
export function deriveEnded(node: NodeSnapshot, endedKeys: readonly string[]): NotificationView[] {
  const views = [
    ...(endedKeys.some(isOutage) ? [describeServingAgain(node)] : []),
    ...endedKeys.map((key) => deriveEnd(node, key)),
  ];
  return views.filter((view) => view !== null);
}

/** That this server serves nobody, for whatever reason. */
export function isOutage(key: string): boolean {
  return key === 'node:away' || key.startsWith('serving:');
}

/** The end of every outage. */
function describeServingAgain(node: NodeSnapshot): NotificationView | null {
  const { server, serving } = node;
  if (serving.state === 'serving') {
    const body = `${server.name} grants new seats again.`;
    return { title: `${servingWords.serving} again`, body, severity: 'info', tab: 'overview' };
  }
  if (serving.state !== 'standby') return null;
  // Where another server serves in its place, the notification of that says all that there is.
  if (findFailovers(node).some(({ primary }) => primary === server.id)) return null;
  const body = `${server.name} is ready to take over again.`;
  return { title: `${servingWords.standby} again`, body, severity: 'info', tab: 'overview' };
}

function deriveEnd(node: NodeSnapshot, key: string): NotificationView | null {
  const [cause, id = ''] = key.split(':');
  switch (cause) {
    case 'unsynchronised':
      return describeSynchronised(node, id);
    case 'readiness':
      return describeReady(node, id);
    case 'overdraft':
      return describeOverdraftEnd(node, id);
    default:
      return null;
  }
}

/** Null when a failover began meanwhile: that has a notification of its own. */
function describeSynchronised(node: NodeSnapshot, id: string): NotificationView | null {
  const member = protectedLedgers(node).some(({ members }) => members.includes(id));
  const failedOver = findFailovers(node).some(
    ({ primary, active }) => primary === id || active === id,
  );
  if (!member || failedOver || findUnsynchronised(node).includes(id)) return null;
  const { ready, reasons } = node.readiness;
  return {
    title: `${nameServer(node, id)} is synchronised again`,
    body: ready ? `${failoverWorks}.` : reasons.map(({ message }) => message).join(' '),
    severity: 'info',
    tab: 'overview',
  };
}

function describeReady({ relationships }: NodeSnapshot, id: string): NotificationView | null {
  const relationship = relationships.find((one) => one.id === id);
  if (!relationship?.readiness.ready) return null;
  return {
    title: 'A failover would work again',
    body: 'Nothing stands in the way of a failover any more.',
    severity: 'info',
    tab: 'overview',
  };
}

function describeOverdraftEnd(node: NodeSnapshot, ledgerId: string): NotificationView | null {
  const ledger = node.ledgers.find(({ id }) => id === ledgerId);
  if (!ledger || ledger.overdraft !== null) return null;
  return {
    title: 'No more seats are in use than licensed',
    body: `${nameServer(node, primaryOf(ledger))} grants new seats again.`,
    severity: 'info',
    tab: 'licences',
  };
}
