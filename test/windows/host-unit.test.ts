import { expect, it } from 'vitest';
import { skipFor } from '../support/skip.ts';
import { buildHostUnit } from './host-programs.ts';
import { machineOfTest } from './machine-of-test.ts';
import { whyNoWindows } from './windows-root.ts';

it('passes the unit tests of understudy.exe', skipFor(whyNoWindows()), async () => {
  const machine = machineOfTest();
  machine.put(await buildHostUnit(), 'host-unit.exe');
  const { status, stdout } = await machine.run('C:\\host-unit.exe');
  expect(stdout).toBe('0 failures\r\n');
  expect(status).toBe(0);
});
