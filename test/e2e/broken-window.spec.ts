import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  application,
  expect,
  readDesktopLog,
  test,
  type Understudy,
} from './support/understudy.ts';

const preload = 'dist/preload/preload.cjs';
const page = 'dist/renderer/index.html';

/** What was built, with one file of it replaced or, without content, removed. */
async function makeBrokenCopy(file: string, content: string | null): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'us-broken-'));
  for (const part of ['dist', 'assets', 'package.json']) {
    await cp(join(application, part), join(folder, part), { recursive: true });
  }
  if (content === null) await rm(join(folder, file));
  else await writeFile(join(folder, file), content);
  return folder;
}

/** The questions that the application asks from now on; each is answered by its cancel button. */
async function recordQuestions({ app }: Understudy) {
  const recorder = await app.evaluateHandle(({ dialog }) => {
    const asked: string[] = [];
    dialog.showMessageBox = (...args: unknown[]) => {
      const { message, detail } = args.at(-1) as Electron.MessageBoxOptions;
      asked.push(`${message} ${detail}`);
      return Promise.resolve({ response: 1, checkboxChecked: false });
    };
    return asked;
  });
  return () => recorder.jsonValue();
}

for (const { what, file, content, why } of [
  {
    ...{ what: 'whose preload script fails', file: preload, content: "throw new Error('torn')" },
    why: /preload\.cjs of the window could not be run: torn/,
  },
  {
    ...{ what: 'whose page is not there', file: page, content: null },
    why: /index\.html could not be read \(status 404\)/,
  },
]) {
  test(`a window ${what} is not left empty without a word`, async ({ launch }) => {
    const folder = await makeBrokenCopy(file, content);
    try {
      const understudy = await launch({ folder, args: ['--hidden'] });
      await understudy.serving();
      const questions = await recordQuestions(understudy);
      await understudy.app.evaluate(({ app }) => void app.emit('activate'));
      await expect.poll(questions).toHaveLength(1);
      expect((await questions())[0]).toMatch(/^The window cannot be shown\./);
      expect((await questions())[0]).toMatch(why);
      expect(await readDesktopLog(understudy)).toMatch(why);
    } finally {
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    }
  });
}
