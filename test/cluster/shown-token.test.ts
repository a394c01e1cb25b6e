import { expect, it } from 'vitest';
import { leaseAnswerSchema } from '../../src-shared/contract/client-api.ts';
import type { LicenseServer } from '../support/license-server.ts';
import { makeVendor } from '../support/licenses.ts';
import { makeBackup, quickSettings, serves } from '../support/pair.ts';
import { waitFor } from '../support/wait-for.ts';
import { connect, startServer } from './started-server.ts';

const seats = { redundancy: 'backup', units: 2, ttlSeconds: 60 } as const;

// Neither server is started again before the other has signed what it is shown.
it.each([
  { by: 'that was invited', granting: 'Backup' },
  { by: 'that had invited it', granting: 'Main' },
])('keeps a seat that the other server, the one $by, had granted alone', async ({ granting }) => {
  const [main, backup] = [await startServer('Main'), await startServer('Backup')];
  await main.install(await makeVendor(), seats);
  await makeBackup({ main, backup, settings: { ...quickSettings, coldStartWaitMs: 1_000 } });
  const [other, grants] = granting === 'Backup' ? [main, backup] : [backup, main];

  await other.kill();
  await waitFor(`${granting} serves alone`, () => serves(grants, main));
  const { status, body } = await connect(grants).checkout('i-1');
  expect(status).toBe(201);
  const { lease, token } = leaseAnswerSchema.parse(body);
  await grants.kill();
  await other.start();
  await waitFor(`${other.name} serves alone`, () => serves(other, main));
  expect(await answerToRenewal(other, lease.id, token)).toBe(200);
  expect((await other.leases('cad')).map(({ id }) => id)).toEqual([lease.id]);
});

/**
 * The status that a renewal gets once it is decided. A token of a term that is later than the server's own
 * makes the server look about first (section 4a): both had the same number, and which is later goes by id.
 */
async function answerToRenewal(
  server: LicenseServer,
  lease: string,
  token: string,
): Promise<number> {
  const headers = { 'understudy-token': token };
  const path = `/v1/leases/${lease}/renew`;
  let answer = 503;
  await waitFor('the renewal is decided', async () => {
    answer = (await connect(server).send('POST', path, undefined, { headers })).status;
    return answer !== 503;
  });
  return answer;
}
