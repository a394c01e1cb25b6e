import type { Preview } from '../../../src-shared/model/relationship.ts';

/** Leases of one holder of one feature that could not be renewed for one reason. */
export interface DeniedHolder {
  /** “anna on pc-1, cad”. */
  holder: string;
  leases: number;
  reason: string;
}

/** Each holder once, in the order in which they are named first. */
export function groupDenied(denied: Preview['denied']): DeniedHolder[] {
  const groups = new Map<string, DeniedHolder>();
  for (const { user, host, feature, reason } of denied) {
    const holder = `${user} on ${host}, ${feature}`;
    const key = JSON.stringify([user, host, feature, reason]);
    const known = groups.get(key);
    if (known) known.leases += 1;
    else groups.set(key, { holder, leases: 1, reason });
  }
  return [...groups.values()];
}
