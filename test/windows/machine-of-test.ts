import { onTestFinished } from 'vitest';
import { WindowsMachine, type WindowsMachineOptions } from './windows-machine.ts';

/** A new Windows, which is removed when the test is over. */
export function machineOfTest(options: WindowsMachineOptions = {}): WindowsMachine {
  const machine = new WindowsMachine(options);
  onTestFinished(() => machine.remove());
  return machine;
}
