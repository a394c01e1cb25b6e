import { relative, sep } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

/**
 * What a stage's JSON report says, of Vitest or of Playwright (`e2e`, `wine-e2e`).
 * @returns {{ passed: number, failed: number, skipped: number, files: string[],
 *   failures: { test: string, reason: string }[], skips: { test: string, reason: string }[] }}
 *   `files` had tests, relative to the checkout
 */
export function readReport(stage, report, root) {
  const tests = stage.endsWith('e2e') ? testsOfPlaywright(report) : testsOfVitest(report, root);
  const count = (state) => tests.filter((test) => test.state === state).length;
  return {
    passed: count('passed'),
    failed: count('failed'),
    skipped: count('skipped'),
    files: [...new Set(tests.map(({ file }) => file))],
    failures: tests
      .filter(({ state }) => state === 'failed')
      .map(({ file, title, reason }) => ({ test: `${file} ${title}`.trim(), reason })),
    skips: tests
      .filter(({ state }) => state === 'skipped')
      .map(({ title, reason }) => ({ test: title, reason: reason ?? 'no reason is given' })),
  };
}

function testsOfVitest({ testResults }, root) {
  return testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = relative(root, name).split(sep).join('/');
    if (assertionResults.length === 0 && status === 'failed') {
      return [{ file, title: '', state: 'failed', reason: firstLine(message) }];
    }
    return assertionResults.map((test) => ({
      file,
      title: test.fullName.trim(),
      state: ['passed', 'failed'].includes(test.status) ? test.status : 'skipped',
      reason: test.status === 'failed' ? firstLine(test.failureMessages[0]) : test.meta?.skipReason,
    }));
  });
}

function testsOfPlaywright({ suites, errors }) {
  const broken = errors.map(({ message }) => ({
    ...{ file: '', title: 'outside of the tests', state: 'failed' },
    reason: firstLine(message),
  }));
  return [...suites.flatMap((suite) => testsInSuite(suite)), ...broken];
}

// A test that passed only at a second attempt has failed.
const states = { expected: 'passed', skipped: 'skipped' };

function testsInSuite({ specs = [], suites = [] }) {
  const own = specs.flatMap(({ file, title, tests }) =>
    tests.map(({ status, annotations, results = [] }) => ({
      file: `test/e2e/${file}`,
      title,
      state: states[status] ?? 'failed',
      reason:
        status === 'skipped'
          ? annotations.find(({ type }) => type === 'skip')?.description
          : firstLine(results.flatMap(({ errors = [] }) => errors)[0]?.message),
    })),
  );
  return [...own, ...suites.flatMap((suite) => testsInSuite(suite))];
}

/** Of parts of a stage, what all of them say together. */
export function addCounts(parts) {
  const sum = (name) => parts.reduce((total, part) => total + part[name], 0);
  const all = (name) => parts.flatMap((part) => part[name] ?? []);
  return {
    ...{ passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') },
    ...{ files: all('files'), failures: all('failures'), skips: all('skips') },
  };
}

/** The first line of what a runner said, without its colours. */
function firstLine(message) {
  const plain = stripVTControlCharacters(message ?? '').trim();
  return plain === '' ? 'no reason is given' : plain.split('\n', 1)[0];
}

/** Words of the command line that no test file has in its path. */
export function findIdleWords(words, files) {
  return words.filter((word) => !files.some((file) => file.includes(word)));
}

// Of the columns under the head of the table.
const widths = [8, 8, 9, 9];

/** The end of the output: a table, every skip and failure with its reason, and the sum as the last line. */
export function describeSum(rows, remarks = []) {
  const table = rows.map(({ stage, passed, failed, skipped, seconds }) => {
    const numbers = [passed, failed, skipped, seconds.toFixed(1)].map(String);
    return stage.padEnd(11) + numbers.map((text, at) => text.padStart(widths[at])).join('');
  });
  const sum = (name) => rows.reduce((total, row) => total + row[name], 0);
  const skips = rows.flatMap(({ stage, skips: own = [] }) =>
    own.map(({ test, reason }) => `skipped  ${stage}: ${test}\n         ${reason}`),
  );
  const failures = rows.flatMap(({ stage, failures: own = [] }) =>
    own.map(({ test, reason }) => `failed   ${stage}: ${test}\n         ${reason}`),
  );
  const parts = [
    `stage        passed  failed  skipped  seconds\n${table.join('\n')}`,
    skips.join('\n'),
    failures.join('\n'),
    remarks.join('\n'),
    `${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`,
  ];
  return `\n${parts.filter((part) => part !== '').join('\n\n')}`;
}
