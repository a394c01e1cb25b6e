import { expect, it, onTestFinished } from 'vitest';
import type { RelationshipPlan } from '../../src-shared/contract/relationship-plan.ts';
import { ClientConnection } from '../support/json-request.ts';
import { LicenseServer } from '../support/license-server.ts';
import { makeVendor } from '../support/licenses.ts';
import { isInSync, makeRelationship, quickSettings, serves } from '../support/pair.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';
import { waitFor } from '../support/wait-for.ts';
import { changeMembers } from './change-members.ts';

type Four = [LicenseServer, LicenseServer, LicenseServer, LicenseServer];

async function startFour(): Promise<Four> {
  const servers = ['Alpha', 'Beta', 'Gamma', 'Delta'].map((name) => {
    const server = new LicenseServer({ name, dataDirectory: makeTemporaryDirectory() });
    onTestFinished(() => server.kill());
    return server;
  });
  await Promise.all(servers.map((server) => server.start()));
  return servers as Four;
}

function planOf(kind: 'triad' | 'pool', [alpha, beta, gamma]: Four): RelationshipPlan {
  return kind === 'triad'
    ? { kind, primary: alpha.id, secondary: beta.id, tertiary: gamma.id }
    : { kind, name: 'floor', servers: [alpha.id, beta.id, gamma.id] };
}

it.each(['triad', 'pool'] as const)(
  'a primary of a %s that was replaced while it was down serves nothing when it returns',
  async (kind) => {
    const four = await startFour();
    const [alpha, beta, , delta] = four;
    const grant = { redundancy: kind, units: 1, ttlSeconds: 60 } as const;
    await alpha.install(await makeVendor(), { id: 'cad', feature: 'cad', ...grant });
    await makeRelationship(four, planOf(kind, four), quickSettings);
    await alpha.kill();
    await waitFor('the next one serves', () => serves(beta, alpha));
    await changeMembers(beta, { change: 'replace', server: alpha.id, by: delta.id });
    await waitFor('the new one serves', () => serves(delta, delta));
    await waitFor('and everybody has everything', () => isInSync(delta));
    const client = new ClientConnection(delta.port);
    expect((await client.checkout('ann', 'cad')).status).toBe(201);
    client.close();

    await alpha.start();
    await waitFor('the one that was replaced knows it', async () => {
      return (await alpha.call('status', {})).relationship === null;
    });
    const late = new ClientConnection(alpha.port);
    expect((await late.checkout('ben', 'cad')).status).not.toBe(201);
    late.close();
    expect(await serves(delta, delta)).toBe(true);
  },
);
