/** Identifier of a member of a ledger: the id of a server. */
export type MemberId = string;
