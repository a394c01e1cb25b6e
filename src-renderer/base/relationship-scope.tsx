import { createContext, use, type ReactNode } from 'react';

const ScopeContext = createContext<string | null>(null);

/** What is below is about one relationship: it sees the node as if it were in that one only. */
export function RelationshipScope({ id, children }: { id: string; children: ReactNode }) {
  return <ScopeContext value={id}>{children}</ScopeContext>;
}

/** The id of the relationship that is meant; null: the node as it is. */
export function useRelationshipScope(): string | null {
  return use(ScopeContext);
}

/** The part of an order that says which relationship is meant; empty: any that there is. */
export function useOfRelationship(): { relationship?: string } {
  const id = useRelationshipScope();
  return id === null ? {} : { relationship: id };
}
