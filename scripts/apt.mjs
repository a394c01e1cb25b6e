import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDir } from './paths.mjs';
import { runStep } from './process.mjs';
import { say, Stop } from './say.mjs';

const logFile = join(cacheDir, 'apt.log');
const install = ['install', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120'];

/** What an admin types to install these packages, as root. */
export function adminCommand(names) {
  return `apt-get update && apt-get install -y --no-install-recommends ${names.join(' ')}`;
}

/** Installs packages as root, with one line of progress. Lists that are out of date are brought up. */
export async function installPackages(names) {
  say(`Installing ${names.length} system packages: ${names.join(' ')} …`);
  const first = await apt([...install, ...names]);
  if (first.status === 0) return;
  stopIfPointless(first.output);
  say('The package lists are missing or out of date: getting them, then once more …');
  const update = await apt(['update', '-o', 'APT::Update::Error-Mode=any']);
  const second = await apt([...install, ...names]);
  if (second.status === 0) return;
  stopIfPointless(update.output + second.output);
  await mkdir(cacheDir, { recursive: true });
  await writeFile(logFile, first.output + update.output + second.output);
  // Without the lists the second attempt only says that it knows of no such package.
  const [why, said] =
    update.status === 0
      ? ['', second.output]
      : [
          "apt could not get the lists: see its sources and this machine's network. ",
          update.output,
        ];
  throw new Stop(
    `The system packages could not be installed. ${why}The end of what apt said:\n\n` +
      `${lastLines(said)}\n\nAll of it is in ${logFile}. When that is put right, run the same command ` +
      `again, or: ${adminCommand(names)}`,
  );
}

function apt(args) {
  return runStep('apt-get', args, { env: { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' } });
}

// What no second attempt changes, and what to do about it.
function stopIfPointless(output) {
  if (/dpkg was interrupted|dpkg --configure -a/.test(output)) {
    throw new Stop(
      'An earlier installation of packages on this machine was interrupted. Finish it with\n' +
        '  dpkg --configure -a\nthen run the same command again.',
    );
  }
  if (/No space left on device|don't have enough free space/.test(output)) {
    throw new Stop(
      `The disk is full: the system packages have no room.\n\n${lastLines(output)}\n\n` +
        'Make room (apt-get clean is a beginning), then run the same command again.',
    );
  }
  if (/Could not get lock/.test(output)) {
    throw new Stop(
      `Another program installs packages on this machine.\n\n${lastLines(output)}\n\n` +
        'Wait until it is done, then run the same command again.',
    );
  }
}

/** The end of what a program printed, for a failure to show. */
export function lastLines(output, count = 12) {
  return output.trimEnd().split('\n').slice(-count).join('\n');
}
