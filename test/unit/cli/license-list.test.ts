import { expect, it } from 'vitest';
import { licenseStatusSchema } from '../../../src-shared/model/license.ts';
import { makeLicense } from '../../support/snapshot-builders.ts';
import { startFakeNode } from './fake-node.ts';
import { makeSnapshot } from './relationship-builders.ts';

const damage = 'What is kept of it is not what its vendor signed.';

it('shows a damaged licence as one that nobody serves, with the reason below the list', async () => {
  const damaged = makeLicense({ id: 'bad', validity: 'damaged', damage, servedBy: null });
  const licenses = [makeLicense({ id: 'good' }), damaged];
  const node = await startFakeNode({ snapshot: makeSnapshot({ licenses }) });
  const { status, stdout } = await node.run('license', 'list');
  expect(status).toBe(0);
  expect(stdout).toMatch(/^good .* valid .* SRV-A \(primary\)/m);
  expect(stdout).toMatch(/^bad .* DAMAGED .* NOBODY/m);
  expect(stdout).toContain(
    `\nbad is damaged. ${damage} A paired server that has the licence undamaged`,
  );
  expect(stdout).not.toContain('good is damaged');
});

it('shows all of one licence, with for whom it is', async () => {
  const metadata = { site: 'Oslo' };
  const license = makeLicense({ customer: 'Ann Inc', orderNumber: 'A-1', metadata, inUse: 3 });
  const node = await startFakeNode({ 'license.show': { license } });
  const { status, stdout } = await node.run('license', 'show', 'acme-cad');
  expect(status).toBe(0);
  for (const line of [
    /^SEATS +3 of 10$/m,
    /^CUSTOMER +Ann Inc$/m,
    /^ORDER +A-1$/m,
    /^site +Oslo$/m,
  ]) {
    expect(stdout).toMatch(line);
  }
  expect(node.calls).toEqual([{ method: 'license.show', params: { id: 'acme-cad' } }]);
});

it('names it under what needs attention', async () => {
  const damaged = makeLicense({ validity: 'damaged', damage, servedBy: null });
  const node = await startFakeNode({ snapshot: makeSnapshot({ licenses: [damaged] }) });
  const { stdout } = await node.run('status');
  expect(stdout).toContain(
    'Needs attention:\n- cad: licence damaged. This server does not serve acme-cad.',
  );
});

it('gives the reason in JSON', async () => {
  const licenses = [licenseStatusSchema.parse(makeLicense({ servedBy: null, damage }))];
  const node = await startFakeNode({ 'license.list': { licenses } });
  const { stdout } = await node.run('license', 'list', '--json');
  expect(JSON.parse(stdout)).toEqual({ licenses });
});
