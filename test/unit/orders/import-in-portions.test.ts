import { expect, it } from 'vitest';
import {
  importInPortions,
  portionLicensesMax,
} from '../../../src-main/node/orders/import-in-portions.ts';
import type { VerifiedLicense } from '../../../src-main/node/core/ledger/admin-request.ts';
import type { AdminAnswer } from '../../../src-shared/contract/admin-error.ts';
import type { LicenseChange } from '../../../src-shared/contract/admin.ts';
import { makeVerified } from '../../support/core-host.ts';

const licenses = Array.from({ length: 600 }, (_, i) => makeVerified({ id: `lic-${i}` }));

function changeOf({ grant }: VerifiedLicense, refused: boolean): LicenseChange {
  const { id, serial, feature, product } = grant;
  const common = { id, serial, feature, product, demo: false, fields: [], warnings: [] };
  if (!refused) return { ...common, kind: 'new' };
  const refusal = { code: 'LICENSE_SERIAL_OLDER' as const, message: 'Too old.' };
  return { ...common, kind: 'refused', refusal };
}

/** A ledger that refuses the licence of this id, and stops to answer when it is asked for it in earnest. */
function ledger({ refuses = '', breaksAt = '' } = {}) {
  const taken: number[] = [];
  const take = async (
    portion: readonly VerifiedLicense[],
    dryRun: boolean,
  ): Promise<AdminAnswer<{ changes: LicenseChange[] }>> => {
    if (!dryRun && portion.some(({ grant }) => grant.id === breaksAt)) {
      return { ok: false, code: 'NOT_SERVING', message: 'It serves no longer.' };
    }
    if (!dryRun) taken.push(portion.length);
    const changes = portion.map((one) => changeOf(one, one.grant.id === refuses));
    return { ok: true, value: { changes } };
  };
  const told: string[] = [];
  return { taken, take, told, onRefused: (message: string) => void told.push(message) };
}

it('takes a file in portions, and says what changed of all of it', async () => {
  const { taken, told, ...ports } = ledger();
  const answer = await importInPortions(licenses, false, { installed: 0, ...ports });
  if (!answer.ok) throw new Error(answer.message);
  expect(answer.value.changes.map(({ id }) => id)).toEqual(licenses.map(({ grant }) => grant.id));
  expect(taken).toEqual([portionLicensesMax, portionLicensesMax, 88]);
  expect(told).toEqual([]);
});

it('takes nothing of a file of which one licence is refused, in whatever portion', async () => {
  const { taken, told, ...ports } = ledger({ refuses: 'lic-599' });
  const answer = await importInPortions(licenses, false, { installed: 0, ...ports });
  expect(answer).toMatchObject({ ok: false, code: 'LICENSE_SERIAL_OLDER' });
  expect(answer).toMatchObject({ message: 'lic-599: Too old. Nothing of the file was installed.' });
  expect(told).toEqual(['lic-599: Too old. Nothing of the file was installed.']);
  expect(taken).toEqual([]);
});

it('refuses before it begins when there is no room for all', async () => {
  const { taken, told, ...ports } = ledger();
  const answer = await importInPortions(licenses, false, { installed: 401, ...ports });
  expect(answer).toMatchObject({ ok: false, code: 'LICENSE_LIMIT_REACHED' });
  expect(taken).toEqual([]);
  expect(told).toHaveLength(1);
  const dry = await importInPortions(licenses, true, { installed: 401, ...ports });
  if (!dry.ok) throw new Error(dry.message);
  expect(dry.value.changes.filter(({ kind }) => kind === 'refused')).toHaveLength(1);
});

it('says how many were installed when the server ends in between', async () => {
  const { taken, told, ...ports } = ledger({ breaksAt: 'lic-300' });
  const answer = await importInPortions(licenses, false, { installed: 0, ...ports });
  expect(answer).toMatchObject({ ok: false, code: 'NOT_SERVING' });
  if (answer.ok) throw new Error('taken');
  expect(answer.message).toContain('256 licences of the file had been installed before that.');
  expect([taken, told]).toEqual([[portionLicensesMax], []]);
});
