import { expect, test } from 'vitest';
import { groupDenied } from '../../../src-renderer/features/relationship/group-denied.ts';

const reason = 'Main cannot be reached.';
const lease = (user: string, feature: string) => ({
  lease: `${user}-${feature}`,
  user,
  host: 'pc-1',
  feature,
  reason,
});

test('each holder of a feature is named once, with how many leases', () => {
  const denied = [lease('anna', 'cad'), lease('ben', 'cad'), lease('anna', 'cad')];
  expect(groupDenied([...denied, lease('anna', 'pdm')])).toEqual([
    { holder: 'anna on pc-1, cad', leases: 2, reason },
    { holder: 'ben on pc-1, cad', leases: 1, reason },
    { holder: 'anna on pc-1, pdm', leases: 1, reason },
  ]);
});
