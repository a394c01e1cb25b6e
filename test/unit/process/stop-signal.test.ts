import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { skipFor } from '../../support/skip.ts';

const stopSignal = new URL('../../../src-main/process/stop-signal.ts', import.meta.url).href;

const noSignals =
  process.platform === 'win32' ? 'Windows sends no signals between processes' : null;

function run(program: string) {
  const imported = `const { waitForStopSignal } = await import(${JSON.stringify(stopSignal)});`;
  const text = `${imported}
    const signal = (name) => process.kill(process.pid, name);
    const turn = () => new Promise((resolve) => setTimeout(resolve, 20));
    const { received, end } = waitForStopSignal();
    ${program}`;
  const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', text];
  return spawnSync(process.execPath, args, { encoding: 'utf8' });
}

it('takes signals within a second for one stop', skipFor(noSignals), () => {
  const ended = run(`
    signal('SIGTERM');
    signal('SIGINT');
    await turn();
    signal('SIGTERM');
    await turn();
    console.log(await received);
    end();
  `);
  expect(ended).toMatchObject({ status: 0, signal: null, stdout: 'stop\n' });
});

it('ends a stop that takes too long at a later one', skipFor(noSignals), () => {
  const ended = run(`
    setTimeout(() => console.log('it lives on'), 5_000);
    signal('SIGTERM');
    await received;
    const { now } = performance;
    performance.now = () => now.call(performance) + 1_001;
    signal('SIGTERM');
  `);
  expect(ended).toMatchObject({ signal: 'SIGTERM', stdout: '' });
});
