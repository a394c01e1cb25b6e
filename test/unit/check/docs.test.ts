import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';

// A page that sends its reader to a file that has moved is worse than none.

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

const files = ['src-shared', 'src-main', 'src-renderer', 'test', 'conformance', 'scripts']
  .flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  )
  .concat(readdirSync('.'))
  .map((name) => `/${name.replaceAll('\\', '/')}`);

/** What stands in code: paths from the root as they are, and names of files, wherever those are. */
const fromRoot = /^(?:src-|test\/|scripts\/|docs\/|assets\/|conformance\/|\.ci\/)[\w./-]*$/;
const file = /^\w[\w./-]*\.(?:ts|tsx|mjs|cjs)$/;

function isThere(name: string): boolean {
  return fromRoot.test(name) ? existsSync(name) : files.some((path) => path.endsWith(`/${name}`));
}

function pathsNamedIn(page: string): string[] {
  const text = readFileSync(page, 'utf8').replaceAll(/```.*?```/gs, '');
  const spans = [...text.matchAll(/`([^`]+)`/g)].map(([, span = '']) => span);
  return spans.filter((span) => fromRoot.test(span) || file.test(span));
}

function linksIn(page: string): string[] {
  const text = readFileSync(page, 'utf8');
  const targets = [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(
    ([, target = '']) => target,
  );
  return targets.filter((target) => !/^[a-z]+:/.test(target));
}

it.each(pages)('%s names files that are there', (page) => {
  expect(pathsNamedIn(page).filter((name) => !isThere(name))).toEqual([]);
});

it.each(pages)('%s links to pages that are there', (page) => {
  const missing = linksIn(page).filter((target) => !existsSync(join(dirname(page), target)));
  expect(missing).toEqual([]);
});

const decisions = readdirSync('docs/adr').filter((name) => name !== 'README.md');

it.each(decisions)('docs/adr/%s stands in the index, with its number and its decision', (name) => {
  const [heading = ''] = readFileSync(join('docs/adr', name), 'utf8').split('\n');
  const [, number, decision] = /^# (\d+)\. (.+)$/.exec(heading) ?? [];
  expect(name.slice(0, 4)).toBe(number?.padStart(4, '0'));
  const index = readFileSync('docs/adr/README.md', 'utf8');
  expect(index).toContain(`| [${number}](${name}) | ${decision} |`);
});

it('names files at all', () => {
  expect(pages.flatMap(pathsNamedIn).length).toBeGreaterThan(50);
});

it.each(['ReplicaEvent', 'ReplicaEffect'])('docs/replica.md has every %s', (union) => {
  const kebab = union.replace('R', 'r').replace('E', '-e');
  const source = readFileSync(`src-main/node/core/replica/${kebab}.ts`, 'utf8');
  const [, body = ''] =
    new RegExp(`export type ${union} =\\n(.*?);\\n(?:\\n|$)`, 's').exec(source) ?? [];
  const types = [...body.matchAll(/\btype: '(\w+)'/g)].map(([, type = '']) => type);
  expect(types.length).toBeGreaterThan(5);
  const page = readFileSync('docs/replica.md', 'utf8');
  expect(types.filter((type) => !page.includes(`\`${type}\``))).toEqual([]);
});
