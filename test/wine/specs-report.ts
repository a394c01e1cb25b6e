/** A spec that was left out, as Playwright tells of one that was skipped. */
export function skippedSpec(file: string, reason: string) {
  const annotations = [{ type: 'skip', description: reason }];
  return {
    specs: [{ file, title: `test/e2e/${file}`, tests: [{ status: 'skipped', annotations }] }],
  };
}

/** A report of Playwright with the specs that were left out. */
export function withSkips(
  report: string,
  skips: readonly ReturnType<typeof skippedSpec>[],
): string {
  const { suites, ...more } = JSON.parse(report) as { suites: unknown[] };
  return JSON.stringify({ ...more, suites: [...suites, ...skips] });
}
