import { readFileSync } from 'node:fs';
import { inRoot } from './paths.mjs';

/** What is wrong with the Node that runs this; null when nothing is. Of package.json's `engines`. */
export function whyNodeIsUnfit(version = process.versions.node) {
  const { node } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8')).engines;
  if (node.split('||').some((range) => satisfies(version, range.trim()))) return null;
  return `This is Node ${version}; the tools need Node 20.19, 22.13, 24 or newer (https://nodejs.org).`;
}

/** Node that can run the product without Electron: of Electron's own line or newer. */
export const runsProduct = (version = process.versions.node) => satisfies(version, '>=24.0.0');

// `engines` is written with two of the operators of semver, which is not there before the modules are.
function satisfies(version, range) {
  const [, operator, wanted] = /^(\^|>=)(\d+\.\d+\.\d+)$/.exec(range);
  const difference = compare(version, wanted);
  if (operator === '>=') return difference >= 0;
  return difference >= 0 && version.split('.')[0] === wanted.split('.')[0];
}

function compare(one, other) {
  const [a, b] = [one, other].map((version) => version.split('.').map(Number));
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}
