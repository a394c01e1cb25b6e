import { clockDifferenceMsMax } from '../model/clock-difference.ts';
import type { NodeSnapshot } from '../model/node-snapshot.ts';
import { describeSpan } from './describe-span.ts';
import { nameServer } from './protection.ts';

/** Two servers whose clocks are so far apart that they do not synchronise, which is which, and the way out. */
export function describeApart(name: string, differenceMs: number, ownName: string): string {
  const how = differenceMs > 0 ? 'ahead of' : 'behind';
  const span = describeSpan(Math.abs(differenceMs));
  return (
    `The clock of ${name} is ${span} ${how} that of ${ownName}: the two do not synchronise until ` +
    'the wrong one is set right.'
  );
}

/** The same of another server, where that is so; undefined: it is not. */
export function describeClocksApart(node: NodeSnapshot, id: string): string | undefined {
  const member = node.relationship?.members.find((one) => one.id === id);
  const differenceMs = member?.clockDifferenceMs ?? 0;
  if (Math.abs(differenceMs) <= clockDifferenceMsMax) return undefined;
  return describeApart(nameServer(node, id), differenceMs, node.server.name);
}
