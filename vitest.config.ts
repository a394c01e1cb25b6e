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

/**
 * Tests with real servers that put them under load, or hold them to a time: each of them has the machine for
 * itself, after all others of its stage.
 */
const loaded = ['failover', 'firewall', 'kill-loop', 'pair-disk', 'pair-restart', 'pool', 'triad'];
const loadedFiles = loaded.map((name) => `test/cluster/${name}.test.ts`);

function clusterProjects() {
  const cluster = project('cluster', 120_000);
  const alone = project('cluster-alone', 120_000, true);
  return [
    { ...cluster, test: { ...cluster.test, exclude: loadedFiles } },
    { ...alone, test: { ...alone.test, include: loadedFiles, sequence: { groupOrder: 1 } } },
  ];
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
      ...clusterProjects(),
      project('package', 300_000, true),
      project('site', 900_000, true),
      project('windows', 300_000, true),
      project('debian', 300_000, true),
    ],
  },
});
