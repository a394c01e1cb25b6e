import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src-main/node/core/ledger/change.ts';
import { logSpell, rank } from '../../../src-main/node/core/rows/row.ts';
import {
  leaseIdOf,
  makeDenial,
  makeEvent,
  makeSession,
  makeStoredLedger,
  nowMs,
  positionOf,
} from '../../support/records.ts';
import { ledgerId, openWithLedger } from '../../support/store.ts';
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

/** A ledger that has both spells, with what they recorded. */
async function openWithSpells() {
  const ledger = await openWithLedger();
  const rows = [makeSpellRow({ usage: 9 }), makeSpellRow({ id: earlier, number: 2, usage: 9 })];
  await writeRows(ledger, put(configRow), ...rows.map((row) => put(row)));
  return ledger;
}

describe('history of spells', () => {
  it('has numbers of its own in each', async () => {
    const ledger = await openWithLedger();
    const event = (of: string | undefined, message: string): Change => ({
      type: 'event',
      ...(of === undefined ? {} : { spell: of }),
      after: makeEvent(1, { message }),
    });
    await ledger.append(event(undefined, 'log'));
    await writeRows(ledger, put(configRow), event(earlier, 'earlier'), event(spell, 'now'));
    // The same once more alters nothing.
    expect((await writeRows(ledger, event(spell, 'now'))).events).toEqual([]);
    const found = await ledger.store.events({ search: '', afterSequence: 0, limit: 9 });
    expect(found.map(({ message, local }) => [message, local])).toEqual([
      ['log', 1],
      ['earlier', 2],
      ['now', 3],
    ]);
  });

  it.each([
    ['first', [0, 1]],
    ['last', [1, 0]],
  ])('keeps the end of a lease with the highest rank, also when it comes %s', async (_, order) => {
    const ledger = await openWithSpells();
    const ends = [session(1, spell, rank.returned), session(4, earlier, 1, { end: 'expired' })];
    for (const at of order) await writeRows(ledger, ...ends.slice(at, at + 1));
    expect(await usageOf(ledger)).toMatchObject([{ end: 'returned' }]);
  });

  it('goes by the later end of two of one rank, then by the later spell', async () => {
    const ledger = await openWithSpells();
    await writeRows(ledger, session(1, spell, 1, { user: 'early', endedAtMs: nowMs + 1 }));
    await writeRows(ledger, session(1, earlier, 1, { user: 'late', endedAtMs: nowMs + 2 }));
    expect(await usageOf(ledger)).toMatchObject([{ user: 'late' }]);
    await writeRows(ledger, session(2, spell, 1, { user: 'later', endedAtMs: nowMs + 2 }));
    await writeRows(ledger, session(2, earlier, 1, { user: 'no', endedAtMs: nowMs + 2 }));
    expect(await usageOf(ledger)).toMatchObject([{ user: 'later' }]);
  });

  it('takes the place of all ends in the time as a log', async () => {
    const ledger = await openWithLedger();
    const ends = [1, 2].map((sequence) => makeSession(sequence, { leaseId: leaseIdOf(1) }));
    await ledger.append(...ends.map((after) => ({ type: 'usage', after }) as const));
    expect(await usageOf(ledger)).toHaveLength(1);
    await writeRows(ledger, session(1, spell, rank.returned, { user: 'carl' }));
    expect(await usageOf(ledger)).toMatchObject([{ user: 'carl' }]);
  });

  it('leaves ends of other leases and refusals alone', async () => {
    const ledger = await openWithLedger();
    await writeRows(
      ledger,
      session(1, spell, 1),
      session(2, spell, rank.returned, { leaseId: leaseIdOf(2) }),
      { type: 'usage', spell, after: makeDenial(3) },
      { type: 'usage', spell, after: makeDenial(4) },
    );
    expect(await usageOf(ledger)).toHaveLength(4);
  });

  /** A spell that recorded four ends, of which the second is not here. */
  async function openWithGap() {
    const ledger = await openWithLedger();
    const ends = [1, 3, 4].map((number) =>
      session(number, spell, 1, { leaseId: leaseIdOf(number) }),
    );
    const gaps = [{ spell, kind: 'usage', from: 2, to: 2 }] as const;
    const changes = [put(configRow), ...ends, put(makeSpellRow({ usage: 4 }))];
    await ledger.write({ type: 'rows', changes, gaps });
    return ledger;
  }

  it('is handed on by spell, in pages, up to what is missing', async () => {
    const { store } = await openWithGap();
    const read = (after: number, limit = 9, of = spell) =>
      store.readHistory({ ledger: ledgerId, spell: of, kind: 'usage', after, upTo: 99, limit });
    expect(await read(0)).toMatchObject({ docs: [expect.anything()], upTo: 1 });
    // The second is passed over: who asks has to have it from somebody else.
    expect(await read(1, 1)).toMatchObject({
      docs: [expect.stringContaining('"rank":1')],
      from: 3,
      upTo: 3,
    });
    expect(await read(3)).toMatchObject({ from: 4, upTo: 4 });
    expect(await read(4)).toEqual({ docs: [], from: 5, upTo: 4 });
    expect(await read(0, 9, earlier)).toEqual({ docs: [], from: 1, upTo: 0 });
    expect(await read(0, 9, logSpell)).toEqual({ docs: [], from: 1, upTo: 0 });
  });

  it('is missing no longer when it comes with a write, and not when it was here before', async () => {
    const ledger = await openWithGap();
    const late = session(2, spell, 1, { leaseId: leaseIdOf(2) });
    await ledger.write({ type: 'rows', changes: [put(configRow), late], gaps: [] });
    expect(await ledger.store.gaps()).toEqual([]);
    const gaps = [{ spell, kind: 'usage', from: 3, to: 6 }] as const;
    await ledger.write({ type: 'rows', changes: [put(makeSpellRow({ usage: 6 }))], gaps });
    expect(await ledger.store.gaps()).toMatchObject([{ from: 5, to: 6 }]);
  });

  it('is filled in from another member, with the rank of every end', async () => {
    const from = await openWithLedger();
    const others = [session(1, earlier, 3), session(2, spell, rank.returned, { user: 'carl' })];
    const known = [
      put(configRow),
      put(makeSpellRow({ usage: 2 })),
      put(makeSpellRow({ id: earlier, number: 2, usage: 1 })),
    ];
    await writeRows(from, ...known, ...others.slice(1));
    const ledger = await openWithLedger();
    const gaps = [{ spell, kind: 'usage', from: 1, to: 2 }] as const;
    await ledger.write({ type: 'rows', changes: [...known, ...others.slice(0, 1)], gaps });
    const query = { ledger: ledgerId, spell, kind: 'usage', after: 0, upTo: 2, limit: 9 } as const;
    const page = await from.store.readHistory(query);
    const [gap] = await ledger.store.gaps();
    await ledger.store.fillHistory({ gap: gap?.id ?? 0, ...page });
    expect(await usageOf(ledger)).toMatchObject([{ end: 'returned', user: 'carl' }]);
    expect(await ledger.store.gaps()).toEqual([]);
    // What is filled in is handed on as it came.
    expect(await ledger.store.readHistory(query)).toEqual(page);
  });

  it('is not altered by an image of the time as a log, nor are its gaps', async () => {
    const ledger = await openWithGap();
    const image = { position: positionOf(9, 4), ledger: makeStoredLedger() };
    await ledger.write({ type: 'image', image, usageAfter: 0, eventsAfter: 0 });
    expect(await usageOf(ledger)).toHaveLength(3);
    expect(await ledger.store.gaps()).toMatchObject([{ id: 1, spell, from: 2, to: 2 }]);
  });
});
