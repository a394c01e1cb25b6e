import { participants } from '../../../src-shared/model/ledger-config.ts';
import { countWith } from '../../../src-shared/view/count-of.ts';
import { joinNames } from '../../../src-shared/view/join-names.ts';
import { numberInWords } from '../../../src-shared/view/relationship-words.ts';
import type { HostedReplica } from '../replicas/hosted-replica.ts';
import type { Candidates } from './candidates.ts';
import { describeLicenses, type OwnRelationship } from './shared-ledgers.ts';

// What it would mean that several servers are lost at once, as things are now.

/**
 * How many must fail together until nobody serves a ledger. Empty: one is enough, which is told elsewhere, or
 * it goes without saying, of two that protect each other.
 */
export function describeMostLost(replica: HostedReplica, candidates: Candidates): string[] {
  const { config, active, synchronised, quorumMargin } = replica.view();
  const { membership } = config;
  if (active === null) return [];
  const of = describeLicenses(config, candidates);
  const isLeft = (id: string) => id === candidates.ownId || candidates.get(id).connected;
  if (membership.rule === 'majority') {
    const spare = quorumMargin ?? 0;
    if (spare < 1) return [];
    const left = participants(membership).filter(isLeft);
    return [describeEnd(left, spare + 1, of, candidates)];
  }
  const able = membership.members.filter((id) => synchronised.includes(id) && isLeft(id));
  return able.length < 3 ? [] : [describeEnd(able, able.length, of, candidates)];
}

/** `count` of these servers are too many to lose. */
function describeEnd(
  servers: readonly string[],
  count: number,
  of: string,
  candidates: Candidates,
): string {
  const names = servers.map((id) => candidates.nameOf(id));
  const who =
    count === names.length
      ? joinNames(names)
      : `${countWith(numberInWords)(count, 'server')} of ${joinNames(names)}`;
  return `If ${who} fail at once, nobody serves ${of}.`;
}

/** A server that stands in for the primaries of several relationships. */
export function describeShared(all: readonly OwnRelationship[], candidates: Candidates): string[] {
  const primariesBy = new Map<string, Set<string>>();
  for (const replica of all.flatMap(({ replicas }) => replicas)) {
    const [primary = '', ...standbys] = replica.view().config.membership.members;
    for (const id of standbys) {
      primariesBy.set(id, (primariesBy.get(id) ?? new Set()).add(primary));
    }
  }
  return [...primariesBy].flatMap(([standby, primaries]) => {
    if (primaries.size < 2) return [];
    const names = joinNames([...primaries].map((id) => candidates.nameOf(id)));
    const here = candidates.nameOf(standby);
    const every = primaries.size === 2 ? 'both' : 'all of them';
    return [
      `${here} stands in for ${names}: if ${every} fail at once, ${here} serves the licences of ${every}, ` +
        `each with its own seats and no more. While it does, ${here} is their only server.`,
    ];
  });
}
