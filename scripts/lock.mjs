import { readFileSync } from 'node:fs';
import { link, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cacheDir } from './paths.mjs';
import { say } from './say.mjs';

const writingMsMax = 5000;
const waitMs = 200;

/**
 * Does the work while holding a lock file in `folder`: one process at a time installs or builds. The
 * file says which process holds it, so that one that was left behind by a crash, also by one before the
 * machine was started anew, holds nobody up.
 */
export async function holdingLock(name, work, { folder = cacheDir } = {}) {
  const file = join(folder, `${name}.lock`);
  await mkdir(folder, { recursive: true });
  let waiting = false;
  for (let holder = await take(file); holder !== null; holder = await take(file)) {
    if (!waiting) {
      const who = holder.pid === undefined ? '' : ` by process ${holder.pid}`;
      say(`Waiting for another ${name} in this checkout${who} (${file}) …`);
    }
    waiting = true;
    await sleep(waitMs);
  }
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

/** Null when the lock was taken, else who holds it; nobody knows yet when it is being written. */
async function take(file) {
  try {
    await writeFile(file, JSON.stringify(describeHolder()), { flag: 'wx' });
    return null;
  } catch (error) {
    if (error.code !== 'EEXIST') {
      await rm(file, { force: true });
      throw error;
    }
  }
  const text = await readFile(file, 'utf8').catch(() => '');
  const holder = parseHolder(text);
  const left = holder === null ? await isOld(file) : !isAlive(holder);
  if (!left) return holder ?? {};
  await removeLeft(file, text);
  return take(file);
}

function describeHolder() {
  const { pid, boot, started } = describeProcess(process.pid);
  return { pid, boot, started };
}

function parseHolder(text) {
  try {
    const holder = JSON.parse(text);
    return Number.isInteger(holder?.pid) ? holder : null;
  } catch {
    return null;
  }
}

async function isOld(file) {
  const written = await stat(file).catch(() => null);
  return written !== null && Date.now() - written.mtimeMs > writingMsMax;
}

// Another process may have found it as well, removed it and taken the lock by now: what is moved away
// and turns out to be a new one is put back.
async function removeLeft(file, text) {
  const aside = `${file}.${process.pid}`;
  try {
    await rename(file, aside);
    if ((await readFile(aside, 'utf8')) !== text) await link(aside, file);
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'EEXIST') throw error;
  } finally {
    await rm(aside, { force: true });
  }
}

function isAlive(holder) {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if (error.code !== 'EPERM') return false;
  }
  const { state, ...now } = describeProcess(holder.pid);
  // Ended, though nobody has asked how: in a container the first process often never does.
  if (state === 'Z') return false;
  return ['boot', 'started'].every(
    (key) => holder[key] === undefined || now[key] === undefined || holder[key] === now[key],
  );
}

/**
 * What tells a process from another one that is given its id later: the boot of the machine, and when
 * the process was started, in the kernel's ticks since then. Only Linux says; elsewhere the id must do.
 */
function describeProcess(pid) {
  const boot = read('/proc/sys/kernel/random/boot_id')?.trim();
  // The name, in parentheses, may have spaces and parentheses itself; `state` is the third field and
  // `starttime` the 22nd.
  const fields = read(`/proc/${pid}/stat`)
    ?.replace(/^.*\)\s+/s, '')
    .split(' ');
  return { pid, boot, started: fields?.[19], state: fields?.[0] };
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
