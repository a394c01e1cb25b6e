import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AdminClient } from '../../../src-main/admin/admin-client.ts';
import { findPipeProgram } from '../../../src-main/admin/pipe-maker.ts';
import type { AdminError } from '../../../src-shared/contract/admin-error.ts';
import { startTestNode } from '../../support/node.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';
import { noFileModes, skipFor } from '../../support/skip.ts';
import { waitFor } from '../../support/wait-for.ts';

/** A program in the place of understudy.exe: a shell script. */
function makeProgram(script: string): string {
  const program = join(makeTemporaryDirectory(), 'understudy');
  writeFileSync(program, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return program;
}

/** A server that counts who has connected. */
async function startStranger() {
  const address = join(makeTemporaryDirectory(), 'admin.sock');
  let connections = 0;
  const server = createServer().on('connection', () => connections++);
  await new Promise<void>((resolve) => server.listen(address, resolve));
  onTestFinished(() => void server.close());
  return { address, connections: () => connections };
}

function ends(client: AdminClient): Promise<AdminError> {
  return new Promise((resolve) => client.watch(() => undefined, resolve));
}

it('is the program beside the one that is installed, and on Windows alone', () => {
  expect(findPipeProgram('linux', '/opt/Understudy/Understudy.exe')).toBeNull();
  expect(findPipeProgram('win32', '/opt/Understudy/node.exe')).toBeNull();
  expect(findPipeProgram('win32', '/opt/Understudy/Understudy.exe')).toBe(
    join('/opt/Understudy', 'bin', 'understudy.exe'),
  );
});

describe('a client that asks who has made the pipe', skipFor(noFileModes), () => {
  it('connects to one that is not a stranger, and lets the program go then', async () => {
    const { node } = await startTestNode();
    const over = join(makeTemporaryDirectory(), 'over');
    const given = `[ "$1 $2" = "pipe-maker ${node.adminAddress}" ] || exit 9`;
    const pipeProgram = makeProgram(`${given}\necho ours\ncat\necho x >> ${over}`);
    const client = new AdminClient({ address: node.adminAddress, pipeProgram });
    expect(await client.call('status', {})).toMatchObject({ ok: true });
    await waitFor('the program has ended', () => existsSync(over));
    const seen = new Promise<void>((resolve) => {
      const stop = client.watch(
        () => {
          stop();
          resolve();
        },
        () => undefined,
      );
    });
    await seen;
  });

  it.each([
    [
      'echo "stranger HOST\\\\\\\\ada lovelace"',
      'was made by HOST\\ada lovelace, which is neither',
    ],
    ['echo none', 'No server is running here'],
    ['echo denied', 'belongs to another account'],
    ['echo error 231', 'cannot be reached: error 231'],
    ['exit 0', 'ended without an answer'],
    ['exec sleep 60', 'did not answer within 0.2 s'],
  ])('sends nothing after %s', async (script, sentence) => {
    const { address, connections } = await startStranger();
    const client = new AdminClient({ address, pipeProgram: makeProgram(script), timeoutMs: 200 });
    const answer = await client.call('status', {});
    expect(answer).toMatchObject({ ok: false, code: 'NODE_AWAY' });
    expect(answer.ok ? '' : answer.message).toContain(sentence);
    expect(connections()).toBe(0);
  });

  it('watches no stranger either', async () => {
    const { address, connections } = await startStranger();
    const client = new AdminClient({ address, pipeProgram: makeProgram('echo stranger ada') });
    expect((await ends(client)).message).toContain('was made by ada');
    expect(connections()).toBe(0);
  });

  it('says what to do when the program is gone', async () => {
    const { address, connections } = await startStranger();
    const client = new AdminClient({ address, pipeProgram: '/nonexistent/understudy.exe' });
    const answer = await client.call('status', {});
    expect(answer.ok ? '' : answer.message).toMatch(/ENOENT.*nothing was sent.*Repair/);
    expect(connections()).toBe(0);
  });
});
