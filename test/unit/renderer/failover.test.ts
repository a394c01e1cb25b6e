import { movedTo } from '../../../src-renderer/features/setup/server-order.ts';
import { describe, expect, test } from 'vitest';
import { relationshipSettingsDefault } from '../../../src-shared/model/relationship.ts';
import { draftOf, reclaimOf } from '../../../src-renderer/tabs/failover/reclaim.ts';
import {
  describeRange,
  formatTiming,
  parseTiming,
  timingFields,
  type TimingSetting,
} from '../../../src-renderer/tabs/failover/timing-fields.ts';
import {
  findObstacle,
  listCandidates,
  listWitnesses,
  fillPlaces,
  planOf,
  resumeWizard,
  startWizard,
  stepAfter,
  withMember,
  type Candidate,
  type WizardState,
} from '../../../src-renderer/features/setup/wizard-state.ts';
import { pairNodes } from '../../support/renderer-harness/fixture-pair.ts';

const names = Object.keys(timingFields) as TimingSetting[];
const unitMs = { ms: 1, s: 1_000, min: 60_000 };

describe('timing', () => {
  test('the range is said in the unit in which it is edited', () => {
    expect(describeRange('takeoverAfterMs')).toBe('0.5 to 600 s, by default 3.');
    expect(describeRange('heartbeatMs')).toBe('50 to 5,000 ms, by default 250.');
  });

  test.each(names)('%s is edited in its unit', (name) => {
    const text = formatTiming(name, relationshipSettingsDefault[name]);
    expect(Number(text) * unitMs[timingFields[name].unit]).toBe(relationshipSettingsDefault[name]);
    expect(parseTiming({ [name]: text }, relationshipSettingsDefault)).toEqual({
      change: {},
      problems: {},
    });
  });

  test('only what differs is changed; a comma is a point', () => {
    const drafts = { takeoverAfterMs: ' 1,5 ', heartbeatMs: '250' };
    expect(parseTiming(drafts, relationshipSettingsDefault)).toEqual({
      change: { takeoverAfterMs: 1_500 },
      problems: {},
    });
  });

  test.each(['', '-1', '1e3', '601', '0.4', 'soon'])('“%s” is no silence', (text) => {
    const { change, problems } = parseTiming(
      { takeoverAfterMs: text },
      relationshipSettingsDefault,
    );
    expect(change).toEqual({});
    expect(problems.takeoverAfterMs).toMatch(/^Type a number: 0\.5 to 600 s/);
  });

  test('a silence is at least two heartbeats, whichever of the two is changed', () => {
    const byHeartbeat = parseTiming({ heartbeatMs: '2000' }, relationshipSettingsDefault);
    expect(byHeartbeat.problems.takeoverAfterMs).toBe('It must be at least twice the heartbeat.');
    const both = parseTiming(
      { heartbeatMs: '2000', takeoverAfterMs: '4' },
      relationshipSettingsDefault,
    );
    expect(both.problems).toEqual({});
  });
});

describe('fail back', () => {
  test.each(['automatic', 'manual', '22:30-04:00'] as const)('%s stays what it is', (reclaim) => {
    expect(reclaimOf(draftOf(reclaim))).toBe(reclaim);
  });

  test.each([
    ['01:00', '01:00'],
    ['', '05:00'],
    ['24:00', '05:00'],
  ])('%s to %s are no hours', (from, to) => {
    expect(reclaimOf({ kind: 'window', from, to })).toBeUndefined();
  });
});

