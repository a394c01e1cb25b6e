import { describe, expect, it } from 'vitest';
import type { MemberChange } from '../../src-shared/contract/relationship-plan.ts';
import { callAdmin } from '../support/json-request.ts';
import { skipFor } from '../support/skip.ts';
import { waitFor } from '../support/wait-for.ts';
import { missingNetwork, type SiteServer } from './site-servers.ts';
import { startTriadSite } from './site.ts';

/** Gives the order, as an admin does, when the servers that it names are connected. */
async function change(at: SiteServer, params: MemberChange): Promise<void> {
  await waitFor(`${at.name} carries out: ${JSON.stringify(params)}`, async () => {
    const answer = await callAdmin(at.dataDirectory, 'relationship.members', params);
    if (!answer.ok && answer.code !== 'RELATIONSHIP_INCOMPLETE') throw new Error(answer.message);
    return answer.ok;
  });
  await waitFor('the change is done', async () => {
    const { relationship } = await at.call('status', {});
    return relationship === null || relationship.state === 'established';
  });
}

type Four = [SiteServer, SiteServer, SiteServer, SiteServer];

describe('members of a triad under load', skipFor(missingNetwork), () => {
  it('are replaced in turn, one of them dead, without a lost lease', async () => {
    const site = await startTriadSite({ spares: ['Delta'] });
    const [alpha, beta, gamma, delta] = site.servers as Four;
    await site.startLoad();
    await gamma.kill();
    await change(beta, { change: 'replace', server: 'Gamma', by: 'Delta' });
    await gamma.start();
    await change(alpha, { change: 'replace', server: 'Beta', by: 'Gamma' });
    await change(alpha, { change: 'replace', server: 'Alpha', by: 'Beta' });
    site.members = [beta, gamma, delta];
    await site.verify();
    const { relationship } = await alpha.call('status', {});
    expect(relationship).toBeNull();
    const timeline = await delta.timeline('relationshipChanged');
    const told = timeline.map(({ message }) => message).join('\n');
    expect(told).toContain('Delta is to take the place of Gamma.');
    expect(told).toContain('Beta takes part in the licences of Alpha.');
  });

  it('become a backup and a triad again, and the order changes, with every seat', async () => {
    const site = await startTriadSite();
    const [alpha, beta, gamma] = site.servers as Four;
    await site.startLoad();
    await change(alpha, { change: 'remove', server: 'Gamma' });
    await change(alpha, { change: 'add', server: 'Gamma' });
    const servers = ['Gamma', 'Alpha', 'Beta'];
    await change(beta, { change: 'order', servers });
    site.members = [gamma, alpha, beta];
    await site.verify();
    const { relationship } = await gamma.call('status', {});
    expect(relationship?.members.map(({ role }) => role)).toEqual([
      'primary',
      'secondary',
      'tertiary',
    ]);
  });
});
