// Gives TypeScript that is run unbuilt the value that Vite puts in when it builds.
import { readFileSync } from 'node:fs';
import { inRoot } from './paths.mjs';

globalThis.__APP_VERSION__ = JSON.parse(readFileSync(inRoot('package.json'), 'utf8')).version;
