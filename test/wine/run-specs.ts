import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { WindowsMachine } from '../windows/windows-machine.ts';
import { whyNoWindows } from '../windows/windows-root.ts';
import { whyNoSpec } from './not-for-windows.ts';
import { atTheEnd, endAfter } from './left-behind.ts';
import { prepareShownElectron } from './shown-electron.ts';
import { skippedSpec, withSkips } from './specs-report.ts';

// The specs of the window on Electron for Windows, under wine, driven by Playwright on this system.
// Called with the path of the report to write, which is as Playwright's are, and with words that the paths
// of the specs must have one of.

const [output = '', ...words] = process.argv.slice(2);
const nothing = '{"suites":[],"errors":[]}';
const missing = whyNoWindows();
const specs = readdirSync('test/e2e')
  .filter((file) => file.endsWith('.spec.ts'))
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
  .sort();
const reasons = specs.map((file) => {
  const text = readFileSync(join('test/e2e', file), 'utf8');
  return { file, reason: missing ?? whyNoSpec(file, text) };
});
const wanted = reasons.filter(({ reason }) => reason === undefined);
const skips = reasons.flatMap(({ file, reason }) =>
  reason === undefined ? [] : [skippedSpec(file, reason)],
);
const switches = [
  '--enable-logging=stderr',
  // Else Chromium tries in six processes to draw with Direct3D, which wine has not without a display, and
  // a window that opens meanwhile now and then never gets a frame.
  '--disable-software-rasterizer',
  // It would take a window for covered by another one, and draw nothing in it.
  '--disable-features=CalculateNativeWinOcclusion',
  // The screen has 1024 by 768 pixels, and no window is larger. So a window has four of its own in each of them.
  '--force-device-scale-factor=0.5',
];

/** A program that crashes when it ends has ended: wine would start a debugger that waits for somebody. */
const withoutDebugger = { WINEDLLOVERRIDES: 'winedbg.exe=d' };

await endAfter(async () => {
  const status = wanted.length === 0 ? 0 : await runPlaywright(wanted.map(({ file }) => file));
  // Playwright writes none when it is ended.
  const written = existsSync(output) ? readFileSync(output, 'utf8') : nothing;
  writeFileSync(output, withSkips(written, skips));
  return status;
});

async function runPlaywright(files: readonly string[]): Promise<number> {
  // At the same path on both sides: Playwright and the program for Windows name files to each other.
  const shared = mkdtempSync(join(tmpdir(), 'us-wine-'));
  atTheEnd(() => rmSync(shared, { recursive: true, force: true, maxRetries: 5 }));
  const machine = new WindowsMachine();
  atTheEnd(() => machine.remove());
  const electron = join(shared, 'electron');
  mkdirSync(electron);
  const standIn = await standInForElectron(machine, shared);
  writeFileSync(join(electron, 'electron'), standIn, { mode: 0o755 });
  const program = resolve('node_modules/@playwright/test/cli.js');
  const specsOf = files.map((file) => `test/e2e/${file}`);
  const reporters = ['--reporter=list,json', '--output=test-results/wine-e2e'];
  // A program takes three times as long to start under wine.
  const limits = ['--timeout=300000'];
  const child = spawn(
    process.env['npm_node_execpath'] ?? 'node',
    [program, 'test', ...specsOf, ...reporters, ...limits],
    {
      stdio: 'inherit',
      env: {
        ...withoutElectron(),
        TMPDIR: shared,
        ELECTRON_OVERRIDE_DIST_PATH: electron,
        PLAYWRIGHT_JSON_OUTPUT_FILE: output,
      },
    },
  );
  atTheEnd(() => void child.kill());
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

/** What Playwright starts as if it were Electron's program for this system. */
async function standInForElectron(machine: WindowsMachine, shared: string): Promise<string> {
  const program = await prepareShownElectron();
  const onZ = (path: string) => `Z:${path.replaceAll('/', '\\')}`;
  const checkout = resolve('.');
  const command = machine.commandFor(onZ(program), switches, {
    shared: [dirname(program), checkout, shared],
    directory: checkout,
    environment: { TMP: onZ(shared), TEMP: onZ(shared), ...withoutDebugger },
  });
  const words = ['sh', resolve('test/wine/relay.sh'), shared, ...command];
  const quoted = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  return `#!/bin/sh\nexec ${quoted} "$@"\n`;
}

function withoutElectron(): NodeJS.ProcessEnv {
  const env = { ...process.env };
  delete env['ELECTRON_RUN_AS_NODE'];
  return env;
}
