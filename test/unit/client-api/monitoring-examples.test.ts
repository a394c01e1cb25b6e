import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { skipFor } from '../../support/skip.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';
import { call, checkoutBody, makeIdentity, startApi } from './api-fixture.ts';

const pathOf = (name: string) =>
  fileURLToPath(new URL(`../../../docs/examples/${name}`, import.meta.url));
const read = (name: string) => readFileSync(pathOf(name), 'utf8');

/** Names and labels of what a server tells Prometheus, and what Prometheus itself adds. */
const known = new Map<string, Set<string>>([['up', new Set(['job', 'instance'])]]);
let metrics = '';

beforeAll(async () => {
  const { api } = await startApi(await makeIdentity());
  try {
    await call(api, 'POST', '/v1/leases', { body: checkoutBody });
    metrics = (await call(api, 'GET', '/metrics')).text;
    for (const [, name = '', labels = ''] of metrics.matchAll(/^([a-z_]\w*)(?:\{(.*)\})? \S+$/gm)) {
      const names = [...labels.matchAll(/(\w+)="/g)].map(([, label = '']) => label);
      known.set(name, new Set(['job', 'instance', ...names]));
    }
  } finally {
    await api.close();
  }
});

/** Words of PromQL that are no metric. */
const functions = /^(sum|min|max|count|avg|rate|increase|histogram_quantile|time)$/;

/** What is wrong with an expression: metrics and labels that no server has. */
function faultsOf(expression: string): string[] {
  const faults: string[] = [];
  const without = expression.replaceAll(/"[^"]*"/g, '""').replaceAll(/\[\w+\]/g, '');
  const grouped = [...without.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = '']) =>
    list.split(',').map((label) => label.trim()),
  );
  const plain = without.replaceAll(/\bby \([^)]*\)/g, '');
  const names = new Set<string>();
  for (const [, name = '', selector = ''] of plain.matchAll(/\b([a-z_]\w*)\b(?:\{([^}]*)\})?/g)) {
    if (functions.test(name) || /^\w+=/.test(name)) continue;
    names.add(name);
    const labels = known.get(name);
    if (!labels) faults.push(`no metric ${name}`);
    const selected = [...selector.matchAll(/(\w+)=/g)].map(([, label = '']) => label);
    const used = [...selected, ...grouped];
    faults.push(
      ...used.filter((label) => labels && !labels.has(label)).map((l) => `no label ${l}`),
    );
  }
  return names.size === 0 ? [...faults, 'no metric at all'] : faults;
}

it('finds an expression that is about nothing', () => {
  expect(faultsOf('understudy_redy == 0')).toEqual(['no metric understudy_redy']);
  expect(faultsOf('understudy_ledger_role{rol="active"}')).toEqual(['no label rol']);
  expect(faultsOf('max by (licence) (understudy_license_units)')).toEqual(['no label licence']);
  expect(faultsOf('1 == 1')).toEqual(['no metric at all']);
});

const targetSchema = z.object({ expr: z.string() });
const dashboardSchema = z.object({
  title: z.string(),
  uid: z.string(),
  schemaVersion: z.int(),
  annotations: z.object({ list: z.array(targetSchema) }),
  panels: z.array(
    z.object({
      id: z.int(),
      type: z.string(),
      title: z.string(),
      gridPos: z.object({ x: z.int(), y: z.int(), w: z.int(), h: z.int() }),
      targets: z.array(targetSchema).min(1),
    }),
  ),
});

describe('the Grafana dashboard', () => {
  const dashboard = dashboardSchema.parse(JSON.parse(read('grafana-dashboard.json')));

  const targets = [
    ...dashboard.panels.flatMap((one) => one.targets),
    ...dashboard.annotations.list,
  ];

  it('asks for nothing that a server does not tell', () => {
    const faults = targets.map(({ expr }) => ({ expr, faults: faultsOf(expr) }));
    expect(faults.filter((one) => one.faults.length > 0)).toEqual([]);
  });

  it('asks in the language of Prometheus', skipFor(whyNoPromtool()), () => {
    const rules = targets.map(({ expr }, at) => ({ record: `asked:${at}`, expr }));
    // JSON is YAML too.
    const file = join(makeTemporaryDirectory(), 'asked.yml');
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
    const said = execFileSync('promtool', ['check', 'rules', file]);
    expect(said.toString()).toContain(`SUCCESS: ${rules.length} rules found`);
  });

  it('has panels with ids of their own that do not lie on each other', () => {
    const { panels } = dashboard;
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    for (const [index, { gridPos: a, title }] of panels.entries()) {
      expect(a.x + a.w, title).toBeLessThanOrEqual(24);
      for (const { gridPos: b, title: other } of panels.slice(index + 1)) {
        const apart = a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y;
        expect(apart, `${title} and ${other}`).toBe(true);
      }
    }
  });
});

describe('the alerts for Prometheus', () => {
  const text = read('prometheus-alerts.yml');
  const rules = text.split(/^ {6}- alert: /m).slice(1);

  it('ask for nothing that a server does not tell', () => {
    expect(rules.length).toBeGreaterThan(10);
    const faults = rules.map((rule) => {
      const [name = ''] = rule.split('\n');
      const [, folded, single] = /^ {8}expr: (?:>-\n((?: {10}.*\n)+)|(.*)\n)/m.exec(rule) ?? [];
      return { name, faults: faultsOf((folded ?? single ?? '').trim()) };
    });
    expect(faults.filter((one) => one.faults.length > 0)).toEqual([]);
  });

  it('say how bad it is, what it is and what to do', () => {
    for (const rule of rules) {
      expect(rule).toMatch(/^ {10}severity: (critical|warning)$/m);
      expect(rule).toMatch(/^ {10}summary: \S/m);
      expect(rule).toMatch(/^ {10}description: \S/m);
    }
  });

  it('are rules to Prometheus itself', skipFor(whyNoPromtool()), () => {
    const said = execFileSync('promtool', ['check', 'rules', pathOf('prometheus-alerts.yml')]);
    expect(said.toString()).toContain(`SUCCESS: ${rules.length} rules found`);
  });
});

describe('the metrics', () => {
  it('are named and explained as Prometheus itself wants it', skipFor(whyNoPromtool()), () => {
    const { status, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: metrics });
    expect({ status, said: stderr.toString() }).toEqual({ status: 0, said: '' });
  });
});

function whyNoPromtool(): string | null {
  try {
    execFileSync('promtool', ['--version'], { stdio: 'ignore' });
    return null;
  } catch {
    return 'promtool, of the package prometheus, is not installed';
  }
}
