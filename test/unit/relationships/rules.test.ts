import { describe, expect, it } from 'vitest';
import { describeBadMembership } from '../../../src-main/node/core/ledger/config-change.ts';
import { refuseRelationship } from '../../../src-main/node/orders/relationship-rules.ts';
import {
  goalOfPlan,
  partsOfPlan,
  relationshipOfPlan,
  type ResolvedPlan,
  resolvePlan,
  serversOfPlan,
} from '../../../src-main/node/relationships/relationship-plan.ts';
import { type LedgerRelationship, soloConfig } from '../../../src-shared/model/ledger-config.ts';
import { backupServer, makeCandidates } from '../../support/ledger-views.ts';
import { pairConfig } from '../../support/peer-messages.ts';
import { otherId, serverId } from '../../support/records.ts';

const third = 'c3'.repeat(32);
const plan = {
  kind: 'backup' as const,
  members: [serverId, otherId],
  mutual: false,
  witness: null,
  policy: 'available' as const,
} satisfies ResolvedPlan;

describe('a relationship that another server sends', () => {
  const id = '11111111-1111-4111-8111-111111111111';
  const own = soloConfig(serverId);
  const fine: LedgerRelationship = relationshipOfPlan(id, plan, serverId);
  const goal = fine.goal ?? own.membership;
  const pair = [serverId, otherId];

  it('is taken when it is of the two, or dissolves what there is', () => {
    expect(refuseRelationship(own, fine, otherId)).toBeNull();
    const dissolved = { ...fine, id: pairConfig.relationship?.id ?? '', goal: null };
    expect(refuseRelationship(pairConfig, dissolved, otherId)).toBeNull();
  });

  it.each([
    ['by one that is not in it', own, fine, third],
    ['in the place of another one', pairConfig, fine, otherId],
    ['with another primary', own, { ...fine, goal: { ...goal, members: [otherId] } }, otherId],
    ['with strangers', own, { ...fine, goal: { ...goal, members: [serverId, third] } }, otherId],
    ['with one twice', own, { ...fine, goal: { ...goal, members: [...pair, otherId] } }, otherId],
    ['with a witness for nothing', own, { ...fine, goal: { ...goal, witness: third } }, otherId],
  ])('is refused %s', (_, config, relationship, from) => {
    expect(refuseRelationship(config, relationship, from)).toEqual(expect.any(String));
  });

  it('is refused of one that was no member before', () => {
    const id = pairConfig.relationship?.id ?? '';
    const taken = { ...fine, id, members: [serverId, third], goal: null };
    expect(refuseRelationship(pairConfig, taken, third)).toContain('takes no part');
  });

  it('has no member that is the witness too', () => {
    const strict = { members: pair, witness: otherId, rule: 'majority' } as const;
    expect(describeBadMembership(strict)).toContain('witness');
    expect(describeBadMembership({ ...strict, witness: third })).toBeNull();
  });
});

describe('a plan', () => {
  const candidates = makeCandidates(backupServer, { id: third, name: 'Witness' });

  it('is read by ids and names', () => {
    const asked = { kind: 'backup', main: 'Main', backup: otherId.slice(0, 8) } as const;
    const options = { mutual: true, policy: 'strict', witness: 'Witness' } as const;
    const resolved = resolvePlan({ ...asked, ...options }, candidates);
    expect(resolved).toEqual({
      ok: true,
      value: { ...plan, mutual: true, policy: 'strict', witness: third },
    });
    expect(resolved.ok && serversOfPlan(resolved.value)).toEqual([serverId, otherId, third]);
  });

  it.each([
    [{ main: 'Nobody', backup: 'Backup' }, 'NO_SUCH_SERVER'],
    [{ main: 'Main', backup: 'b2b2' }, 'NO_SUCH_SERVER'],
    [{ main: 'Main', backup: 'Main' }, 'BAD_REQUEST'],
    [{ main: 'Main', backup: 'Backup', witness: 'Main' }, 'BAD_REQUEST'],
    [{ main: 'Main', backup: 'Backup', witness: 'Nobody' }, 'NO_SUCH_SERVER'],
  ] as const)('with %j is refused', (names, code) => {
    const asked = { kind: 'backup', mutual: false, policy: 'available', ...names } as const;
    expect(resolvePlan(asked, candidates)).toMatchObject({ ok: false, code });
  });

  it('of a triad has three servers, none twice, and needs a majority of them', () => {
    const named = { primary: 'Main', secondary: 'Backup', tertiary: 'Witness' };
    const resolved = resolvePlan({ kind: 'triad', ...named }, candidates);
    if (!resolved.ok) throw new Error(resolved.message);
    const members = [serverId, otherId, third];
    expect(resolved.value.members).toEqual(members);
    expect(goalOfPlan(resolved.value, serverId)).toEqual({
      members,
      witness: null,
      rule: 'majority',
    });
    expect(goalOfPlan(resolved.value, otherId).members).toEqual([otherId]);
    expect(partsOfPlan(resolved.value, serverId)).toEqual(['share']);
    expect(partsOfPlan(resolved.value, third)).toEqual(['keep']);
    const twice = resolvePlan({ kind: 'triad', ...named, tertiary: 'Main' }, candidates);
    expect(twice).toMatchObject({ ok: false, code: 'BAD_REQUEST' });
  });

  it('gives each ledger its members in its own order, and a witness only what is strict', () => {
    expect(goalOfPlan(plan, serverId)).toEqual({
      members: [serverId, otherId],
      witness: null,
      rule: 'continuity',
    });
    expect(goalOfPlan(plan, otherId).members).toEqual([otherId]);
    const strict = { ...plan, mutual: true, policy: 'strict', witness: third } as const;
    expect(goalOfPlan(strict, otherId)).toEqual({
      members: [otherId, serverId],
      witness: third,
      rule: 'majority',
    });
    expect(goalOfPlan({ ...strict, policy: 'available' }, serverId).witness).toBeNull();
  });
});
