import { expect, it } from 'vitest';
import { statusDocumentSchema } from '../../../src-shared/model/node-snapshot.ts';
import { startFakeNode } from './fake-node.ts';
import { at, backup, main, makeLedger, makeSnapshot } from './relationship-builders.ts';

it('shows the relationship, every ledger and that a failover would work', async () => {
  const own = makeLedger({
    id: backup.id,
    members: [backup.id, main.id],
    active: backup.id,
    here: 'standby',
    synchronised: [backup.id],
  });
  const node = await startFakeNode({ snapshot: makeSnapshot({ ledgers: [makeLedger(), own] }) });
  const { status, stdout } = await node.run('status');
  expect(status).toBe(0);
  expect(stdout).toMatch(/^State +Serving licences, since /m);
  expect(stdout).toMatch(/^Relationship +backup$/m);
  expect(stdout).toMatch(/^SRV-A +SRV-A +2026-\S+ \S+ +active +SRV-A, SRV-B +3 +7$/m);
  expect(stdout).toMatch(/^SRV-B +SRV-B +2026-\S+ \S+ +standby +SRV-B +3 +7$/m);
  expect(stdout).toContain('Failover: ready');
});

it('says why a failover would not work, who serves instead, and what is too much', async () => {
  const snapshot = makeSnapshot({
    serving: { state: 'standby', reasons: [], since: at },
    ledgers: [
      makeLedger({
        active: null,
        activeSince: null,
        here: 'catching-up',
        placed: backup.id,
        overdraft: { units: 2, since: at },
      }),
    ],
    readiness: {
      ready: false,
      reasons: [{ code: 'NOT_CONNECTED', message: 'SRV-B is not connected.' }],
      together: [],
    },
  });
  const node = await startFakeNode({ snapshot });
  const { stdout } = await node.run('status');
  expect(stdout).toMatch(/^State +Standing by, since /m);
  expect(stdout).toMatch(/^SRV-A +NOBODY +catching up /m);
  expect(stdout).toContain('Licences of SRV-A: an admin gave them to SRV-B.');
  expect(stdout).toContain('Licences of SRV-A: 2 seats too many out since ');
  expect(stdout).toContain('Failover: NOT READY\n- SRV-B is not connected.');
});

it('prints the document of the contract in JSON, and nothing else', async () => {
  const document = statusDocumentSchema.parse(makeSnapshot());
  const node = await startFakeNode({ status: document });
  const run = await node.run('status', '--json');
  expect(run).toMatchObject({ status: 0, stderr: '' });
  expect(JSON.parse(run.stdout)).toEqual(document);
  expect(document.relationship?.members[1]).toMatchObject({
    id: backup.id,
    role: 'backup',
    connected: true,
    synchronised: true,
  });
});
