import { expect, it } from 'vitest';
import { remainingMs } from '../../../src-main/node/core/ledger/lease-clock.ts';
import { startLives } from '../../../src-main/node/core/ledger/lease-life.ts';
import { applyChange } from '../../../src-main/node/core/ledger/ledger.ts';
import { CoreHost, grantedLease } from '../../support/core-host.ts';

function hostWith(ttlSeconds: number) {
  const host = new CoreHost();
  host.install({ units: 1, ttlSeconds });
  const { id, licenseId } = grantedLease(host.checkout({ instance: 'a' }));
  const license = host.state.licenses.get(licenseId);
  if (!license) throw new Error('there is no licence');
  return { host, id, license, leftMs: () => remainingMs(host.state.clock, id) ?? 0 };
}

it('a seat that came before its licence lives as long as that says', () => {
  const { host, license, leftMs } = hostWith(86_400);
  // As rows of another server come: those of seats before that of the licence.
  applyChange(host.state, { type: 'license', before: license, after: null });
  startLives(host.state, host.state.clock.lastMonotonicMs);
  host.pass(1_000);
  expect(leftMs()).toBeLessThanOrEqual(60_000);
  applyChange(host.state, { type: 'license', before: null, after: license });
  host.pass(1_000);
  expect(leftMs()).toBeGreaterThan(86_398_000);
});

it('no seat lives shorter than its holder was told, whatever its licence says later', () => {
  const { host, leftMs } = hostWith(600);
  host.install({ units: 1, ttlSeconds: 5, serial: 2 });
  host.pass(6_000);
  expect(leftMs()).toBeGreaterThan(590_000);
  expect(leftMs()).toBeLessThanOrEqual(594_000);
});
