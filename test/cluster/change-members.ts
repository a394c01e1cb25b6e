import type { MemberChange } from '../../src-shared/contract/relationship-plan.ts';
import { callAdmin } from '../support/json-request.ts';
import type { LicenseServer } from '../support/license-server.ts';
import { waitFor } from '../support/wait-for.ts';

/** Longest wait for servers of which several are started on a busy machine, in ms. */
const patienceMs = 90_000;

/** Gives the order, as an admin does, when the servers that it names are connected. */
export async function changeMembers(at: LicenseServer, params: MemberChange): Promise<void> {
  await waitFor(
    `${at.name} carries out: ${JSON.stringify(params)}`,
    async () => {
      const answer = await callAdmin(at.dataDirectory, 'relationship.members', params);
      if (!answer.ok && answer.code !== 'RELATIONSHIP_INCOMPLETE') throw new Error(answer.message);
      return answer.ok;
    },
    patienceMs,
  );
  await waitFor(
    'the change is done',
    async () => {
      const { relationship } = await at.call('status', {});
      return relationship === null || relationship.state === 'established';
    },
    patienceMs,
  );
}
