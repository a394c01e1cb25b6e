import type { BareCase, Tried } from './bare-case.ts';
import { expectThat } from './bare-case.ts';
import type { NodeLine, Suite } from './base-root.ts';

const firstStartSeconds = 900;
const wholeTestSeconds = 7200;

/** Both commands from nothing as root, without a display and then with one. */
function rootOf(suite: Suite, node: NodeLine, stages: string): BareCase {
  return {
    ...{ name: 'root', suite, node, account: 'root' },
    run: async (at) => {
      await at.step('npm start from nothing, without a display', () =>
        at.serves(at.root.type('npm start'), firstStartSeconds),
      );
      await at.step('npm start again, offline', () =>
        at.serves(at.root.type('npm start', { offline: true }), 30),
      );
      await at.step('npm start with a display', () => showsOverview(at, `${suite}-root`));
      await at.step(`npm test${stages}`, async () => {
        const typed = at.root.type(`npm test${stages === '' ? '' : ` --${stages}`}`);
        const status = await typed.ends(wholeTestSeconds);
        const [sum = ''] = /\d+ passed, \d+ failed, \d+ skipped\n$/.exec(typed.output) ?? [];
        expectThat(status === 0 && sum.includes(' 0 failed'), typed, `status ${status}`);
        expectThat(
          (typed.output.match(/^skipped {2}/gm) ?? []).length ===
            Number(/(\d+) skipped/.exec(sum)?.[1]),
          typed,
          'not every skip is repeated with its reason',
        );
        expectThat(!typed.output.includes('no reason is given'), typed, 'a skip without a reason');
      });
      await at.step('npm test with a word that no test has', async () => {
        const typed = at.root.type('npm test -- unit no-such-test');
        expectThat((await typed.ends(120)) === 1, typed, 'not status 1');
        expectThat(
          typed.output.includes('no test file has “no-such-test”'),
          typed,
          'not the words',
        );
      });
      await at.step('SIGTERM to npm test ends it, and no stage begins', () => stopsTests(at));
    },
  };
}

async function stopsTests(at: Tried): Promise<void> {
  // The shell waits for what npm leaves behind when it is ended itself.
  const typed = at.root.type(
    'npm test -- unit scenario; while grep -qs scripts/tes[t] /proc/[0-9]*/cmdline; do sleep 0.2; done',
  );
  await typed.says('== unit', 120);
  await typed.says('✓', 120);
  typed.signal('SIGTERM');
  await typed.ends(60);
  expectThat(!typed.output.includes('== scenario'), typed, 'the next stage began');
  expectThat(typed.output.includes('Stopped by SIGTERM'), typed, 'it does not say so');
}

async function showsOverview(at: Tried, picture: string, seconds = 60): Promise<void> {
  await at.shows((display) => at.root.type('npm start', { display }), picture, seconds);
}

export const freshCases: BareCase[] = [
  rootOf('bookworm', 20, ''),
  rootOf('trixie', 24, ' check unit package'),
  {
    ...{ name: 'display', suite: 'bookworm', node: 22, account: 'root' },
    run: (at) =>
      at.step('npm start from nothing, with a display', () =>
        showsOverview(at, 'bookworm-from-nothing', firstStartSeconds),
      ),
  },
  {
    ...{ name: 'path', suite: 'bookworm', node: 20, account: 'root' },
    checkout: '/srv/Über uns/Prüf stand ß',
    run: async (at) => {
      await at.step('npm start at a path with spaces and umlauts, with a display', () =>
        showsOverview(at, 'bookworm-umlauts', firstStartSeconds),
      );
      await at.step('a command there', async () => {
        const typed = at.root.type('node scripts/cli.mjs issue keygen --vendor Ä --out ö.key');
        expectThat((await typed.ends(30)) === 0, typed, 'failed');
      });
      await at.step('npm test -- unit scripts at that path', async () => {
        const typed = at.root.type('npm test -- unit scripts');
        expectThat((await typed.ends(300)) === 0, typed, 'failed');
      });
    },
  },
  {
    ...{ name: 'path', suite: 'trixie', node: 22, account: 'ada' },
    ...{ checkout: '/home/ada/Lizenz Prüfung', installed: true },
    run: async (at) => {
      await at.step('npm run check at a path with spaces and umlauts', async () => {
        const typed = at.root.type('npm run check');
        expectThat((await typed.ends(1800)) === 0, typed, 'failed');
      });
    },
  },
];
