import { describe, expect, it } from 'vitest';
import { skipFor } from '../support/skip.ts';
import { changeMembers } from './change-members.ts';
import { missingNetwork, type SiteServer } from './site-servers.ts';
import { startTriadSite } from './site.ts';

type Four = [SiteServer, SiteServer, SiteServer, SiteServer];

describe('members of a triad under load', skipFor(missingNetwork), () => {
  it('are replaced in turn, one of them dead, without a lost lease', async () => {
    const site = await startTriadSite({ spares: ['Delta'] });
    const [alpha, beta, gamma, delta] = site.servers as Four;
    await site.startLoad();
    await gamma.kill();
    await changeMembers(beta, { change: 'replace', server: 'Gamma', by: 'Delta' });
    await gamma.start();
    await changeMembers(alpha, { change: 'replace', server: 'Beta', by: 'Gamma' });
    await changeMembers(alpha, { change: 'replace', server: 'Alpha', by: 'Beta' });
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
    await changeMembers(alpha, { change: 'remove', server: 'Gamma' });
    await changeMembers(alpha, { change: 'add', server: 'Gamma' });
    const servers = ['Gamma', 'Alpha', 'Beta'];
    await changeMembers(beta, { change: 'order', servers });
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
