import type { NodeSnapshot } from '../model/node-snapshot.ts';

/**
 * A snapshot as it would be if the server were in this one of its relationships only, or in none when it
 * has ended: what is said of one relationship is said of each of several by that.
 */
export function inRelationship(node: NodeSnapshot, relationshipId: string): NodeSnapshot {
  const relationship = node.relationships.find(({ id }) => id === relationshipId) ?? null;
  if (relationship && node.relationships.length === 1) return node;
  const others = new Set(
    node.relationships.filter((one) => one !== relationship).flatMap(({ ledgers }) => ledgers),
  );
  return {
    ...node,
    relationship,
    relationships: relationship ? [relationship] : [],
    readiness: relationship?.readiness ?? node.readiness,
    ledgers: node.ledgers.filter(({ id }) => !others.has(id)),
  };
}

/** The server as it is in each of its relationships; empty when it is in none. */
export function inEachRelationship(node: NodeSnapshot): NodeSnapshot[] {
  return node.relationships.map(({ id }) => inRelationship(node, id));
}
