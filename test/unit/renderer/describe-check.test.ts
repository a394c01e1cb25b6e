import { expect, test } from 'vitest';
import {
  describeCheck,
  isAwaitingConsent,
} from '../../../src-renderer/features/setup/describe-check.ts';
import type { RelationshipCheck } from '../../../src-shared/model/relationship.ts';
import { serverId } from '../../support/renderer-harness/fixture.ts';

const nothing: RelationshipCheck = { missing: [], warnings: [], licenses: [] };
const asked = [{ code: 'CONSENT_NEEDED', message: 'An admin of SRV-A has to agree.' }];
const license = (id: string, covered: boolean) => ({
  ...{ server: serverId, license: id, feature: id, units: 1, covered },
});

test('of a server whose admin has not agreed, no licence is known, and not that it has none', () => {
  expect(describeCheck({ ...nothing, warnings: asked })).toEqual({
    good: 'Nothing is missing here.',
    coverage: 'Which licences are covered is known when they have agreed.',
  });
  expect(describeCheck(nothing)).toEqual({
    good: 'Nothing is missing.',
    coverage: 'The server that is protected has no licence yet.',
  });
  const missing = [{ code: 'NOT_CONNECTED', message: 'SRV-A does not answer.' }];
  expect(describeCheck({ ...nothing, missing })).toEqual({ good: null, coverage: '' });
});

test('of those that are known it is said how many would be covered', () => {
  const licenses = [license('cad', true), license('own', false)];
  expect(describeCheck({ ...nothing, licenses }).coverage).toBe(
    '1 of 2 licences would be covered; not these:',
  );
  const all = { ...nothing, warnings: asked, licenses: licenses.slice(0, 1) };
  expect(describeCheck(all).coverage).toBe(
    '1 of 1 licence would be covered, as far as is known here.',
  );
});

test('to wait for the admin of another server is no failure', () => {
  const refused = (code: string) => ({ ok: false, code, message: '' }) as const;
  expect(isAwaitingConsent(refused('CONSENT_NEEDED'))).toBe(true);
  expect(isAwaitingConsent(refused('CONSENT_REFUSED'))).toBe(false);
  expect(isAwaitingConsent({ ok: true, value: {} })).toBe(false);
  expect(isAwaitingConsent(null)).toBe(false);
});
