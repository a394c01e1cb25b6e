import { describe, expect, it } from 'vitest';
import { startTestNode } from '../../support/node.ts';
import { makeTerminal, runIn } from './fake-terminal.ts';

async function startServer(name: string, stdin = '') {
  const { node, dataDirectory, port } = await startTestNode({ name });
  const terminal = makeTerminal(stdin);
  const run = (...args: string[]) =>
    runIn(terminal, 'servers', ...args, '--data-dir', dataDirectory);
  const stop = () => node.stop();
  return { id: node.id, address: `127.0.0.1:${port}`, run, stop };
}

describe('understudy servers', () => {
  it('invites, pairs, lists and forgets', async () => {
    const a = await startServer('Alpha');
    const b = await startServer('Beta');
    const none = await b.run('list');
    expect(none).toMatchObject({ status: 0, stdout: expect.stringContaining('servers invite') });
    const invited = JSON.parse((await a.run('invite', '--json')).stdout) as {
      code: string;
      addresses: string[];
    };
    expect(invited.addresses).toEqual([a.address]);
    const paired = await b.run('pair', a.address, invited.code.toLowerCase());
    expect(paired).toMatchObject({ status: 0, stdout: expect.stringContaining(a.id) });
    await expect
      .poll(async () => (await b.run('list')).stdout, { timeout: 10_000 })
      .toMatch(/Alpha +[0-9a-f]{12} +127\.0\.0\.1:\d+ +paired +yes/);
    expect(JSON.parse((await b.run('list', '--json')).stdout)).toMatchObject({
      servers: [{ id: a.id, name: 'Alpha', paired: true, synchronised: false }],
    });
    expect(await b.run('forget', 'Alpha')).toMatchObject({ status: 0 });
    await expect
      .poll(async () => (await a.run('list')).stdout, { timeout: 10_000 })
      .toContain('pairing ended');
  });

  it('shows what wrong codes an invitation has been tried with', async () => {
    const a = await startServer('Alpha');
    const b = await startServer('Beta');
    const none = await a.run('invitation');
    expect(none).toMatchObject({ status: 0, stdout: expect.stringContaining('servers invite') });
    await a.run('invite', '--allow', 'relationship');
    expect((await a.run('invitation')).stdout).toContain('No wrong code has come.');
    for (let n = 0; n < 2; n++) {
      expect(await b.run('pair', a.address, 'AAAAA-AAAAA-AAAAA-AAAAA')).toMatchObject({
        status: 1,
      });
    }
    expect((await a.run('invitation')).stdout).toMatch(
      /came from:\n {2}127\.0\.0\.1, as Beta: 2 times, the last at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\n/,
    );
    expect(JSON.parse((await a.run('invitation', '--json')).stdout)).toMatchObject({
      invitation: {
        allowed: 'relationship',
        wrongTries: [{ address: '127.0.0.1', name: 'Beta', count: 2, shut: false }],
        moreSources: 0,
      },
    });
  });

  it('orders a new key and says what follows from it', async () => {
    const a = await startServer('Alpha');
    const b = await startServer('Beta');
    const { code } = JSON.parse((await a.run('invite', '--json')).stdout) as { code: string };
    await b.run('pair', a.address, code);
    await expect
      .poll(async () => (await a.run('list')).stdout, { timeout: 10_000 })
      .toMatch(/Beta .* paired +yes/);
    const told = await a.run('rotate-key', '--json');
    expect(told.status).toBe(0);
    const document = JSON.parse(told.stdout) as { nextId: string };
    expect(document).toMatchObject({ id: a.id, told: [{ id: b.id, name: 'Beta' }], notTold: [] });
    expect(document.nextId).not.toBe(a.id);

    await b.stop();
    await expect
      .poll(async () => (await a.run('list')).stdout, { timeout: 10_000 })
      .toMatch(/Beta .* paired +NO/);
    const refused = await a.run('rotate-key', '--json');
    expect(refused.status).toBe(1);
    expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: 'SERVER_UNREACHABLE' } });
    const forced = await a.run('rotate-key', '--force');
    expect(forced.status).toBe(0);
    for (const text of [a.id, document.nextId, 'Not told: Beta.', 'present fingerprint']) {
      expect(forced.stdout).toContain(text);
    }
  });

  it('prints the command for the other server, which reads the code from standard input', async () => {
    const a = await startServer('Alpha');
    const { stdout } = await a.run('invite');
    const code = /^Code: (\S+)$/m.exec(stdout)?.[1] ?? '';
    expect(stdout).toContain(`understudy servers pair ${a.address}\n`);
    const b = await startServer('Beta', `  ${code.toLowerCase()}\r\nsomething else\n`);
    expect(await b.run('pair', a.address)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('Paired with Alpha'),
    });
    const silent = await startServer('Gamma');
    expect(await silent.run('pair', a.address)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('A code is needed'),
    });
  });

  it('says no in one sentence and a code', async () => {
    const a = await startServer('Alpha');
    const wrong = await a.run('pair', 'nowhere', 'x');
    expect(wrong).toMatchObject({ status: 2, stderr: expect.stringContaining('HOST:PORT') });
    const away = await a.run('pair', '127.0.0.1:1', '00000-00000-00000-00000', '--json');
    expect(away.status).toBe(1);
    expect(JSON.parse(away.stdout)).toMatchObject({ error: { code: 'SERVER_UNREACHABLE' } });
    expect(await a.run('forget', 'nobody')).toMatchObject({ status: 1 });
  });
});