describe('the wizard', () => {
  const candidates = listCandidates(pairNodes.paired);
  const start = startWizard(candidates);
  const at = (part: Partial<WizardState>): WizardState => ({ ...start, ...part });
  const [here, backup, third] = candidates.map(({ id }) => id) as [string, string, string];

  test('takes this server and those that are paired, not those that were found or ended it', () => {
    expect(candidates.map(({ name }) => name)).toEqual(['SRV-LIC-01', 'SRV-LIC-02', 'SRV-DC-03']);
    expect(start).toMatchObject({ step: 'kind', kind: 'backup', policy: 'available' });
    expect(start.members).toEqual([here, backup, third]);
  });

  test('begins with a backup that is connected, else with any', () => {
    const [main, away, near] = candidates as [Candidate, Candidate, Candidate];
    const begun = (...list: Candidate[]) => startWizard(list).members;
    expect(begun(main, { ...away, connected: false }, near)).toEqual([here, third, backup]);
    expect(begun(main, { ...away, connected: false })).toEqual([here, backup, '']);
    expect(begun(main)).toEqual([here, '', '']);
  });

  test.each([
    ['a second server', { step: 'kind' }, 1, /^Pair this server/],
    ['a backup', { step: 'servers', members: [here, 'gone', third] }, 3, /^Choose the backup/],
    ['two different ones', { step: 'servers', members: [here, here, third] }, 3, /two different/],
    [
      'this server',
      { step: 'servers', members: [third, backup, here] },
      3,
      /^One of the two must be this/,
    ],
    ['a witness', { step: 'policy', policy: 'strict' }, 3, /^Choose the witness/],
    ['three servers', { step: 'kind', kind: 'triad' }, 2, /two others first/],
    ['a third', { step: 'servers', kind: 'triad', members: [here, backup, ''] }, 3, /tertiary/],
    [
      'three different',
      { step: 'servers', kind: 'triad', members: [here, backup, here] },
      3,
      /three must be/,
    ],
    [
      'this server in a triad',
      { step: 'servers', kind: 'triad', members: ['x', backup, third] },
      3,
      /^Choose the primary/,
    ],
    [
      'another witness',
      { step: 'policy', policy: 'strict', witness: backup },
      3,
      /^Choose the witness/,
    ],
  ] satisfies [string, Partial<WizardState>, number, RegExp][])(
    'needs %s',
    (_name, part, count, obstacle) => {
      expect(findObstacle(at(part), candidates.slice(0, count))).toMatch(obstacle);
    },
  );

  test('goes on with what it has', () => {
    for (const step of ['kind', 'servers', 'policy', 'check'] as const) {
      expect(findObstacle(at({ step }), candidates)).toBeNull();
    }
    const strict = at({ step: 'policy', policy: 'strict', witness: third });
    expect(findObstacle(strict, candidates)).toBeNull();
    expect(listWitnesses(strict, candidates).map(({ id }) => id)).toEqual([third]);
  });

  test('fills a place with a server that is paired while it is open, and swaps two of them', () => {
    const early = startWizard(candidates.slice(0, 2));
    expect(fillPlaces(early, candidates).members).toEqual([here, backup, third]);
    expect(fillPlaces(early, candidates.slice(0, 2))).toBe(early);
    expect(withMember(start, 0, third)).toEqual([third, backup, here]);
  });

  test('asks nothing of a policy for a triad, and is resumed where it was', () => {
    const triad = at({ kind: 'triad', step: 'servers' });
    expect(stepAfter(triad)).toBe('check');
    const plan = planOf(triad);
    expect(plan).toEqual({ kind: 'triad', primary: here, secondary: backup, tertiary: third });
    expect(planOf(resumeWizard(plan, candidates))).toEqual(plan);
  });

  test('asks for the name of a pool, takes those that are chosen in their order, and is resumed', () => {
    const pool = at({ kind: 'pool', step: 'servers' });
    expect(pool.pool).toEqual([here, backup, third]);
    expect(findObstacle(pool, candidates)).toBe('Give the pool a name.');
    const named = { ...pool, name: ' west ' };
    expect(findObstacle(named, candidates)).toBeNull();
    expect(findObstacle({ ...named, name: 'x'.repeat(64) }, candidates)).toMatch(/too long/);
    expect(findObstacle({ ...named, pool: [here] }, candidates)).toMatch(/two servers at least/);
    expect(findObstacle({ ...named, pool: [backup, third] }, candidates)).toMatch(
      /must be this one/,
    );
    expect(stepAfter(named)).toBe('check');
    const plan = planOf({ ...named, pool: movedTo(named.pool, 2, 0) });
    expect(plan).toEqual({ kind: 'pool', name: 'west', servers: [third, here, backup] });
    expect(planOf(resumeWizard(plan, candidates))).toEqual(plan);
  });

  test('asks for a witness only where there is one', () => {
    expect(planOf(at({ witness: third }))).not.toHaveProperty('witness');
    expect(planOf(at({ policy: 'strict', witness: third, mutual: true }))).toEqual({
      ...{ kind: 'backup', main: here, backup, mutual: true, policy: 'strict', witness: third },
    });
  });
});
