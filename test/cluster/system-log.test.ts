import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startServe } from '../support/node.ts';
import { skipFor } from '../support/skip.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';

const notLinux = process.platform === 'linux' ? null : 'systemd is a matter of Linux';

it(
  'a server under systemd writes its timeline to the journal with priorities',
  skipFor(notLinux),
  async () => {
    const folder = makeTemporaryDirectory();
    const journal = join(folder, 'journal');
    // What systemd does: stderr is its stream, and JOURNAL_STREAM names that by device and inode.
    const asSystemd =
      'exec 2> "$0"; export JOURNAL_STREAM=$(stat -Lc %d:%i /proc/self/fd/2); exec "$@"';
    const under = ['bash', '-c', asSystemd, journal];
    const server = startServe(join(folder, 'data'), { under });
    await server.ready();
    expect(await server.stop()).toBe(0);
    const lines = readFileSync(journal, 'utf8').split('\n');
    expect(lines).toContainEqual(expect.stringMatching(/^<6>\[100\] Understudy .* started\.$/));
    expect(lines).toContain('<6>[101] This server was stopped in an orderly way.');
  },
);
