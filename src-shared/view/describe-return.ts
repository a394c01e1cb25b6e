import type { NodeSnapshot } from '../model/node-snapshot.ts';
import { countOf } from './count-of.ts';
import { describeClocksApart } from './describe-clocks-apart.ts';
import { describeSpan } from './describe-span.ts';
import { isConnected, nameServer, type Failover } from './protection.ts';

/** Longer than a link takes to find out that the other server hangs, in ms. */
const hangingToleratedMs = 10_000;

/**
 * Whether the server that failed is back. One that hangs keeps its connection open for some seconds:
 * right after a takeover only one that has everything counts as back.
 */
export function isBack(node: NodeSnapshot, { primary, ledgers }: Failover): boolean {
  if (primary === node.server.id) return true;
  if (!isConnected(node, primary)) return false;
  const atMs = Date.parse(node.at);
  return ledgers.every(
    ({ synchronised, activeSince }) =>
      synchronised.includes(primary) ||
      activeSince === null ||
      atMs - Date.parse(activeSince) >= hangingToleratedMs,
  );
}

/** When a server takes its licences back, what that waits for, and how it is done at once. */
export function describeReturn(node: NodeSnapshot, failover: Failover): string {
  const { primary, active, planned, ledgers } = failover;
  if (planned) return 'An admin switched over: fail back when it is time.';
  const name = nameServer(node, primary);
  if (node.servers.some(({ id, pairing }) => id === primary && pairing === 'ended'))
    return `${name} takes its licences back when the two are paired again.`;
  const back = isBack(node, failover);
  const ready = back && ledgers.every(({ synchronised }) => synchronised.includes(primary));
  const apart = describeClocksApart(node, primary === node.server.id ? active : primary);
  if (apart !== undefined && !ready)
    return `${apart} ${nameServer(node, active)} serves meanwhile.`;
  if (node.relationship?.settings.reclaim === 'manual') {
    return ready
      ? `${name} is back and synchronised: fail back when it is time.`
      : `Fail back when ${back ? `${name} is` : `${name} is back and`} synchronised.`;
  }
  const when = ready ? describeCountdown(node, failover) : describeWait(node, failover, back);
  return [when, describeDoubled(node, failover), ready ? 'To do it at once, fail back.' : '']
    .filter((sentence) => sentence !== '')
    .join(' ');
}

function describeWait(node: NodeSnapshot, failover: Failover, back: boolean): string {
  const name = nameServer(node, failover.primary);
  const until = `as soon as it has been synchronised${describeFor(waitMsOf(node, failover))}`;
  const hours = describeHours(node);
  if (back) return `${name} is back and catching up: it takes its licences back ${until}${hours}.`;
  return `${name} takes its licences back automatically: it has to return first, and to be synchronised${describeFor(waitMsOf(node, failover))}${hours}.`;
}

function describeFor(waitMs: number): string {
  return waitMs < 1_000 ? '' : ` for ${describeSpan(waitMs)}`;
}

function describeHours(node: NodeSnapshot): string {
  const reclaim = node.relationship?.settings.reclaim ?? 'automatic';
  return reclaim === 'automatic' ? '' : `, between ${reclaim.replace('-', ' and ')}`;
}

function describeCountdown(node: NodeSnapshot, failover: Failover): string {
  const name = nameServer(node, failover.primary);
  const leftMs = failover.ledgers.map(({ reclaim }) => reclaim?.leftMs ?? null);
  const hours = describeHours(node);
  const known = leftMs.filter((ms) => ms !== null);
  if (known.length < leftMs.length) {
    const wait = describeFor(waitMsOf(node, failover));
    return `${name} is synchronised: it takes its licences back when it has been so${wait}${hours}.`;
  }
  const left = Math.max(...known);
  if (hours !== '') return `${name} takes its licences back${hours.slice(1)}.`;
  return `${name} takes its licences back ${left < 500 ? 'now' : `in ${describeSpan(left)}`}.`;
}

function waitMsOf(node: NodeSnapshot, { ledgers }: Failover): number {
  const settled = node.relationship?.settings.reclaimAfterMs ?? 0;
  return Math.max(...ledgers.map(({ reclaim }) => reclaim?.waitMs ?? settled));
}

/** Why the wait is longer than the one that is set. */
function describeDoubled(node: NodeSnapshot, failover: Failover): string {
  const { primary, ledgers } = failover;
  const settled = node.relationship?.settings.reclaimAfterMs ?? 0;
  const failures = Math.max(...ledgers.map(({ reclaim }) => reclaim?.failures ?? 0));
  const waitMs = waitMsOf(node, failover);
  if (failures < 2 || waitMs <= settled) return '';
  return (
    `The wait was ${describeSpan(settled)} and is ${describeSpan(waitMs)} now, since ` +
    `${nameServer(node, primary)} has failed ${countOf(failures, 'time')} lately.`
  );
}
