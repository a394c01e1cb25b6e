#!/usr/bin/env node
// The command line from a checkout. Whatever the set-up has to say goes to stderr.
import { existsSync } from 'node:fs';
import { bootstrap } from './bootstrap.mjs';
import { ensureBuilt } from './build.mjs';
import { findElectron } from './electron.mjs';
import { whyModulesAreWanting } from './modules.mjs';
import { runsProduct, whyNodeIsUnfit } from './node-version.mjs';
import { inRoot } from './paths.mjs';
import { asNode, run } from './process.mjs';
import { runMain } from './say.mjs';

// Where the command was typed: npm goes to the root of the checkout first, and so does a build.
const typedIn = process.env.npm_lifecycle_event === 'cli' ? process.env.INIT_CWD : undefined;
const cwd = typedIn ?? process.cwd();
const program = inRoot('dist/main/cli.js');

const beforeSetUp = `understudy COMMAND

This checkout is not set up yet, and asking for help does not do that. Any command does:
  node scripts/cli.mjs status
Every command is described in docs/command-line.md.`;

runMain(async () => {
  const args = process.argv.slice(2);
  if (isQuestion(args) && findElectron() === null) return answerAsIs(args);
  // A server needs a Node of Electron's line; the other commands are content with any that builds them.
  const ownNode = () => args[0] !== 'serve' || runsProduct();
  const { binary } = await bootstrap({ needs: 'node', quiet: true, ownNode });
  await ensureBuilt({ quiet: true });
  return run(binary, [program, ...args], { cwd, env: { ...asNode } });
});

/** Asking for help gets nothing: what was built answers on this Node. */
function answerAsIs(args) {
  if (existsSync(program) && whyModulesAreWanting() === null && whyNodeIsUnfit() === null) {
    return run(process.execPath, [program, ...args], { cwd });
  }
  console.log(beforeSetUp);
  return 0;
}

function isQuestion(args) {
  const own = args.includes('--') ? args.slice(0, args.indexOf('--')) : args;
  return own.length === 0 || own.includes('--help') || own.includes('-h');
}
