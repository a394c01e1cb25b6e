import type { LedgerConfig, Membership } from '../../src-shared/model/ledger-config.ts';

/**
 * The next step from a membership to another, as the relationship service of the active takes it: one
 * member at a time, and another rule only while one server is alone. Null: it is reached, or the
 * active must first give its place to a member that stays, or one that only leaves for the change of
 * the rule is not in sync and could have served alone.
 */
export function nextStep(
  now: Membership,
  goal: Membership,
  active: string,
  synchronised: readonly string[],
): Membership | null {
  if (same(now, goal)) return null;
  if (now.rule !== goal.rule) {
    if (now.witness !== null) return { ...now, witness: null };
    const other = now.members.findLast((id) => id !== active);
    if (other !== undefined && !synchronised.includes(other)) return null;
    if (other !== undefined) return without(now, other);
    return { ...now, rule: goal.rule };
  }
  if (now.witness !== null && now.witness !== goal.witness) return { ...now, witness: null };
  const leaves = now.members.find((id) => !goal.members.includes(id) && id !== active);
  if (leaves !== undefined) return without(now, leaves);
  const comes = goal.members.find((id) => !now.members.includes(id));
  if (comes !== undefined) return { ...now, members: [...now.members, comes] };
  if (now.witness !== goal.witness) return { ...now, witness: goal.witness };
  return now.members.length === goal.members.length ? { ...now, members: goal.members } : null;
}

function without(now: Membership, id: string): Membership {
  return { ...now, members: now.members.filter((one) => one !== id) };
}

export function same(a: Membership, b: Membership): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

function sorted({ members, witness, rule }: Membership) {
  return { members, witness, rule };
}

/** A configuration with the next number. */
export function stepTo(config: LedgerConfig, change: Partial<LedgerConfig>): LedgerConfig {
  return { ...config, ...change, version: config.version + 1 };
}
