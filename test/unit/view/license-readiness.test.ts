import { expect, test } from 'vitest';
import {
  describeReadiness,
  whyNoFailover,
  whyNoFailoverShort,
} from '../../../src-shared/view/describe-readiness.ts';
import { deriveAttention } from '../../../src-shared/view/attention.ts';
import {
  atMs,
  dayMs,
  makeLicense,
  makeNode,
  makePair,
  serverA,
  serverB,
  type PairParts,
} from '../../support/snapshot-builders.ts';

const covered = makeLicense({ failover: { configured: true } });
const whyNot = (parts: PairParts, license = covered) =>
  whyNoFailover(makeNode(makePair(parts)), license);

const short = (parts: PairParts, license = covered) =>
  whyNoFailoverShort(makeNode(makePair(parts)), license);

test('in a table the same is said in two words', () => {
  expect(short({})).toBeNull();
  expect(short({ backup: { connected: false } })).toBe('no standby');
  expect(short({ ledger: { active: null } })).toBe('not served');
  expect(short({}, { ...covered, damage: 'It was changed.' })).toBe('damaged');
  expect(short({}, makeLicense({ failover: { configured: false } }))).toBe('not configured');
});

test('that a failover is configured does not make it work', () => {
  expect(whyNot({})).toBeNull();
  const down: PairParts = { backup: { connected: false } };
  expect(whyNot(down)).toBe('SRV-B is down or cannot be reached.');
  const late: PairParts = { ledger: { synchronised: [serverA] }, backup: { synchronised: false } };
  expect(whyNot(late)).toBe('SRV-B is not synchronised.');
  expect(whyNot({ ledger: { active: null } })).toBe('No server serves it now.');
});

test('of a licence that grants no seats no server would', () => {
  expect(whyNot({}, { ...covered, validity: 'expired' })).toBe(
    'The licence has expired. No server grants a seat of it.',
  );
  expect(short({}, { ...covered, validity: 'expired' })).toBe('expired');
  expect(short({}, { ...covered, validity: 'notStarted' })).toBe('not valid yet');
  expect(short({}, { ...covered, validity: 'revoked' })).toBe('revoked');
  expect(short({}, { ...covered, validity: 'expiring' })).toBeNull();
});

test('after a switchover it is the primary that would take over', () => {
  const over: PairParts = { ledger: { active: serverB, placed: serverB, here: 'standby' } };
  expect(whyNot(over)).toBeNull();
  const alone = { ...over, atBackup: true, main: { connected: false, synchronised: false } };
  expect(whyNot(alone)).toBe('SRV-A is down or cannot be reached.');
});

test('of a licence that may not fail over, the reason is the one of its vendor', () => {
  const reason = 'The vendor grants no redundancy.';
  expect(whyNot({}, makeLicense({ failover: { configured: false, reason } }))).toBe(reason);
  const damage = 'What is kept of it is not what its vendor signed.';
  expect(whyNot({}, { ...covered, damage })).toBe('The licence is damaged.');
});

test('readiness leads with that no standby is left', () => {
  const reason = (code: string, message: string) => ({ code, message });
  const none = reason('NO_STANDBY', 'No standby is left: SRV-A is down or cannot be reached.');
  const clock = reason(
    'CLOCK_DIFFERENCE',
    'The clock of SRV-A differs by 90 seconds. Set it right.',
  );
  const words = (...reasons: (typeof none)[]) =>
    describeReadiness({ readiness: { ready: reasons.length === 0, reasons, together: [] } });
  expect(words()).toEqual({ title: 'A failover would work now', reasons: [] });
  expect(words(none)).toEqual({
    title: 'No standby is left: SRV-A is down or cannot be reached',
    reasons: [],
  });
  expect(words(clock, none)).toEqual({ title: words(none).title, reasons: [clock.message] });
  expect(words(clock)).toEqual({
    title: 'A failover would not work now',
    reasons: [clock.message],
  });
});

test('a licence that nobody serves is a notice of its own, above one that ends soon', () => {
  const failedOver: PairParts = {
    atBackup: true,
    ledger: { active: serverB, here: 'active', synchronised: [serverB] },
    main: { connected: false, synchronised: false },
    ready: false,
  };
  const pair = makePair(failedOver);
  const own = makeLicense({ id: 'own', feature: 'own', inUse: 2, servedBy: null });
  const soon = { expires: new Date(atMs + 5.5 * dayMs).toISOString() };
  const ending = { ...covered, ...soon, servedBy: pair.licenses?.[0]?.servedBy ?? null };
  const node = makeNode({ ...pair, licenses: [ending, own] });
  const titles = deriveAttention(node).map(({ title, text }) => `${title}. ${text}`);
  expect(titles).toEqual([
    expect.stringMatching(/^SRV-A stopped responding\. /),
    'own: not served. The licence may run only on SRV-A, which is down or cannot be reached: bring ' +
      'SRV-A back. 2 seats in use cannot be renewed.',
    expect.stringMatching(/^cad: licence expires soon\. acme-cad ends in 6 days, on 2026-03-0/),
  ]);
  const back = {
    main: { connected: true, synchronised: true },
    ledger: { ...failedOver.ledger, synchronised: [serverA, serverB] },
  };
  const textOf = (parts: PairParts) =>
    deriveAttention(makeNode({ ...makePair({ ...failedOver, ...parts }), licenses: [own] })).find(
      ({ key }) => key.startsWith('unserved:'),
    )?.text;
  expect(textOf(back)).toContain(
    'stands by while another server serves in its place: it is served again when SRV-A takes its ' +
      'licences back.',
  );
  const settings = { ...pair.relationship!.settings, reclaim: 'manual' as const };
  for (const byHand of [
    { ...back, relationship: { settings } },
    { ...back, ledger: { ...back.ledger, placed: serverB } },
  ])
    expect(textOf(byHand)).toContain('in its place: fail back to have it served.');
  const many = Array.from({ length: 7 }, (_, n) => ({
    ...own,
    id: `own-${n}`,
    feature: `own-${n}`,
  }));
  const [, unserved] = deriveAttention(makeNode({ ...pair, licenses: many }));
  expect(unserved?.title).toBe('7 licences are not served');
  expect(unserved?.text).toMatch(/^own-0, own-1, own-2, own-3, own-4 and 2 more\. They may run /);
});

test('when this server serves nothing at all, that is said and not of each licence', () => {
  const since = new Date(atMs).toISOString();
  const serving = { state: 'stopped' as const, reasons: [], since };
  const node = makeNode({ serving, licenses: [makeLicense({ servedBy: null })] });
  expect(deriveAttention(node).map(({ title }) => title)).toEqual(['Not serving licences']);
});
