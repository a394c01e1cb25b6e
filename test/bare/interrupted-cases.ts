import { expectThat, type BareCase } from './bare-case.ts';

const again = 'npm start again';
const startSeconds = 900;
const aptLog = '.cache/apt.log';

/** First runs that are cut short or meet with something, and the run after them. */
export const interruptedCases: BareCase[] = [
  {
    ...{ name: 'interrupted', suite: 'bookworm', node: 22, account: 'root' },
    run: async (at) => {
      const { root } = at;
      const cutOffAfter = async (words: string, moreMs: number) => {
        const typed = root.type('npm start');
        await typed.says(words, startSeconds);
        await new Promise((resolve) => setTimeout(resolve, moreMs));
        typed.cutOff();
        await typed.ends(30);
      };
      await at.step('power cut in the middle of npm ci', () =>
        cutOffAfter('Installing node modules', 8_000),
      );
      await at.step('power cut while Electron is got', () =>
        cutOffAfter('Getting electron', 1_500),
      );
      await at.step('power cut in the middle of apt-get install', () =>
        cutOffAfter('system packages: ', 0).then(() => root.do(interruptDpkg)),
      );
      await at.step('what is to be typed after an interrupted apt', async () => {
        const typed = root.type('npm start');
        expectThat((await typed.ends(60)) === 1, typed, 'it went on');
        expectThat(typed.output.includes('\n  dpkg --configure -a\n'), typed, 'not the words');
        expectThat(
          !root.has(`${root.checkout}/.cache/electron/unpacking-`),
          typed,
          'unpacking- is still there',
        );
      });
      await at.step('dpkg --configure -a', async () => {
        const typed = root.type('dpkg --configure -a');
        expectThat((await typed.ends(60)) === 0, typed, 'failed');
      });
      root.do(
        `echo '{"pid":1,"boot":"an earlier one","started":"7"}' > ${root.checkout}/.cache/set-up.lock`,
      );
      root.do(`echo '{"pid":1,"started":"7"}' > ${root.checkout}/.cache/build.lock`);
      await at.step(`${again}, with locks left that name a living process`, async () => {
        await at.serves(root.type('npm start'), startSeconds);
        const left = root.type('ls .cache/electron');
        await left.ends(10);
        expectThat(!left.output.includes('unpacking-'), left, 'unpacking- is still there');
      });
    },
  },
  {
    ...{
      name: 'full disk',
      suite: 'bookworm',
      node: 20,
      account: 'root',
      diskBytes: 3_000_000_000,
    },
    run: async (at) => {
      const { root } = at;
      await at.step('a disk that fills during npm ci', async () => {
        const typed = root.type('npm start');
        await typed.says('Installing node modules', 60);
        await new Promise((resolve) => setTimeout(resolve, 4_000));
        root.do(`head -c 4G /dev/zero > ${root.checkout}/filling 2>/dev/null || true`);
        const status = await typed.ends(startSeconds);
        expectThat(status === 1, typed, `status ${status}`);
        expectThat(typed.output.includes('The disk is full.'), typed, 'not the words');
        expectThat(!typed.output.includes('registry cannot'), typed, 'it blames the registry');
      });
      root.do(`rm ${root.checkout}/filling`);
      await at.step(`${again}, with room`, () => at.serves(root.type('npm start'), startSeconds));
    },
  },
  {
    ...{ name: 'package lists', suite: 'bookworm', node: 20, account: 'root', installed: true },
    run: async (at) => {
      at.root.do(ageLists);
      await at.step(
        'npm start offline with such lists says that apt cannot get others',
        async () => {
          const typed = at.root.type('npm start', { offline: true });
          expectThat((await typed.ends(300)) === 1, typed, 'it went on');
          for (const words of ['apt could not get the lists', 'Failed to fetch', aptLog]) {
            expectThat(typed.output.includes(words), typed, `it does not say “${words}”`);
          }
          expectThat(at.root.has(`${at.root.checkout}/${aptLog}`), typed, 'there is no log');
        },
      );
      await at.step('npm start with package lists that are out of date', async () => {
        const typed = at.root.type('npm start');
        await at.serves(typed, startSeconds);
        expectThat(typed.output.includes('out of date'), typed, 'the lists were good');
      });
      // As on a Linux that is no Debian: nobody looks at the packages before the start.
      at.root.do('dpkg --remove --force-depends libx11-xcb1; mv /usr/bin/dpkg-query /root/');
      await at.step('a crash of Electron names the library that is missing', async () => {
        await at.withDisplay(async (display) => {
          const typed = at.root.type('npm start', { display });
          expectThat((await typed.ends(60)) === 132, typed, 'no crash');
          const words =
            'crashed (SIGILL). Libraries of the system are missing that it needs: libX11-xcb.so.1.';
          expectThat(typed.output.includes(words), typed, 'it is not named');
        });
      });
    },
  },
  {
    ...{ name: 'service', suite: 'trixie', node: 22, account: 'root', installed: true },
    checkout: '/opt/understudy',
    run: async (at) => {
      at.root.do('rm -rf /var/lib/apt/lists/*');
      await at.step('npm run build and a command by root, without package lists', async () => {
        const typed = at.root.type('npm run build && node scripts/cli.mjs status');
        await typed.says('No server is running here', startSeconds);
        await typed.ends(60);
      });
      await at.step('serve by an account that only reads the checkout', () =>
        at.serves(
          at.root.type('node scripts/cli.mjs serve --data-dir ~/data', { account: 'ada' }),
          60,
        ),
      );
    },
  },
];

// A power cut between unpacking and configuring, whenever the real one came: dpkg notes both in its journal.
const interruptDpkg = 'mkdir -p /var/lib/dpkg/updates; touch /var/lib/dpkg/updates/0001';

// Every package has a version that the mirror has no more, in lists of long ago that a newer one replaces.
const ageLists = `cd /var/lib/apt/lists
sed -i -E 's/^(Filename: .*)_([^_]*)_amd64.deb$/\\1_0-\\2_amd64.deb/' *_Packages
sed -i -E 's/^ [0-9a-f]{8}(.* main.binary-amd64.Packages)/ 00000000\\1/' *_InRelease
rm -f *_Release *_Release.gpg
touch -d 2001-01-01 *_InRelease *_Packages`;
