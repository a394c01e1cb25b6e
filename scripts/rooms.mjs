// Looks at the house as a whole: no cycle between the folders of src-*, imported types included; no file
// outside a room; no folder for one file alone. floors.cjs lists the rooms.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import floors from '../floors.cjs';
import { inRoot, root } from './paths.mjs';

const trees = ['src-shared', 'src-main', 'src-renderer'];

const arrows = readArrows();
const contents = new Map(trees.flatMap((tree) => readFolder(tree)));
const files = [...contents].flatMap(([folder, { files }]) =>
  files.map((file) => `${folder}/${file}`),
);
const faults = [
  ...findCycles(arrows).map(describeCycle),
  ...files
    .filter((file) => !floors.isDoor(file) && !floors.isInRoom(file))
    .map((file) => `${file} is outside of the rooms that floors.cjs lists.`),
  ...[...contents]
    .filter(([folder, { files, folders }]) => {
      return !trees.includes(folder) && files.length === 1 && folders.length === 0;
    })
    .map(([folder, { files }]) => `${folder} is a folder for ${files[0]} alone: move it up.`),
];
for (const fault of faults) console.log(fault);
if (faults.length === 0) {
  console.log(`no cycle between ${contents.size} folders, no file outside a room`);
}
process.exitCode = faults.length === 0 ? 0 : 1;

/** From folder to folder, one import for each; a door of a hall stands for itself. */
function readArrows() {
  const program = inRoot('node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const options = ['--no-config', '--ts-pre-compilation-deps', '--include-only', '^src-'];
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [program, ...trees, ...options, '--output-type', 'json'],
    { cwd: root, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 },
  );
  if (stdout === '') throw new Error(stderr);
  const found = new Map();
  for (const { source, dependencies } of JSON.parse(stdout).modules) {
    const from = placeOf(source);
    if (!found.has(from)) found.set(from, new Map());
    for (const { resolved } of dependencies) {
      const to = placeOf(resolved);
      if (to !== from) found.get(from).set(to, `${source} -> ${resolved}`);
    }
  }
  return found;
}

function placeOf(file) {
  return floors.isDoor(file) ? file : dirname(file);
}

/** A shortest cycle through each folder that is in one, each cycle once. */
function findCycles(arrows) {
  const cycles = new Map();
  for (const start of arrows.keys()) {
    const cycle = findCycle(arrows, start);
    if (cycle) cycles.set([...cycle].sort().join(), cycle);
  }
  return [...cycles.values()];
}

function findCycle(arrows, start) {
  const ways = [[start]];
  const seen = new Set();
  for (const way of ways) {
    for (const next of arrows.get(way.at(-1))?.keys() ?? []) {
      if (next === start) return way;
      if (!seen.has(next)) ways.push([...way, next]);
      seen.add(next);
    }
  }
  return null;
}

function describeCycle(cycle) {
  const steps = cycle.map((place, index) => {
    const next = cycle[(index + 1) % cycle.length];
    return `  ${arrows.get(place).get(next)}`;
  });
  return ['A cycle between folders:', ...steps].join('\n');
}

/** What stands in a folder and in those under it, by folder. */
function readFolder(folder) {
  const entries = readdirSync(inRoot(folder), { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  return [
    [folder, { files, folders }],
    ...folders.flatMap((name) => readFolder(`${folder}/${name}`)),
  ];
}
