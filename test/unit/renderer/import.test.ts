import { describe, expect, test } from 'vitest';
import type { LicenseChange } from '../../../src-shared/contract/admin.ts';
import {
  droppedFilesMax,
  idleImport,
  reduceImport,
  summarizeChanges,
  type ImportState,
} from '../../../src-renderer/features/import/import-state.ts';
import {
  findOtherKeys,
  parseVendorKey,
  vendorKeyId,
} from '../../../src-renderer/features/import/vendor-key.ts';
import { snapshot } from '../../support/renderer-harness/fixture.ts';

const change = (kind: LicenseChange['kind'], code?: 'LICENSE_VENDOR_UNTRUSTED'): LicenseChange => ({
  ...{ id: 'acme-cad', kind, serial: 1, feature: 'cad', product: 'Acme', demo: false },
  ...{ fields: [], warnings: [] },
  ...(code && { refusal: { code, message: 'No.' } }),
});

describe('reduceImport', () => {
  test('a step ends what was being done; a cancelled choice leaves the step', () => {
    const busy = reduceImport(idleImport, { type: 'busy', what: 'Comparing …' });
    expect(busy.busy).toBe('Comparing …');
    const asked = reduceImport(busy, { type: 'stepped', step: { kind: 'demoConsent' } });
    expect(asked).toMatchObject({ busy: null, step: { kind: 'demoConsent' } });
    const choosing = reduceImport(asked, { type: 'busy', what: 'Choose a file …' });
    expect(reduceImport(choosing, { type: 'cancelled' })).toEqual(asked);
  });

  test('dropped files wait their turn, a limited number of them', () => {
    const files = Array.from({ length: droppedFilesMax + 5 }, (_, i) => new File([], `${i}.json`));
    let state: ImportState = reduceImport(idleImport, { type: 'dropped', files });
    expect(state.waiting).toHaveLength(droppedFilesMax);
    state = reduceImport(state, { type: 'taken' });
    expect(state.waiting[0]?.name).toBe('1.json');
    state = reduceImport(state, { type: 'closed' });
    expect(state.waiting).toHaveLength(droppedFilesMax - 1);
    expect(state.step.kind).toBe('idle');
  });
});

test('a set of changes comes to what can be installed, and to what would help', () => {
  expect(summarizeChanges([change('new'), change('replace'), change('same')])).toEqual({
    installable: 2,
    refused: 0,
    same: 1,
    untrusted: false,
  });
  const refused = [change('refused', 'LICENSE_VENDOR_UNTRUSTED'), change('new')];
  expect(summarizeChanges(refused)).toMatchObject({ refused: 1, untrusted: true });
});

const vendorFile = {
  format: 'understudy-vendor/1',
  vendor: 'Acme',
  publicKey: {
    kty: 'OKP',
    crv: 'Ed25519',
    x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
  },
} as const;

test('the key id is the thumbprint of RFC 8037, appendix A.3', async () => {
  expect(await vendorKeyId(vendorFile.publicKey)).toBe(
    'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k',
  );
});

test('a vendor key is told from everything else', () => {
  expect(parseVendorKey(JSON.stringify(vendorFile))?.vendor).toBe('Acme');
  const others = ['', '{', 'null', '[]', '{}', JSON.stringify({ ...vendorFile, more: 1 })];
  for (const content of others) expect(parseVendorKey(content)).toBeUndefined();
});

test('another key under a name that is trusted is found, whatever the file says of it', () => {
  const vendors = (snapshot.node?.vendors ?? []).slice(0, 1);
  const [known] = vendors;
  const { vendor = '', keyId = '' } = known ?? {};
  expect(findOtherKeys({ vendor, keyId: 'other' }, vendors)).toEqual([keyId]);
  expect(findOtherKeys({ vendor, keyId }, vendors)).toEqual([]);
  expect(findOtherKeys({ vendor: 'Somebody else', keyId: 'other' }, vendors)).toEqual([]);
});
