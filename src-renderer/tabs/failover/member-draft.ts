import type { MemberChange } from '../../../src-shared/contract/relationship-plan.ts';
import { ledgerMembersMax } from '../../../src-shared/model/ledger-config.ts';
import type { RelationshipStatus } from '../../../src-shared/model/relationship.ts';

export type ChangeKind = MemberChange['change'];

/** What an admin has chosen of a change of members. */
export interface MemberDraft {
  change: ChangeKind;
  /** Who goes, or is replaced; empty: not chosen. */
  server: string;
  /** Who comes; empty: not chosen. */
  by: string;
  order: readonly string[];
}

export const wordsOfChange: Record<ChangeKind, string> = {
  replace: 'Replace a server by another one',
  add: 'Add a server',
  remove: 'Take a server out',
  order: 'Change the order in which they serve',
};

type Shape = Pick<RelationshipStatus, 'kind' | 'mutual' | 'members'>;

/** What can be changed of a relationship of this kind. */
export function changesOf({ kind, mutual, members }: Shape): ChangeKind[] {
  if (mutual) return ['replace'];
  switch (kind) {
    case 'backup':
      return ['replace', 'add', 'order'];
    case 'triad':
      return ['replace', 'remove', 'order'];
    case 'pool':
      return [
        'replace',
        ...(members.length < ledgerMembersMax ? (['add'] as const) : []),
        ...(members.length > 2 ? (['remove'] as const) : []),
        'order',
      ];
  }
}

export function startDraft(relationship: Shape): MemberDraft {
  return { change: 'replace', server: '', by: '', order: orderOf(relationship) };
}

function orderOf({ members }: Shape): string[] {
  return members.filter(({ role }) => role !== 'witness').map(({ id }) => id);
}

export function isComplete(
  { change, server, by, order }: MemberDraft,
  relationship: Shape,
): boolean {
  switch (change) {
    case 'replace':
      return server !== '' && by !== '';
    case 'add':
      return by !== '';
    case 'remove':
      return server !== '';
    case 'order':
      return order.join() !== orderOf(relationship).join();
  }
}

export function changeOf({ change, server, by, order }: MemberDraft): MemberChange {
  switch (change) {
    case 'replace':
      return { change, server, by };
    case 'add':
      return { change, server: by };
    case 'remove':
      return { change, server };
    case 'order':
      return { change, servers: [...order] };
  }
}
