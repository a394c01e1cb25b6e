import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { makeConfigSchema } from '../../../src-main/cli/commands/config.ts';
import { readServerConfig } from '../../../src-main/node/config/read-config.ts';
import { makePairingCode } from '../../../src-main/node/peers/pairing/pairing-code.ts';
import { makeVendor } from '../../support/licenses.ts';

const format = 'understudy-config/1';
const code = makePairingCode();
const nowMs = Date.UTC(2027, 0, 1);

function read(value: unknown, vendorText = '') {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const readVendor = () => Promise.resolve({ ok: true as const, value: vendorText });
  return readServerConfig(text, { nowMs, readVendor });
}

describe('a configuration file', () => {
  it('is read with the vendors that it names or holds', async () => {
    const vendor = await makeVendor('Acme');
    const inline = JSON.parse(vendor.publicFile) as unknown;
    for (const vendors of [['acme.pub'], [inline]]) {
      expect(await read({ format, vendors }, vendor.publicFile)).toMatchObject({
        ok: true,
        value: { vendors: [{ vendor: 'Acme' }] },
      });
    }
  });

  it('takes codes and addresses as people write them', async () => {
    const pairings = [{ code: ` ${code.toLowerCase()} `, address: '7471@lic-a' }];
    expect(await read({ format, pairings })).toMatchObject({
      ok: true,
      value: {
        pairings: [{ code: code.replaceAll('-', ''), address: 'lic-a:7471', allow: 'nothing' }],
      },
    });
  });

  it.each([
    ['', 'it is empty'],
    ['{"format":', 'it is not JSON'],
    [{}, 'format: is missing'],
    [{ format: 'understudy-config/9' }, 'format: must be "understudy-config/1"'],
    [{ format, setings: {} }, 'has no field "setings"'],
    [{ format, settings: { listenPort: 70_000 } }, 'settings.listenPort: must be 65535 or less'],
    [{ format, settings: { portt: 1 } }, 'settings: has no field "portt"'],
    [{ format, pairings: [{ code: 'short' }] }, 'pairings[0].code: must be a code made by'],
    [{ format, pairings: [{ code }, { code }] }, 'pairings[1].code: is there twice'],
    [
      { format, pairings: [{ code, until: '2027-03-01T00:00:00Z' }] },
      'pairings[0].until: is more than 30 days from now',
    ],
    [{ format, relationship: {} }, 'relationship.backup: is missing'],
    [
      { format, relationship: { backup: 'b', policy: 'strict' } },
      'relationship.witness: is missing',
    ],
    [{ format, relationship: { backup: 'b', witness: 'c' } }, 'belongs to the policy strict'],
    [
      { format, relationship: { backup: 'b', settings: { heartbeatMs: 1 } } },
      'relationship.settings.heartbeatMs: must be 50 or more',
    ],
    [
      { format, relationship: { kind: 'quartet' } },
      'relationship.kind: must be "backup", "triad" or "pool" (is "quartet")',
    ],
    [
      { format, relationship: { kind: 'triad', secondary: 'b' } },
      'relationship.tertiary: is missing',
    ],
    [
      { format, relationship: { kind: 'triad', backup: 'b' } },
      'relationship.secondary: is missing',
    ],
    [
      { format, relationship: { kind: 'pool', name: 'floor', followers: [] } },
      'relationship.followers: must be 1 or more',
    ],
    [{ format, vendors: ['lost.pub'] }, 'vendors[0]: The file is empty'],
  ])('that is %j is refused with its place', async (value, message) => {
    const answer = await read(value);
    expect(answer).toMatchObject({ ok: false, code: 'CONFIG_WRONG' });
    expect(answer.ok ? '' : answer.message).toContain(message);
    expect(answer.ok ? '' : answer.message).toMatch(/Nothing was changed\.$/);
  });
});

it('has the schema that is published', () => {
  const published = new URL('../../../docs/config.schema.json', import.meta.url);
  expect(JSON.parse(readFileSync(published, 'utf8'))).toEqual(makeConfigSchema());
});
