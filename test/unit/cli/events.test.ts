import { describe, expect, it } from 'vitest';
import { startTestNode } from '../../support/node.ts';
import {
  install,
  order,
  patiently,
  protectedLicense,
  startPairedNodes,
  unhurried,
} from '../../support/related-nodes.ts';
import { makeTerminal, runIn } from './fake-terminal.ts';

describe('understudy events', () => {
  it('says which server each entry is of, where there are several', unhurried, async () => {
    const [main] = await startPairedNodes('Main', 'Backup');
    await install(main, protectedLicense);
    await order(main, 'relationship.create', { kind: 'backup', main: 'Main', backup: 'Backup' });
    const list = async () =>
      (await runIn(makeTerminal(), 'events', '--data-dir', main.dataDirectory)).stdout;
    await expect.poll(list, patiently).toMatch(/:\d\d +Backup {2}Understudy \S+ started\.$/m);
    const text = await list();
    expect(text).toMatch(/:\d\d +Main {4}Understudy \S+ started\.$/m);
    expect(text).toMatch(/:\d\d +Main {4}Licence .* was installed: .* at Main\)$/m);
  });

  it('names no server where there is one', async () => {
    const { node, dataDirectory } = await startTestNode({ name: 'Alone' });
    await node.admin.call('demo.install', { consent: true });
    const { stdout } = await runIn(makeTerminal(), 'events', '--data-dir', dataDirectory);
    expect(stdout).toMatch(/:\d\d +Understudy \S+ started\.$/m);
    expect(stdout).not.toContain('Alone');
  });
});
