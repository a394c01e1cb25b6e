import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { knock } from '../../../src-main/node/peers/link/peer-dial.ts';
import { skipFor } from '../../support/skip.ts';

/** A process that listens; its port, when it does. */
const listening = `
  const server = require('node:net').createServer();
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));
`;

const noStop = process.platform === 'win32' ? 'Windows has no signal that stops a process' : null;

it('a port whose process is killed while it is asked was open', skipFor(noStop), async () => {
  const child = spawn(process.execPath, ['-e', listening], {
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  // It takes no connection any more: the system does, and ends it with the process.
  child.kill('SIGSTOP');
  const asked = knock(`127.0.0.1:${line.toString().trim()}`, 5_000);
  await new Promise(process.nextTick);
  child.kill('SIGKILL');
  // This process looks at the answer only when all that has happened.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
  expect(await asked).toBe('open');
});
