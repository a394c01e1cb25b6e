import { z } from 'zod';

const reportSchema = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string(),
      assertionResults: z.array(
        z.object({
          fullName: z.string(),
          status: z.string(),
          failureMessages: z.array(z.string()).nullish(),
          meta: z.object({ skipReason: z.string().optional() }).optional(),
        }),
      ),
    }),
  ),
});

/** What Vitest says of a file; `name` is its path below `test/unit`, with slashes. */
export type FileReport = z.infer<typeof reportSchema>['testResults'][number];

/**
 * The report of a run on Windows, a failure with an excuse told as a skip with it as its reason. A file
 * that was to be run and is not in the report has failed.
 */
export function readVitestReport(
  text: string,
  files: readonly string[],
  excuseOf: (file: string, test: string) => string | undefined,
): FileReport[] {
  const { testResults } = reportSchema.parse(JSON.parse(text));
  const found = testResults.map((report) => withExcuses(named(report), excuseOf));
  const missing = files.filter((file) => !found.some(({ name }) => name === file));
  return [...found, ...missing.map((file) => brokenFile(file, 'it was not run'))];
}

function named(report: FileReport): FileReport {
  const name = report.name.replaceAll('\\', '/').replace(/^.*\/test\/unit\//, '');
  return { ...report, name };
}

function withExcuses(
  report: FileReport,
  excuseOf: (file: string, test: string) => string | undefined,
): FileReport {
  const assertionResults = report.assertionResults.map((test) => {
    const excuse = test.status === 'failed' ? excuseOf(report.name, test.fullName) : undefined;
    return excuse === undefined
      ? test
      : { ...test, status: 'skipped', meta: { skipReason: excuse } };
  });
  const hasFailed = assertionResults.some(({ status }) => status === 'failed');
  const isExcused = report.assertionResults.some(({ status }) => status === 'failed') && !hasFailed;
  return { ...report, assertionResults, status: isExcused ? 'passed' : report.status };
}

export function brokenFile(name: string, message: string): FileReport {
  return { name, status: 'failed', message, assertionResults: [] };
}

export function skippedFile(name: string, skipReason: string): FileReport {
  const test = { fullName: `test/unit/${name}`, status: 'skipped', meta: { skipReason } };
  return { name, status: 'passed', message: '', assertionResults: [test] };
}
