import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { whyNoSpec, whyNotRun } from '../../wine/not-for-windows.ts';
import { skippedSpec, withSkips } from '../../wine/specs-report.ts';
import { readVitestReport } from '../../wine/vitest-report.ts';
import { loadScript } from './load-script.ts';

const ofWindows = {
  testResults: [
    {
      name: 'Z:/w/checkout/test/unit/store/a.test.ts',
      ...{ status: 'failed', message: '' },
      assertionResults: [
        { fullName: 'a works', status: 'passed', failureMessages: [] },
        { fullName: 'a has modes', status: 'failed', failureMessages: ['no modes'] },
        { fullName: 'a waits', status: 'skipped', meta: { skipReason: 'only root may' } },
      ],
    },
  ],
};

const read = (excuseOf: (file: string, test: string) => string | undefined) =>
  readVitestReport(JSON.stringify(ofWindows), ['store/a.test.ts', 'store/b.test.ts'], excuseOf);

it('tells a failure with an excuse as a skip, and no other', () => {
  const [excused] = read((file, test) =>
    file === 'store/a.test.ts' && test === 'a has modes' ? 'wine has none' : undefined,
  );
  expect(excused).toMatchObject({
    ...{ name: 'store/a.test.ts', status: 'passed' },
    assertionResults: [
      { fullName: 'a works', status: 'passed' },
      { fullName: 'a has modes', status: 'skipped', meta: { skipReason: 'wine has none' } },
      { fullName: 'a waits', status: 'skipped', meta: { skipReason: 'only root may' } },
    ],
  });
  const [failed] = read(() => undefined);
  expect(failed?.status).toBe('failed');
  expect(failed?.assertionResults.map(({ status }) => status)).toEqual([
    ...['passed', 'failed', 'skipped'],
  ]);
});

it('takes a file that was to be run and is not told of for a failure', () => {
  expect(read(() => undefined)[1]).toEqual({
    ...{ name: 'store/b.test.ts', status: 'failed', message: 'it was not run' },
    assertionResults: [],
  });
});

it('leaves out files that there are', () => {
  const files = readdirSync('test/unit', { recursive: true, encoding: 'utf8' });
  const left = files.filter((file) => whyNotRun(file) !== undefined);
  expect(left).toContain('check/floors.test.ts');
  expect(left).not.toContain('store/store.test.ts');
});

it('leaves out specs that ask a server, and says so in the report', async () => {
  const reasonOf = (file: string) => whyNoSpec(file, readFileSync(`test/e2e/${file}`, 'utf8'));
  expect(reasonOf('tray.spec.ts')).toContain('D-Bus');
  expect(reasonOf('leases.spec.ts')).toContain('Unix socket');
  expect(reasonOf('leases-many.spec.ts')).toBeUndefined();
  const report = withSkips('{"suites":[],"errors":[]}', [skippedSpec('a.spec.ts', 'no tray')]);
  const { readReport } = await loadScript<{ readReport: (...args: unknown[]) => unknown }>(
    'test-report',
  );
  expect(readReport('wine-e2e', JSON.parse(report), '/')).toMatchObject({
    ...{ passed: 0, failed: 0, skipped: 1 },
    skips: [{ test: 'test/e2e/a.spec.ts', reason: 'no tray' }],
  });
});
