// Type-checks the projects that tsconfig.json lists, each after those that it refers to and from the
// contents of its files. Not `tsc -b`, which goes by the times of files: a file that was put back with
// its old time, or a new version of a module, would pass unseen.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { inRoot, root } from './paths.mjs';

const compiler = inRoot('node_modules/typescript/bin/tsc');
const { references } = JSON.parse(readFileSync(inRoot('tsconfig.json'), 'utf8'));

const codes = references.map(({ path }) => {
  const args = [compiler, '-p', path, '--pretty', 'false'];
  return spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status;
});
process.exitCode = codes.every((code) => code === 0) ? 0 : 1;
