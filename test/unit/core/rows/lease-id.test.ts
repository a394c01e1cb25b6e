import { describe, expect, it } from 'vitest';
import { leaseIdOf } from '../../../../src-main/node/core/rows/lease-id.ts';
import { leaseIdSchema } from '../../../../src-shared/model/scalars.ts';

const holderOf = (instance: string) => ({ instance, user: 'ada', host: 'ws-1' });

describe('the id of a numbered request', () => {
  it('is a lease id, and the same for a retry', () => {
    const id = leaseIdOf(holderOf('instance-1'), 7, 'acme-cad');
    expect(leaseIdSchema.safeParse(id).success).toBe(true);
    expect(leaseIdOf(holderOf('instance-1'), 7, 'acme-cad')).toBe(id);
  });

  it('is another one for the same instance of another user or host', () => {
    const holder = holderOf('instance-1');
    const others = [holder, { ...holder, user: 'bob' }, { ...holder, host: 'ws-2' }];
    expect(new Set(others.map((one) => leaseIdOf(one, 7, 'acme-cad'))).size).toBe(3);
  });

  it('is another one for another instance, number or licence', () => {
    const ids = new Set<string>();
    for (let instance = 0; instance < 100; instance++) {
      for (let request = 0; request < 100; request++) {
        ids.add(leaseIdOf(holderOf(`instance-${instance}`), request, 'acme-cad'));
        ids.add(leaseIdOf(holderOf(`instance-${instance}`), request, 'acme-cax'));
      }
    }
    expect(ids.size).toBe(20_000);
  });
});
