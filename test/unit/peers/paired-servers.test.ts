import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  loadPairedServers,
  type PairedServer,
} from '../../../src-main/node/peers/pairing/paired-servers.ts';
import { flipBits } from '../../support/flip-bit.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';

describe('the list of paired servers', () => {
  const entry = (n: number): PairedServer => ({
    id: n.toString(16).padStart(64, '0'),
    name: `server ${n}`,
    addresses: ['127.0.0.1:7470'],
    pairedAtMs: n,
    endedByOther: false,
  });

  it('takes 32, for which those that the other side ended make room', async () => {
    const file = join(makeTemporaryDirectory(), 'paired.json');
    const paired = await loadPairedServers(file);
    for (let n = 0; n < 32; n++) await paired.put(entry(n));
    expect(paired.hasRoomFor(entry(32).id)).toBe(false);
    expect(paired.hasRoomFor(entry(5).id)).toBe(true);
    await paired.update(entry(3).id, { endedByOther: true });
    expect(paired.hasRoomFor(entry(32).id)).toBe(true);
    await paired.put(entry(32));
    const again = await loadPairedServers(file);
    expect(again.all()).toEqual(paired.all());
    expect(again.all()).toHaveLength(32);
    expect(again.get(entry(3).id)).toBeUndefined();
  });

  it('is read with a byte order mark, and what it is in another encoding is said', async () => {
    const file = join(makeTemporaryDirectory(), 'paired.json');
    const text = JSON.stringify({ format: 'understudy-paired-servers/1', servers: [entry(1)] });
    writeFileSync(file, `\uFEFF${text}`);
    expect((await loadPairedServers(file)).all()).toEqual([entry(1)]);
    writeFileSync(file, Buffer.from(`\uFEFF${text}`, 'utf16le'));
    await expect(loadPairedServers(file)).rejects.toMatchObject({
      code: 'PAIRING_DAMAGED',
      message: expect.stringContaining('UTF-16'),
    });
  });

  it.each(['', '{}', 'nonsense', '{"format":"understudy-paired-servers/1","servers":[{}]}'])(
    'is left alone when it is damaged (%j), with a sentence that says what to do',
    async (text) => {
      const file = join(makeTemporaryDirectory(), 'paired.json');
      writeFileSync(file, text);
      await expect(loadPairedServers(file)).rejects.toMatchObject({
        code: 'PAIRING_DAMAGED',
        message: expect.stringContaining('pair the servers again'),
      });
      expect(readFileSync(file, 'utf8')).toBe(text);
    },
  );

  it('believes no bit that has flipped in it', async () => {
    const file = join(makeTemporaryDirectory(), 'paired.json');
    const paired = await loadPairedServers(file);
    await paired.put(entry(1));
    await paired.put({ ...entry(2), boot: 'ab'.repeat(8), putBackAtMs: 3 });
    const sound = readFileSync(file);
    for (let bit = 0; bit < sound.length * 8; bit++) {
      writeFileSync(file, flipBits(sound, bit));
      const outcome = await loadPairedServers(file).catch((error: unknown) => error);
      if (outcome instanceof Error) {
        expect(outcome, `bit ${bit}`).toMatchObject({ code: 'PAIRING_DAMAGED' });
      } else {
        expect((outcome as typeof paired).all(), `bit ${bit}`).toEqual(paired.all());
      }
    }
  });

  it('says how to go on when somebody has edited it', async () => {
    const file = join(makeTemporaryDirectory(), 'paired.json');
    await (await loadPairedServers(file)).put(entry(1));
    const edited = readFileSync(file, 'utf8').replace('127.0.0.1', '10.0.0.1');
    writeFileSync(file, edited);
    await expect(loadPairedServers(file)).rejects.toThrow('take its line "sum" out');
    writeFileSync(file, edited.replace(/,\s*"sum": \d+/, ''));
    expect((await loadPairedServers(file)).all()).toMatchObject([{ addresses: ['10.0.0.1:7470'] }]);
  });

  it('is as before when it cannot be written', async () => {
    const paired = await loadPairedServers(join(makeTemporaryDirectory(), 'none', 'paired.json'));
    await expect(paired.put(entry(1))).rejects.toThrow('ENOENT');
    expect(paired.all()).toEqual([]);
  });
});
