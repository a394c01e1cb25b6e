import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runMain } from './say.mjs';

/**
 * Runs `main` when the module at `url` is the program and not imported by another one. `main` gets the
 * arguments. Works on every Node, so that one that is too old is told so, and through symbolic links.
 */
export function runDirectly(url, main) {
  const program = process.argv[1];
  if (program === undefined || realpathSync(program) !== realpathSync(fileURLToPath(url))) return;
  runMain(() => main(process.argv.slice(2)));
}
