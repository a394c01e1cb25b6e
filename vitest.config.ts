import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { slowness } from './test/support/slowness.ts';

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

function project(name: string, testTimeout: number, sequential = false) {
  return {
    extends: true as const,
    test: {
      name,
      include: [`test/${name}/**/*.test.ts`],
      testTimeout,
      hookTimeout: testTimeout,
      fileParallelism: !sequential,
    },
  };
}

export default defineConfig({
  define: { __APP_VERSION__: JSON.stringify(version) },
  test: {
    pool: 'forks',
    // By itself the runner leaves a core idle: half of what two have.
    maxWorkers: '100%',
    environment: 'node',
    projects: [
      project('unit', 20_000 * slowness),
      project('scenario', 20_000),
      project('simulation', 120_000),
      project('cluster', 120_000, true),
      project('package', 300_000, true),
      project('site', 900_000, true),
      project('windows', 300_000, true),
      project('debian', 300_000, true),
    ],
  },
});
