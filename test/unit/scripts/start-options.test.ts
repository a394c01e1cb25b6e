import { Command } from 'commander';
import { expect, it } from 'vitest';
import { addServeCommand } from '../../../src-main/cli/commands/serve.ts';
import { makeTerminal } from '../cli/fake-terminal.ts';
import { loadScript } from './load-script.ts';

interface StartOptionsModule {
  describeUnfit(args: string[]): string | null;
  serveOptions: Record<string, 'flag' | 'value' | 'values'>;
  readStartOptions(args: string[]): {
    dataDir: string | undefined;
    serve: string[];
    rest: string[];
    others: string[];
  };
}

const { describeUnfit, serveOptions, readStartOptions } =
  await loadScript<StartOptionsModule>('start-options');
const { usages } = await loadScript<{ usages: { start: string } }>('usage');

it('knows the options of the command that it starts, and says each', () => {
  const program = new Command();
  addServeCommand(program, makeTerminal('', { workingDirectory: '/' }));
  const ofEveryCommand = ['--data-dir', '--json'];
  const options = program.commands
    .flatMap((command) => command.options)
    .filter(({ long }) => !ofEveryCommand.includes(long ?? ''));
  const kinds = options.map(({ long, variadic, required }) => [
    long?.replace(/^--/, ''),
    variadic ? 'values' : required ? 'value' : 'flag',
  ]);
  expect(Object.fromEntries(kinds)).toEqual(serveOptions);
  for (const { long } of options) expect(usages.start).toContain(`  ${long} `);
});

it('tells the words of a server without a window from those of Electron', () => {
  const words = ['--peer', 'a:1', 'b:2', '--no-mdns', '--hidden', 'page', '--name=A', '--peer=c:3'];
  expect(readStartOptions(['--data-dir', '/data', ...words])).toEqual({
    dataDir: '/data',
    serve: ['--peer', 'a:1', 'b:2', '--no-mdns', '--name=A', '--peer=c:3'],
    rest: ['--hidden', 'page'],
    others: words,
  });
  expect(readStartOptions(['--user-data-dir=/data', '--start-anew', 'x'])).toMatchObject({
    dataDir: '/data',
    serve: ['--start-anew'],
    rest: ['x'],
  });
  expect(readStartOptions(['--listen'])).toMatchObject({ dataDir: undefined, serve: ['--listen'] });
});

it('refuses to start a window with words that count only without one', () => {
  expect(describeUnfit(['--data-dir', '/data', '--disable-gpu'])).toBeNull();
  expect(describeUnfit(['--disable-gpu', '--listen', '127.0.0.1:7471'])).toMatch(
    /^--listen 127\.0\.0\.1:7471 counts only without a window\. .*Nothing was started\.$/,
  );
});
