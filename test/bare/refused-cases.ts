import { expectThat, type BareCase, type Tried } from './bare-case.ts';
import type { Typed } from './bare-root.ts';

const begins = 'This has to be put right first; nothing was downloaded or changed';

async function refuses(at: Tried, typed: Typed, words: readonly string[]): Promise<void> {
  const status = await typed.ends(10);
  expectThat(status === 1, typed, `status ${status}`);
  for (const word of [begins, ...words]) {
    expectThat(typed.output.includes(word), typed, `it does not say “${word}”`);
  }
  expectThat(!at.root.has(`${at.root.checkout}/node_modules`), typed, 'something was downloaded');
}

/** The command for an admin that a refusal names. */
function adminCommandIn(typed: Typed): string {
  const command = /^ +(apt-get update && apt-get install .*)$/m.exec(typed.output)?.[1];
  if (command === undefined) throw typed.failure('it names no command for an admin');
  return command;
}

const aptCommand = 'apt-get install -y --no-install-recommends';

/** An ordinary account on a machine without the packages. */
export const refusedCases: BareCase[] = [
  {
    ...{ name: 'user', suite: 'bookworm', node: 20, account: 'ada' },
    run: async (at) => {
      let command = '';
      await at.step('npm start as a user names all packages at once, first', () =>
        at.withDisplay((display) =>
          refuses(at, at.root.type('npm start', { display }), [aptCommand, 'libx11-xcb1']),
        ),
      );
      await at.step('npm test as a user names all packages at once, first', async () => {
        const typed = at.root.type('npm test');
        await refuses(at, typed, [aptCommand, 'libgtk-3-0 ', 'xvfb', 'iproute2']);
        command = adminCommandIn(typed);
      });
      await at.step('npm run check without the packages', async () => {
        const typed = at.root.type('npm run check');
        expectThat((await typed.ends(1800)) === 0, typed, 'failed');
      });
      await at.step('the command line without the packages', async () => {
        const typed = at.root.type(
          'node scripts/cli.mjs issue keygen --vendor Acme --out acme.key',
        );
        expectThat((await typed.ends(60)) === 0, typed, 'failed');
      });
      await at.step('the one command, typed by root', async () => {
        const typed = at.root.type(command, { account: 'root' });
        expectThat((await typed.ends(300)) === 0, typed, 'failed');
      });
      await at.step('npm start as a user with a display, after it', () =>
        at.shows((display) => at.root.type('npm start', { display }), 'bookworm-user', 600),
      );
      await at.step('npm test -- package as a user, without user namespaces', async () => {
        const typed = at.root.type('npm test -- package linux-package');
        expectThat((await typed.ends(600)) === 0, typed, 'failed');
      });
      await at.step('npm test -- e2e shell as a user, without user namespaces', async () => {
        const typed = at.root.type('npm test -- e2e shell');
        expectThat((await typed.ends(600)) === 0, typed, 'failed');
      });
    },
  },
  {
    ...{ name: 'user', suite: 'trixie', node: 24, account: 'ada' },
    run: async (at) => {
      await at.step('npm start as a user with a display names the packages of Debian 13', () =>
        at.withDisplay((display) =>
          refuses(at, at.root.type('npm start', { display }), ['libgtk-3-0t64', 'libasound2t64']),
        ),
      );
      await at.step('npm start as a user without a display serves on Node 24', () =>
        at.serves(at.root.type('npm start'), 900),
      );
      await at.step('npm test runs what needs no window, and says what does not', async () => {
        const typed = at.root.type('npm test -- unit e2e core scripts');
        expectThat((await typed.ends(300)) === 1, typed, 'not status 1');
        expectThat(/^unit +\d+ +0 /m.test(typed.output), typed, 'unit tests failed');
        expectThat(
          typed.output.includes('failed   e2e: did not run, for want of '),
          typed,
          'not the words',
        );
      });
    },
  },
  {
    ...{ name: 'old Node', suite: 'bookworm', node: 18, account: 'root' },
    run: async (at) => {
      for (const command of ['npm start', 'npm test', 'npm run build', 'npm run check']) {
        await at.step(`${command} on Node 18`, () =>
          refuses(at, at.root.type(command), ['This is Node 18.20.8; the tools need Node 20.19']),
        );
      }
    },
  },
  {
    ...{ name: 'small disk', suite: 'bookworm', node: 20, account: 'root', diskBytes: 600_000_000 },
    run: (at) =>
      at.step('npm start on a disk without room says how much is needed', () =>
        refuses(at, at.root.type('npm start'), ['needs 1400 MB of room and has ']),
      ),
  },
  {
    ...{ name: 'small disk', suite: 'trixie', node: 22, account: 'ada', diskBytes: 600_000_000 },
    run: (at) =>
      at.step('npm start as a user names the disk and the packages in one message', () =>
        refuses(at, at.root.type('npm start'), ['of room and has ', aptCommand]),
      ),
  },
];
