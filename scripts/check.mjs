// Types, lint, format, import rules, rooms and dead code; every step runs, also after one has failed.
import { spawn } from 'node:child_process';
import { bootstrap } from './bootstrap.mjs';
import { inRoot, root } from './paths.mjs';
import { runDirectly } from './run-directly.mjs';
import { printUsage } from './usage.mjs';

const steps = [
  ['types', 'scripts/types.mjs'],
  ['lint', 'node_modules/eslint/bin/eslint.js', '.'],
  [
    'format',
    'node_modules/prettier/bin/prettier.cjs',
    ...['.', '--check', '--log-level', 'warn', '--cache'],
  ],
  [
    'import rules',
    'node_modules/dependency-cruiser/bin/dependency-cruise.mjs',
    ...['src-shared', 'src-main', 'src-renderer', '--config', '--output-type', 'err'],
  ],
  ['rooms', 'scripts/rooms.mjs'],
  ['dead code', 'node_modules/knip/bin/knip.js', '--no-progress'],
];

/** Resolves to the names of the steps that failed. */
export async function check() {
  const failed = [];
  const waiting = [...steps];
  const worker = async () => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
      const [name, program, ...args] = step;
      const begun = Date.now();
      const { status, output } = await capture(process.execPath, [inRoot(program), ...args]);
      const seconds = ((Date.now() - begun) / 1000).toFixed(1);
      if (status === 0) {
        const found = name === 'rooms' ? `: ${output.trim()}` : '';
        console.log(`ok      ${name} (${seconds} s)${found}`);
      } else {
        failed.push(name);
        console.log(`${output.trim()}\nfailed  ${name} (${seconds} s)`);
      }
    }
  };
  await Promise.all([worker(), worker()]);
  return failed;
}

function capture(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    }
    child.on('error', (error) => resolve({ status: 127, output: error.message }));
    child.on('close', (status) => resolve({ status, output }));
  });
}

runDirectly(import.meta.url, async (args) => {
  if (printUsage('check', args)) return 0;
  await bootstrap({ needs: 'tools', quiet: true });
  const failed = await check();
  if (failed.length > 0) console.log(`\nFailed: ${failed.join(', ')}`);
  return failed.length > 0 ? 1 : 0;
});
