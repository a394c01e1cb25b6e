import type { LedgerConfig } from '../../../src-shared/model/ledger-config.ts';

/** Every other server that takes part in a ledger. */
export function othersOf({ membership }: LedgerConfig, self: string): string[] {
  const { members, witness } = membership;
  const all = witness === null ? members : [...members, witness];
  return all.filter((id) => id !== self);
}

/** Whether a server keeps a ledger together with this one; a witness does not. */
export function isOtherMember({ membership }: LedgerConfig, id: string, self: string): boolean {
  return id !== self && membership.members.includes(id);
}
