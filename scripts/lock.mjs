import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cacheDir } from './paths.mjs';
import { say } from './say.mjs';

const writingMsMax = 5000;

/** Does the work while holding a lock file in the checkout: one process at a time installs or builds. */
export async function holdingLock(name, work) {
  const file = join(cacheDir, `${name}.lock`);
  await mkdir(cacheDir, { recursive: true });
  let waiting = false;
  while (!(await take(file))) {
    if (!waiting) say(`Waiting for another ${name} in this checkout …`);
    waiting = true;
    await sleep(200);
  }
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

async function take(file) {
  try {
    await writeFile(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  if (await isLeftBehind(file)) await rm(file, { force: true });
  return false;
}

async function isLeftBehind(file) {
  const holder = Number(await readFile(file, 'utf8').catch(() => ''));
  if (holder !== 0) return !isRunning(holder);
  const written = await stat(file).catch(() => null);
  return written !== null && Date.now() - written.mtimeMs > writingMsMax;
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
