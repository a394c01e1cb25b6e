import { expect, test } from 'vitest';
import type { NodeSnapshot } from '../../../src-shared/model/node-snapshot.ts';
import { describeDrillPlan, describePlan, switchoverOf } from '../../../src-shared/view/moves.ts';
import { makeLicense, makeNode, makePair } from '../../support/snapshot-builders.ts';

/** SRV-A with a licence that SRV-B may serve too, and one of its own. */
function makeSite(own: Parameters<typeof makeLicense>[0] = {}): NodeSnapshot {
  const pair = makePair();
  const servedBy = pair.licenses?.[0]?.servedBy ?? null;
  const only = makeLicense({ id: 'acme-own', feature: 'own', inUse: 3, servedBy, ...own });
  return makeNode({ ...pair, licenses: [...(pair.licenses ?? []), only] });
}

test('a drill says before it begins what the standby takes over, and what nobody serves meanwhile', () => {
  expect(describeDrillPlan(makeSite())).toEqual({
    what:
      'The standby takes over 1 licence with 4 seats in use, serves for a moment, and gives back what ' +
      'it took over.',
    left: '1 licence with 3 seats in use is not covered and is not served meanwhile.',
  });
  expect(describeDrillPlan(makeSite({ failover: { configured: true } })).left).toBe('');
});

test('so does a switchover', () => {
  const node = makeSite({ inUse: 0 });
  const move = switchoverOf(node);
  expect(move && describePlan(node, move)).toMatchObject({
    what: 'SRV-B takes over 1 licence with 4 seats in use.',
    left: '1 licence is not covered and is not served until somebody fails back.',
  });
});
