import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

const guard = new URL('../../../src-main/process/process-guard.ts', import.meta.url).href;

const program = `
  const { guardProcess } = await import(${JSON.stringify(guard)});
  guardProcess((error) => console.log('noted ' + error.message));
  setTimeout(() => { throw new Error('thrown'); }, 0);
  void Promise.reject(new Error('rejected'));
  setTimeout(() => console.log('alive'), 50);
`;

it('notes faults that nothing caught, and the process lives on', () => {
  const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', program];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect(status).toBe(0);
  expect(stdout.trim().split('\n').sort()).toEqual(['alive', 'noted rejected', 'noted thrown']);
  expect(stderr).toContain('understudy: internal error: Error: thrown');
});
