import { describe, expect, it } from 'vitest';
import { rank } from '../../../src-main/node/core/rows/row.ts';
import type { ImagePart, StoreWrite } from '../../../src-main/node/store/store.ts';
import {
  leaseIdOf,
  makeMeta,
  makeSession,
  makeStoredReplica,
  nowMs,
} from '../../support/records.ts';
import { ledgerId, type LedgerStore, openWithLedger, readLedger } from '../../support/store.ts';
import {
  configRow,
  earlier,
  makeSpellRow,
  put,
  session,
  spell,
  usageOf,
  writeRows,
} from './row-builders.ts';

const own = earlier;
const ownRow = makeSpellRow({ id: own, number: 2, usage: 2 });
const created: StoreWrite = { type: 'createLedger', stored: makeStoredReplica() };

/**
 * This server was taken out after it had recorded the ends of two sessions that nobody else heard of, and
 * is called again.
 */
async function callAgain(): Promise<LedgerStore> {
  const ledger = await openWithLedger();
  await writeRows(
    ledger,
    put(configRow),
    session(1, own, rank.returned, { user: 'own' }),
    session(2, own, 1, { user: 'own', end: 'expired', leaseId: leaseIdOf(2) }),
    put(ownRow),
  );
  await ledger.write({ type: 'dropLedger', takenOutIn: 7 }, created);
  return ledger;
}

const usersIn = async (ledger: LedgerStore) => (await usageOf(ledger)).map(({ user }) => user);

describe('what a server recorded alone before it was taken out', () => {
  it('makes way for the end of the same session in the ledger, and stays otherwise', async () => {
    const ledger = await callAgain();
    const gaps = [{ spell, kind: 'usage', from: 1, to: 1 }] as const;
    const rows = [put(configRow), put(makeSpellRow({ usage: 1 }))];
    await ledger.write({ type: 'rows', changes: rows, gaps });
    const [gap] = await ledger.store.gaps();
    const end = makeSession(1, { leaseId: leaseIdOf(1), end: 'expired', user: 'ledger' });
    const docs = [JSON.stringify({ ...end, rank: 1 })];
    await ledger.store.fillHistory({ gap: gap?.id ?? 0, docs, from: 1, upTo: 1 });
    expect(await usersIn(ledger)).toEqual(['own', 'ledger']);
    expect(await usageOf(ledger)).toMatchObject([{ leaseId: leaseIdOf(2) }, { end: 'expired' }]);
    // A member that has lost it gets it back from here.
    const query = { ledger: ledgerId, spell, kind: 'usage', after: 0, upTo: 1, limit: 9 } as const;
    expect(await ledger.store.readHistory(query)).toMatchObject({ docs, upTo: 1 });
  });

  it('is of the ledger again when another member had its spell', async () => {
    const ledger = await callAgain();
    await writeRows(ledger, put(configRow), put(ownRow), put(makeSpellRow({ usage: 1 })));
    await writeRows(ledger, session(1, spell, 1, { user: 'ledger' }));
    expect(await usersIn(ledger)).toEqual(['own', 'own']);
  });

  it('is of the ledger only as far as the other member had its spell', async () => {
    const ledger = await callAgain();
    const heard = put({ ...ownRow, usage: 0 });
    await writeRows(ledger, put(configRow), heard, put(makeSpellRow({ usage: 1 })));
    await writeRows(ledger, session(1, spell, 1, { user: 'ledger' }));
    expect(await usersIn(ledger)).toEqual(['own', 'ledger']);
  });

  it('is of the ledger from the write on that brings its spell', async () => {
    const ledger = await callAgain();
    const end = session(1, spell, 1, { user: 'ledger' });
    await writeRows(ledger, put(configRow), put(ownRow), end, put(makeSpellRow({ usage: 1 })));
    expect(await usersIn(ledger)).toEqual(['own', 'own']);
  });

  it('ends no lease where the ledger is kept as a log by now', async () => {
    const ledger = await callAgain();
    const meta = makeMeta({ wallHighMs: nowMs });
    await ledger.append({ type: 'meta', before: meta, after: meta });
    expect((await readLedger(ledger.store)).ledger.ended).toEqual([]);
    const parts: ImagePart[] = [];
    for await (const part of ledger.store.readImage(ledgerId)) parts.push(part);
    expect(parts.some((part) => part.type === 'page' && part.list === 'ended')).toBe(false);
    // A spell that the ledger did have is another matter.
    const image = { position: { index: 9, term: { number: 9, member: 'm' } } };
    const stored = { ...makeStoredReplica().ledger, meta, rows: [ownRow] };
    const write = { type: 'image', image: { ...image, ledger: stored } } as const;
    await ledger.write({ ...write, usageAfter: 0, eventsAfter: 0 });
    expect((await readLedger(ledger.store)).ledger.ended).toMatchObject([
      { leaseId: leaseIdOf(1) },
    ]);
  });
});
