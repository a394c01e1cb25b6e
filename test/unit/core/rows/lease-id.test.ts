import { describe, expect, it } from 'vitest';
import { leaseIdOf } from '../../../../src-main/node/core/rows/lease-id.ts';
import { leaseIdSchema } from '../../../../src-shared/model/scalars.ts';

describe('the id of a numbered request', () => {
  it('is a lease id, and the same for a retry', () => {
    const id = leaseIdOf('instance-1', 7, 'acme-cad');
    expect(leaseIdSchema.safeParse(id).success).toBe(true);
    expect(leaseIdOf('instance-1', 7, 'acme-cad')).toBe(id);
  });

  it('is another one for another instance, number or licence', () => {
    const ids = new Set<string>();
    for (let instance = 0; instance < 100; instance++) {
      for (let request = 0; request < 100; request++) {
        ids.add(leaseIdOf(`instance-${instance}`, request, 'acme-cad'));
        ids.add(leaseIdOf(`instance-${instance}`, request, 'acme-cax'));
      }
    }
    expect(ids.size).toBe(20_000);
  });
});
