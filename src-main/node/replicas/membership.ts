import { type LedgerConfig, participants } from '../../../src-shared/model/ledger-config.ts';

/** Every other server that takes part in a ledger. */
export function othersOf({ membership }: LedgerConfig, self: string): string[] {
  return participants(membership).filter((id) => id !== self);
}

/** Whether a server keeps a ledger together with this one; a witness does not. */
export function isOtherMember({ membership }: LedgerConfig, id: string, self: string): boolean {
  return id !== self && membership.members.includes(id);
}
