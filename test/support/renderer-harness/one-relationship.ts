import type { NodeSnapshot } from '../../../src-shared/model/node-snapshot.ts';

/** A snapshot of a server that is in the one relationship that it names, with all of its ledgers. */
export function inOneRelationship(node: NodeSnapshot): NodeSnapshot {
  if (!node.relationship) return { ...node, relationships: [] };
  const ledgers = node.ledgers.map(({ id }) => id);
  const relationship = { ...node.relationship, ledgers, readiness: node.readiness };
  return { ...node, relationship, relationships: [relationship] };
}
