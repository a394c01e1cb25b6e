import { readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { StoredLedger } from '../../../src-main/node/core/ledger/change.ts';
import { LicenseDoor } from '../../../src-main/node/licensing/license-door.ts';
import { admitStored } from '../../../src-main/node/replicas/license-admission.ts';
import type { InstalledLicense } from '../../../src-shared/model/license.ts';
import { flipBits } from '../../support/flip-bit.ts';
import { makeVendor, type TestVendor } from '../../support/licenses.ts';
import { loadInThread } from '../../support/load-in-thread.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { makeSignedLicense } from '../../support/signed-licenses.ts';
import { ledgerFile, openWithLedger } from '../../support/store.ts';

const flipsMax = 150;

let acme: TestVendor;
let license: InstalledLicense;
beforeAll(async () => {
  acme = await makeVendor();
  license = await makeSignedLicense(acme, { units: 5 });
});

/** A file with the licence and its vendor, closed. */
async function writeLedger(): Promise<Buffer> {
  const ledger = await openWithLedger();
  await ledger.append(
    { type: 'vendor', before: null, after: acme.trusted },
    { type: 'license', before: null, after: license },
  );
  await ledger.store.close();
  return readFileSync(ledger.file);
}

/** SQLite keeps a long document in pieces. */
const pieceBytes = 64;

/** Where pieces of a document stand in the file: in its table, and in the log. */
function piecesOf(sound: Buffer, doc: string): number[] {
  const places: number[] = [];
  for (let piece = 0; piece < doc.length; piece += pieceBytes) {
    const text = doc.slice(piece, piece + pieceBytes);
    for (let at = sound.indexOf(text); at >= 0; at = sound.indexOf(text, at + 1)) places.push(at);
  }
  return places;
}

/** The ledger of a start after one bit flipped; null: the server does not start. */
async function loadFlipped(
  sound: Buffer,
  atByte: number,
  bit: number,
): Promise<StoredLedger | null> {
  const file = ledgerFile();
  writeFileSync(file, flipBits(sound, 8 * atByte + bit));
  const loaded = await loadInThread(file);
  if (typeof loaded === 'string') return null;
  const [stored] = loaded.ledgers;
  if (!stored) throw new Error('the ledger is gone');
  return admitStored(new LicenseDoor(), stored).ledger;
}

describe('a bit that flips on the disk', () => {
  it.each([
    // A licence that is damaged is repaired by itself; in the log it is as much as any other change.
    ['a licence', () => JSON.stringify(license), 'damaged'],
    ['a vendor', () => JSON.stringify(acme.trusted), 'refused'],
  ] as const)('in %s never gives other seats than were signed', async (_, docOf, usually) => {
    const doc = docOf();
    const sound = await writeLedger();
    const pieces = piecesOf(sound, doc);
    expect(pieces.length).toBeGreaterThan((1.5 * doc.length) / pieceBytes);
    const random = new SeededRandom(7);
    const seen = { refused: 0, damaged: 0, whole: 0 };
    for (let flip = 0; flip < flipsMax; flip++) {
      const piece = pieces[random.between(0, pieces.length - 1)] ?? 0;
      const atByte = piece + random.between(0, pieceBytes - 1);
      const ledger = await loadFlipped(sound, atByte, random.between(0, 7));
      if (!ledger) seen.refused++;
      for (const { damage, versions } of ledger?.licenses ?? []) {
        if (damage !== undefined) seen.damaged++;
        else {
          seen.whole++;
          expect(versions.at(-1)?.grant, `byte ${atByte}`).toEqual(license.versions[0]?.grant);
        }
      }
    }
    expect(seen[usually]).toBeGreaterThan(25);
    expect(seen.refused + seen.damaged + seen.whole).toBe(flipsMax);
  });
});
