import { countOf } from '../../../src-shared/view/count-of.ts';
import type { NodeSnapshot } from '../../../src-shared/model/node-snapshot.ts';
import {
  countCovered,
  findFailovers,
  findUnsynchronised,
  nameServer,
  protectedLedgers,
} from '../../../src-shared/view/protection.ts';
import { primaryOf } from '../../../src-shared/model/ledger-config.ts';
import type { NotificationView } from './derive-notifications.ts';

/** Ends that are told of causes that were told: those of `endedKeys`, where it is true now. */
export function deriveEnded(node: NodeSnapshot, endedKeys: readonly string[]): NotificationView[] {
  const views = [
    ...(endedKeys.some(isOutage) ? [describeServingAgain(node)] : []),
    ...endedKeys.map((key) => deriveEnd(node, key)),
  ];
  return views.filter((view) => view !== null);
}

function isOutage(key: string): boolean {
  return key === 'node:away' || key.startsWith('serving:');
}

/** Once nothing of the kind is left. */
function describeServingAgain({ server, serving }: NodeSnapshot): NotificationView | null {
  if (serving.state === 'serving') {
    const body = `${server.name} grants new seats again.`;
    return { title: 'Serving licences again', body, severity: 'info', tab: 'overview' };
  }
  if (serving.state !== 'standby') return null;
  const body = `${server.name} is there to take over again.`;
  return { title: 'Standing by again', body, severity: 'info', tab: 'overview' };
}

function deriveEnd(node: NodeSnapshot, key: string): NotificationView | null {
  const [cause, id = ''] = key.split(':');
  switch (cause) {
    case 'failover':
      return describeFailoverEnd(node, id);
    case 'unsynchronised':
      return describeSynchronised(node, id);
    case 'readiness':
      return describeReady(node);
    case 'overdraft':
      return describeOverdraftEnd(node, id);
    default:
      return null;
  }
}

/** Whether it is open who serves after a failover: between one active and the next there is none. */
export function awaitsActive(node: NodeSnapshot, key: string): boolean {
  const [cause, primary = ''] = key.split(':');
  if (cause !== 'failover') return false;
  return ledgersOf(node, primary).some(({ active }) => active === null);
}

const ledgersOf = (node: NodeSnapshot, primary: string) =>
  protectedLedgers(node).filter((ledger) => primaryOf(ledger) === primary);

/** The primary serves again; not when the relationship was dissolved meanwhile. */
function describeFailoverEnd(node: NodeSnapshot, primary: string): NotificationView | null {
  const ledgers = ledgersOf(node, primary);
  const back = ledgers.length > 0 && ledgers.every(({ active }) => active === primary);
  if (!back) return null;
  const { licenses, unitsInUse } = countCovered(node, ledgers);
  return {
    title: `${nameServer(node, primary)} is serving again`,
    body: `It took over ${countOf(licenses, 'licence')}, ${countOf(unitsInUse, 'seat')} kept.`,
    severity: 'info',
    tab: 'overview',
  };
}

/** Not when a failover began instead, which is told by itself. */
function describeSynchronised(node: NodeSnapshot, id: string): NotificationView | null {
  const member = protectedLedgers(node).some(({ members }) => members.includes(id));
  const failedOver = findFailovers(node).some(
    ({ primary, active }) => primary === id || active === id,
  );
  if (!member || failedOver || findUnsynchronised(node).includes(id)) return null;
  const { ready, reasons } = node.readiness;
  return {
    title: `${nameServer(node, id)} is synchronised again`,
    body: ready ? 'A failover would work now.' : reasons.map(({ message }) => message).join(' '),
    severity: 'info',
    tab: 'overview',
  };
}

function describeReady({ readiness, relationship }: NodeSnapshot): NotificationView | null {
  if (!relationship || !readiness.ready) return null;
  return {
    title: 'A failover would work again',
    body: 'What was in its way is over.',
    severity: 'info',
    tab: 'overview',
  };
}

function describeOverdraftEnd(node: NodeSnapshot, ledgerId: string): NotificationView | null {
  const ledger = node.ledgers.find(({ id }) => id === ledgerId);
  if (!ledger || ledger.overdraft !== null) return null;
  return {
    title: 'No more seats are out than licensed',
    body: `${nameServer(node, primaryOf(ledger))} grants new seats again.`,
    severity: 'info',
    tab: 'licences',
  };
}
