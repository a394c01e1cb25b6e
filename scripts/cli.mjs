#!/usr/bin/env node
// The command line from a checkout. Whatever the set-up has to say goes to stderr.
import { bootstrap } from './bootstrap.mjs';
import { ensureBuilt } from './build.mjs';
import { inRoot } from './paths.mjs';
import { asNode, run } from './process.mjs';
import { runMain } from './say.mjs';

// Where the command was typed: npm goes to the root of the checkout first, and so does a build.
const typedIn = process.env.npm_lifecycle_event === 'cli' ? process.env.INIT_CWD : undefined;
const cwd = typedIn ?? process.cwd();

runMain(async () => {
  const { binary } = await bootstrap({ quiet: true });
  await ensureBuilt({ quiet: true });
  const args = [inRoot('dist/main/cli.js'), ...process.argv.slice(2)];
  return run(binary, args, { cwd, env: { ...asNode } });
});
