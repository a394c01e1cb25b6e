import { expect, it } from 'vitest';
import { makeIdentityKey, parseIdentityKey } from '../../../src-main/node/identity/key-file.ts';
import { flipBits } from '../../support/flip-bit.ts';

it('a key file in which a bit has flipped is the same key or none', async () => {
  const key = await makeIdentityKey();
  const sound = Buffer.from(key.keyPem);
  for (let bit = 0; bit < sound.length * 8; bit++) {
    const parsed = parseIdentityKey(flipBits(sound, bit).toString('latin1'));
    if (!parsed) continue;
    expect(parsed.id, `bit ${bit}`).toBe(key.id);
    expect(parsed.privateKey.export({ type: 'pkcs8', format: 'der' }), `bit ${bit}`).toEqual(
      key.privateKey.export({ type: 'pkcs8', format: 'der' }),
    );
  }
});
