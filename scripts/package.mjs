// Packages the application: for Windows (folder, zip, MSI and wizard) when nothing else is asked for, or for
// Linux (folder, Debian package and archive): npm run package -- linux. Other words go to electron-builder.
import { chmod, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { bootstrap } from './bootstrap.mjs';
import { ensureBuilt } from './build.mjs';
import { ensureRepackagingFor } from './electron.mjs';
import { makeDeb, makeTarball } from './linux-package.mjs';
import { makeMsi } from './msi.mjs';
import { inRoot } from './paths.mjs';
import { run } from './process.mjs';
import { runMain, say } from './say.mjs';
import { signForWindows, signingFrom } from './sign-for-windows.mjs';
import { printUsage } from './usage.mjs';
import { ensureWindowsTools } from './windows-host.mjs';
import { writeWingetManifest } from './winget.mjs';
import { makeWizard } from './wizard.mjs';

runMain(async () => {
  const args = process.argv.slice(2);
  const begunMs = Date.now();
  if (printUsage('package', args)) return 0;
  const forLinux = args.length === 1 && args[0] === 'linux';
  const whole = forLinux || args.length === 0;
  const target = whole ? [forLinux ? '--linux' : '--win', 'dir', '--x64'] : args;
  const signing = signingFrom(process.env);
  const { official } = await bootstrap({ needs: 'files' });
  if (!target.includes('--linux')) await ensureWindowsTools();
  await ensureBuilt();
  const { options, env } = official ? nothing : await unofficialRuntime(target);
  const program = inRoot('node_modules/electron-builder/cli.js');
  const build = (...what) =>
    run(process.execPath, [program, ...what, '--publish', 'never', ...options], { env });
  let status = await build(...target);
  const output = inRoot(official ? 'release' : unofficialOutput);
  if (status === 0 && forLinux) {
    const tree = join(output, 'linux-unpacked');
    for (const make of [makeDeb, makeTarball]) await make(tree, output, { onBegin: sayMaking });
  } else if (status === 0 && whole) {
    const tree = join(output, 'win-unpacked');
    if (signing) await signPrograms(tree, signing);
    status = await build('--win', 'zip', '--x64', '--prepackaged', tree);
    await makeInstallers(tree, output, signing);
  }
  if (status === 0 && whole) await saySizes(output, begunMs);
  if (status === 0 && !official) say(warning);
  return status;
});

const sayMaking = (file) => say(`Making ${file} …`);
const nothing = { options: [], env: {} };
const outputOption = '-c.directories.output';
const unofficialOutput = 'release/unofficial';
const warning = `
This package holds a third-party re-packaging of Electron. It is good for smoke tests on this machine and
must not be published: package a release where Electron can be downloaded.`;

/** What was made since, with its size. */
async function saySizes(output, begunMs) {
  const entries = await readdir(output, { withFileTypes: true });
  for (const { name } of entries.filter(
    (entry) => entry.isFile() && !entry.name.endsWith('.yml'),
  )) {
    const { size, mtimeMs } = await stat(join(output, name));
    if (mtimeMs >= begunMs) say(`${(size / 1e6).toFixed(1).padStart(7)} MB  ${name}`);
  }
  say(`Made in ${((Date.now() - begunMs) / 1000).toFixed(0)} s.`);
}

async function signPrograms(tree, signing) {
  for (const name of ['Understudy.exe', join('bin', 'understudy.exe')]) {
    await signForWindows(join(tree, name), signing);
  }
}

async function makeInstallers(tree, output, signing) {
  const { version } = JSON.parse(await readFile(inRoot('package.json'), 'utf8'));
  const msi = join(output, `Understudy-${version}.msi`);
  sayMaking(msi);
  await makeMsi(tree, msi);
  if (signing) await signForWindows(msi, signing);
  // Around the installer as it is signed, and installed by it.
  const wizard = join(output, `Understudy-${version}-setup.exe`);
  sayMaking(wizard);
  await makeWizard(msi, wizard);
  if (signing) await signForWindows(wizard, signing);
  const { UNDERSTUDY_DOWNLOAD_URL: url } = process.env;
  if (url) await writeWingetManifest(msi, url, join(output, 'winget'));
}

async function unofficialRuntime(target) {
  const platform = target.includes('--linux') ? 'linux' : 'win32';
  const { folder, version } = await ensureRepackagingFor(platform);
  return {
    options: [
      `-c.electronDist=${folder}`,
      `-c.electronVersion=${version}`,
      ...(target.some((arg) => arg.startsWith(outputOption))
        ? []
        : [`${outputOption}=${unofficialOutput}`]),
    ],
    env: { ELECTRON_BUILDER_7ZIP_PATH: await sevenZip() },
  };
}

// electron-builder would download it from the place that could not be reached.
async function sevenZip() {
  const { path7za } = (await import('7zip-bin')).default;
  if (process.platform !== 'win32') await chmod(path7za, 0o755);
  return path7za;
}
