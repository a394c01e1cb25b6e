import { expect, it } from 'vitest';
import { loadScript } from './load-script.ts';

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
  files: string[];
  failures: { test: string; reason: string }[];
  skips: { test: string; reason: string }[];
}

interface ReportModule {
  addCounts(parts: Partial<Counts>[]): Counts;
  readReport(stage: string, report: unknown, root: string): Counts;
  findIdleWords(words: string[], files: string[]): string[];
  describeSum(
    rows: (Partial<Counts> & { stage: string; seconds: number })[],
    remarks?: string[],
  ): string;
}

const { addCounts, readReport, findIdleWords, describeSum } =
  await loadScript<ReportModule>('test-report');

const vitestReport = {
  testResults: [
    {
      name: '/checkout/test/unit/a.test.ts',
      status: 'passed',
      message: '',
      assertionResults: [
        { fullName: ' a works', status: 'passed', meta: {} },
        {
          fullName: ' a fails',
          ...{ status: 'failed', meta: {} },
          failureMessages: [
            '\u001b[31mAssertionError: expected 1 to be 2\u001b[39m\n    at a.test.ts:3',
          ],
        },
        { fullName: ' a waits', status: 'skipped', meta: { skipReason: 'only root may' } },
        { fullName: ' a is to be', status: 'todo', meta: {} },
      ],
    },
    {
      name: '/checkout/test/unit/broken.test.ts',
      status: 'failed',
      message: 'it does not parse\n  at 1:1',
      assertionResults: [],
    },
  ],
};

it('counts what Vitest reports, a file that cannot be read as failed, with the reason of each skip', () => {
  expect(readReport('unit', vitestReport, '/checkout')).toEqual({
    ...{ passed: 1, failed: 2, skipped: 2 },
    files: ['test/unit/a.test.ts', 'test/unit/broken.test.ts'],
    failures: [
      { test: 'test/unit/a.test.ts a fails', reason: 'AssertionError: expected 1 to be 2' },
      { test: 'test/unit/broken.test.ts', reason: 'it does not parse' },
    ],
    skips: [
      { test: 'a waits', reason: 'only root may' },
      { test: 'a is to be', reason: 'no reason is given' },
    ],
  });
});

it('counts what Playwright reports, at whatever depth, and what passed at a second attempt as failed', () => {
  const results = [{ errors: [{ message: 'not visible\nwithin 5 s' }] }];
  const spec = (title: string, status: string, annotations: unknown[] = []) => ({
    ...{ title, file: 'tray.spec.ts' },
    tests: [{ status, annotations, results: status === 'skipped' ? [] : results }],
  });
  const report = {
    errors: [{ message: 'no display' }],
    suites: [
      {
        specs: [spec('one', 'expected'), spec('two', 'unexpected')],
        suites: [
          {
            specs: [
              spec('three', 'flaky'),
              spec('four', 'skipped', [{ type: 'skip', description: 'not on Linux' }]),
            ],
          },
        ],
      },
    ],
  };
  expect(readReport('e2e', report, '/checkout')).toMatchObject({
    ...{ passed: 1, failed: 3, skipped: 1 },
    failures: [
      { test: 'test/e2e/tray.spec.ts two', reason: 'not visible' },
      { test: 'test/e2e/tray.spec.ts three', reason: 'not visible' },
      { test: 'outside of the tests', reason: 'no display' },
    ],
    skips: [{ test: 'four', reason: 'not on Linux' }],
  });
});

it('names the words that no test file has in its path', () => {
  const files = ['test/unit/core/ledger.test.ts', 'test/e2e/tray.spec.ts'];
  expect(findIdleWords(['ledger', 'legder', 'e2e/tray'], files)).toEqual(['legder']);
});

it('ends with the sum, after every skip and failure and its reason', () => {
  const rows = [
    { stage: 'check', passed: 0, failed: 0, skipped: 0, seconds: 1 },
    { stage: 'unit', seconds: 2.25, ...readReport('unit', vitestReport, '/checkout') },
  ];
  expect(describeSum(rows, ['Stopped by SIGTERM.'])).toBe(`
stage        passed  failed  skipped  seconds
check             0       0        0      1.0
unit              1       2        2      2.3

skipped  unit: a waits
         only root may
skipped  unit: a is to be
         no reason is given

failed   unit: test/unit/a.test.ts a fails
         AssertionError: expected 1 to be 2
failed   unit: test/unit/broken.test.ts
         it does not parse

Stopped by SIGTERM.

1 passed, 2 failed, 2 skipped`);
});

it('adds up what parts of a stage say', () => {
  const failure = { test: 'a', reason: 'b' };
  const broken = { passed: 0, failed: 1, skipped: 0 };
  const whole = { ...broken, passed: 3, files: ['a.spec.ts'], failures: [failure], skips: [] };
  expect(addCounts([broken, whole])).toEqual({ ...whole, failed: 2 });
});
