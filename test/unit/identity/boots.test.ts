import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { beginBoot, type Boots, noteRestored } from '../../../src-main/node/identity/boots.ts';
import { flipBits } from '../../support/flip-bit.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';

const nowMs = Date.parse('2026-03-01T08:00:00Z');

/** A data directory in which only the list of starts and the start that the ledger names count. */
class Directory {
  readonly file = join(makeTemporaryDirectory(), 'boots.json');
  inLedger: string | null = null;
  isNew = true;
  /** The power fails before the ledger is written. */
  failing = false;

  async start(): Promise<Boots> {
    const { inLedger: boot, isNew } = this;
    const store = async (next: string) => {
      if (this.failing) throw new Error('no power');
      this.inLedger = next;
    };
    const boots = await beginBoot(
      this.file,
      { boot, isNew, store },
      { nowMs, onStored: () => undefined },
    );
    this.isNew = false;
    return boots;
  }

  get text(): string {
    return readFileSync(this.file, 'utf8');
  }

  set text(text: string) {
    writeFileSync(this.file, text);
  }
}

describe('the list of starts', () => {
  it('grows by one with each start, and names the last sixteen', async () => {
    const directory = new Directory();
    const names: string[] = [];
    for (let i = 0; i < 20; i++) {
      const boots = await directory.start();
      names.push(boots.current);
      expect(boots.chain).toEqual(names.slice(-16));
      expect(boots.arePartsOfTwoTimes).toBe(false);
    }
    expect(new Set(names).size).toBe(20);
  });

  it('is of one time with the ledger after starts that failed before they wrote there', async () => {
    const directory = new Directory();
    const first = await directory.start();
    directory.failing = true;
    for (let i = 0; i < 3; i++) {
      await expect(directory.start()).rejects.toMatchObject({ code: 'DATA_DIRECTORY_UNUSABLE' });
    }
    directory.failing = false;
    const next = await directory.start();
    expect(next.arePartsOfTwoTimes).toBe(false);
    // What came to nothing was told to nobody.
    expect(next.chain).toEqual([first.current, next.current]);
  });

  it('is of one time with the ledger after a crash between the two', async () => {
    const directory = new Directory();
    await directory.start();
    const before = directory.text;
    const second = await directory.start();
    // As it is when the name is in the ledger, and not yet among the starts.
    const { boots, ...rest } = JSON.parse(before) as { boots: string[]; ledger: string[] };
    const ledger = [...rest.ledger, second.current];
    directory.text = JSON.stringify({ ...rest, boots, ledger });
    expect((await directory.start()).arePartsOfTwoTimes).toBe(false);
  });

  it.each([
    [
      'the ledger is older',
      (directory: Directory, before: { inLedger: string | null }) => {
        directory.inLedger = before.inLedger;
      },
    ],
    [
      'the ledger is of a version that named none',
      (directory: Directory) => {
        directory.inLedger = null;
      },
    ],
    [
      'it is older itself',
      (directory: Directory, before: { text: string }) => {
        directory.text = before.text;
      },
    ],
    [
      'it is unreadable',
      (directory: Directory) => {
        directory.text = '\u0000{';
      },
    ],
  ] as const)('begins anew and says so when %s', async (_name, damage) => {
    const directory = new Directory();
    await directory.start();
    const before = { text: directory.text, inLedger: directory.inLedger };
    await directory.start();
    damage(directory, before);
    const boots = await directory.start();
    expect(boots.arePartsOfTwoTimes).toBe(true);
    expect(boots.putBackAtMs).toBe(nowMs);
    // Whoever knew this server does not find the start that it knew.
    expect(boots.chain).toEqual([boots.current]);
    const next = await directory.start();
    expect(next.arePartsOfTwoTimes).toBe(false);
    expect(next.putBackAtMs).toBe(nowMs);
  });

  it('hears of a start that is lost here once, whoever names it again', async () => {
    const directory = new Directory();
    await directory.start();
    const copy = { text: directory.text, inLedger: directory.inLedger };
    const lost = (await directory.start()).current;
    const later = (await directory.start()).current;
    Object.assign(directory, copy);
    const boots = await directory.start();
    expect(boots.noteKnownElsewhere(lost, nowMs)).toBe(true);
    expect(boots.noteKnownElsewhere(lost, nowMs)).toBe(false);
    await boots.settled();
    const next = await directory.start();
    expect(next.noteKnownElsewhere(lost, nowMs)).toBe(false);
    // Of that one nobody has told it yet.
    expect(next.noteKnownElsewhere(later, nowMs)).toBe(true);
    expect(next.chain).toEqual([JSON.parse(copy.text).boots[0], boots.current, next.current]);
    await next.settled();
    // The same copy once more knows of neither.
    Object.assign(directory, copy);
    const again = await directory.start();
    expect(again.noteKnownElsewhere(lost, nowMs)).toBe(true);
    await again.settled();
  });

  it('knows in which start the backup was made that was restored', async () => {
    const directory = new Directory();
    const made = (await directory.start()).current;
    const inBackup = directory.inLedger;
    const later = (await directory.start()).current;
    await noteRestored(directory.file, '2026-02-01T08:00:00.000Z');
    directory.inLedger = inBackup;
    const boots = await directory.start();
    expect(boots.noteKnownElsewhere(made, nowMs)).toBe(false);
    expect(boots.noteKnownElsewhere(later, nowMs)).toBe(true);
    await boots.settled();
  });

  it('begins anew after a backup was restored, and says so once', async () => {
    const directory = new Directory();
    await directory.start();
    await noteRestored(directory.file, '2026-02-01T08:00:00.000Z');
    const boots = await directory.start();
    expect(boots).toMatchObject({
      arePartsOfTwoTimes: true,
      restoredFrom: '2026-02-01T08:00:00.000Z',
      putBackAtMs: nowMs,
      chain: [boots.current],
    });
    const next = await directory.start();
    expect(next).toMatchObject({ arePartsOfTwoTimes: false, restoredFrom: null });
  });

  it('makes nothing of an empty ledger, which has no time', async () => {
    const directory = new Directory();
    await directory.start();
    directory.inLedger = null;
    directory.isNew = true;
    expect((await directory.start()).arePartsOfTwoTimes).toBe(false);
  });

  it('knows a start of this server elsewhere that is not here as one that was lost', async () => {
    const directory = new Directory();
    const boots = await directory.start();
    expect(boots.noteKnownElsewhere(boots.current, nowMs + 1)).toBe(false);
    expect(boots.putBackAtMs).toBeNull();
    expect(boots.noteKnownElsewhere('ab'.repeat(8), nowMs + 1)).toBe(true);
    await boots.settled();
    expect((await directory.start()).putBackAtMs).toBe(nowMs + 1);
  });

  it('believes no bit that has flipped in it: it is as it was, or begins anew', async () => {
    const directory = new Directory();
    await directory.start();
    const { chain } = await directory.start();
    const [sound, inLedger] = [readFileSync(directory.file), directory.inLedger];
    for (let bit = 0; bit < sound.length * 8; bit += 3) {
      writeFileSync(directory.file, flipBits(sound, bit));
      directory.inLedger = inLedger;
      const boots = await directory.start();
      const kept = boots.chain.slice(0, -1);
      // At most one name is another one, which somebody who knew it notices.
      const others = chain.filter((name) => !kept.includes(name));
      expect(kept.length === 0 || others.length <= 1, `bit ${bit}`).toBe(true);
    }
  });
});
