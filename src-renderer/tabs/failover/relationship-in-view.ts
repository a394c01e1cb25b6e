import { useEffect } from 'react';
import { oneMore, showRelationship, useShownRelationship } from '../../base/chosen-relationship.ts';
import { useJob } from '../../base/jobs.ts';
import { isAwaitingConsent } from '../../features/setup/describe-check.ts';
import { useNode } from '../../base/snapshot-store.ts';

/**
 * The relationship that the tab is about: the chosen one, else the first; null: none, or the way to one
 * more. What was just created is chosen.
 */
export function useRelationshipInView(): string | null {
  const shown = useShownRelationship();
  const relationships = useNode((node) => node.relationships);
  const created = useCreated();
  const { state } = useJob('relationship.create');
  // What waits for the admin of another server goes on without the wizard.
  const isAsked = state.kind === 'ended' && isAwaitingConsent(state.answer);
  const isAtWork = state.kind !== 'none' && !isAsked;
  useEffect(() => {
    if (created !== null) showRelationship(created);
  }, [created]);
  // A wizard that is at work stays until it has said what came of it.
  if (created === null && (shown === oneMore || isAtWork)) return null;
  const known = relationships.find(({ id }) => id === (created ?? shown)) ?? relationships[0];
  return known?.id ?? null;
}

/** What the wizard has set up, until the admin has read it; null: nothing. */
export function useCreated(): string | null {
  const { state } = useJob('relationship.create');
  return state.kind === 'ended' && state.answer.ok ? state.answer.value.relationship.id : null;
}
