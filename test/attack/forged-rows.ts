import { randomUUID } from 'node:crypto';
import { rank, spellIdOf } from '../../src-main/node/core/rows/row.ts';
import { soloConfig } from '../../src-shared/model/ledger-config.ts';
import { makeLease } from '../support/records.ts';

const boot = 'ab'.repeat(8);
const number = 30;

/** The row of a lease that has ended, as a member can write as many as it likes. */
export function endRow(write: number): object {
  return {
    kind: 'lease',
    id: randomUUID(),
    by: spellIdOf(number, boot),
    write,
    rank: rank.returned,
    stampMs: Date.now(),
    licenseId: '',
    instance: '',
    borrowUntilMs: null,
    lease: null,
  };
}

/** A write of rows in a term of the member's own. */
export function rowMessage(member: string, rows: object[]): object {
  return {
    type: 'rows',
    term: { number, member, boot },
    configVersion: 9,
    number: 1,
    rows,
    history: [],
    root: '0'.repeat(16),
    commitIndex: 0,
    markMs: 0,
  };
}

/** The beginning of an image of a ledger that has nothing but leases. */
export function imageHead(member: string): object {
  const ledger = { meta: null, config: soloConfig(member), licenses: [], vendors: [], ended: [] };
  return { position: { index: 0, term: { number: 0, member: '' } }, ledger };
}

export function leaseOfImage(): object {
  return makeLease(1);
}
