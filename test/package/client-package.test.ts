import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { LicenseServer } from '../support/license-server.ts';
import { makeVendor } from '../support/licenses.ts';
import { isInSync, makeBackup, quickSettings, serves } from '../support/pair.ts';
import { sandboxSwitches } from '../support/sandbox.ts';
import { skipFor } from '../support/skip.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';
import { waitFor } from '../support/wait-for.ts';

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
const tarball = resolve(`release/understudy-licensing-client-${version}.tgz`);
const ownNode = process.env['npm_node_execpath'] ?? 'node';
const ownVersion = spawnSync(ownNode, ['--version'], { encoding: 'utf8' }).stdout.trim();

const plainEnv: NodeJS.ProcessEnv = { ...process.env };
delete plainEnv['ELECTRON_RUN_AS_NODE'];
const asNode = { ...plainEnv, ELECTRON_RUN_AS_NODE: '1' };

/** Ends well or says what it said. */
function runToEnd(command: string, args: string[], options: { cwd?: string }): void {
  const done = spawnSync(command, args, { env: plainEnv, encoding: 'utf8', ...options });
  if (done.status !== 0) throw new Error(`${args.join(' ')} failed:\n${done.stdout}${done.stderr}`);
}

interface Manifest {
  dependencies?: Record<string, string>;
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

/** Names of all packages that a package needs, and that those need. */
function packagesOf({ dependencies = {} }: Manifest, found = new Set<string>()): string[] {
  for (const name of Object.keys(dependencies)) {
    if (found.has(name)) continue;
    found.add(name);
    packagesOf(readManifest(join('node_modules', name)), found);
  }
  return [...found];
}

/** An application in a folder of its own, with the package installed from its tarball and nothing else. */
let application: string;

beforeAll(() => {
  runToEnd(ownNode, ['scripts/client-package.mjs'], {});
  application = mkdtempSync(join(tmpdir(), 'us-'));
  const packages = join(application, 'packages');
  mkdirSync(packages);
  // What a registry would give, so that the installation needs none.
  const needed = packagesOf(readManifest('release/client'));
  const folders = needed.map((name) => resolve('node_modules', name));
  runToEnd('npm', ['pack', '--ignore-scripts', '--pack-destination', packages, ...folders], {});
  const others = readdirSync(packages);
  cpSync(tarball, join(packages, 'client.tgz'));
  writeFileSync(
    join(application, 'package.json'),
    JSON.stringify({ name: 'acme-cad', version: '4.2.0', type: 'module', main: 'main.mjs' }),
  );
  const files = ['client.tgz', ...others].map((name) => `./packages/${name}`);
  runToEnd('npm', ['install', '--offline', '--no-audit', '--no-fund', ...files], {
    cwd: application,
  });
  cpSync(resolve('test/package/client-application.mjs'), join(application, 'main.mjs'));
});

afterAll(() => rmSync(application, { recursive: true, force: true, maxRetries: 5 }));

const lineSchema = z.looseObject({ state: z.string(), server: z.string().optional() });
type Line = z.infer<typeof lineSchema>;

/** The application, of which each line on stdout is a state of its seat. */
class Application {
  readonly lines: Line[] = [];
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown[]>;
  #said = '';

  constructor(command: string, args: string[], env: NodeJS.ProcessEnv) {
    this.#child = spawn(command, args, { cwd: application, env, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#ended = once(this.#child, 'exit');
    const { stdout, stderr } = this.#child;
    stderr?.setEncoding('utf8').on('data', (text: string) => (this.#said += text));
    if (stdout) {
      createInterface({ input: stdout }).on('line', (line) => {
        if (line.startsWith('{')) this.lines.push(lineSchema.parse(JSON.parse(line)));
      });
    }
    onTestFinished(() => void this.#child.kill('SIGKILL'));
  }

  last(): Line | undefined {
    return this.lines.at(-1);
  }

  async is(state: string, server?: string): Promise<void> {
    const there = () => {
      if (this.#child.exitCode !== null && this.last()?.state !== state) {
        throw new Error(`the application ended: ${this.#said}`);
      }
      const last = this.last();
      return last?.state === state && (server === undefined || last.server === server);
    };
    await waitFor(`the application is ${state} ${server ?? ''}`, async () => there());
  }

  /** Tells it to give its seat back and to end. */
  async finish(): Promise<void> {
    this.#child.stdin?.end();
    expect(await this.#ended, this.#said).toEqual([0, null]);
  }
}

async function startPair() {
  const vendor = await makeVendor('Acme');
  const makeServer = async (name: string) => {
    const server = new LicenseServer({ name, dataDirectory: join(makeTemporaryDirectory(), name) });
    await server.start();
    onTestFinished(() => server.kill());
    return server;
  };
  const main = await makeServer('main');
  const backup = await makeServer('backup');
  await main.install(vendor, {
    ...{ id: 'acme.drafting', product: 'Acme CAD', feature: 'drafting', units: 2 },
    ...{ redundancy: 'backup', servers: [main.id, backup.id], ttlSeconds: 5 },
  });
  await makeBackup({ main, backup, settings: quickSettings });
  writeFileSync(
    join(application, 'seat.json'),
    JSON.stringify({
      servers: [main, backup].map(({ port }) => `127.0.0.1:${port}`),
      vendor: JSON.parse(vendor.publicFile) as unknown,
    }),
  );
  return { main, backup };
}

/** Checkout, failover, return of the main server, end. */
async function goThrough(start: () => Application): Promise<void> {
  const { main, backup } = await startPair();
  const seat = start();
  await seat.is('held', `127.0.0.1:${main.port}`);
  await main.kill();
  await seat.is('held', `127.0.0.1:${backup.port}`);
  await main.start();
  await waitFor('the main server has its licences back', () => serves(main, main));
  await seat.is('held', `127.0.0.1:${main.port}`);
  await waitFor('the backup is in sync', () => isInSync(main));
  expect(await main.leases('drafting')).toHaveLength(1);
  expect(seat.lines.map(({ state }) => state)).not.toContain('lost');
  await seat.finish();
  expect(await main.leases('drafting')).toEqual([]);
}

describe('the package of the licence client, in a folder of its own', () => {
  it(`keeps a seat in Node ${ownVersion}`, () =>
    goThrough(() => new Application(ownNode, ['main.mjs'], plainEnv)));

  it(`keeps a seat in Electron's Node ${process.version}`, () =>
    goThrough(() => new Application(process.execPath, ['main.mjs'], asNode)));

  const noElectron = process.versions.electron ? null : 'Electron does not run these tests';
  it('keeps a seat in an Electron application', skipFor(noElectron), () =>
    goThrough(
      () =>
        new Application(
          process.execPath,
          [...sandboxSwitches, '--ozone-platform=headless', '--disable-gpu', application],
          plainEnv,
        ),
    ),
  );

  it('gives no seat of a server that its vendor does not stand behind', async () => {
    const { main } = await startPair();
    const { publicFile } = await makeVendor('Acme');
    const servers = [`127.0.0.1:${main.port}`];
    writeFileSync(
      join(application, 'seat.json'),
      JSON.stringify({ servers, vendor: JSON.parse(publicFile) as unknown }),
    );
    const seat = new Application(ownNode, ['main.mjs'], plainEnv);
    await seat.is('refused');
    expect(seat.last()).toMatchObject({ code: 'LICENSE_NOT_PROVED' });
  });

  it('has types that a strict project takes, and that refuse a slip of the pen', () => {
    const check = (name: string, text: string) => {
      writeFileSync(join(application, `${name}.mts`), text);
      const flags = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2023'];
      const types = ['--types', 'node', '--typeRoots', resolve('node_modules/@types')];
      const tsc = resolve('node_modules/typescript/bin/tsc');
      return spawnSync(ownNode, [tsc, ...flags, ...types, `${name}.mts`], {
        cwd: application,
        env: plainEnv,
        encoding: 'utf8',
      }).stdout;
    };
    const program = (field: string) => `
      import { clientConfigSchema, openLicenseClient } from '@understudy-licensing/client';
      import type { ClientState } from '@understudy-licensing/client';
      const { client, close } = openLicenseClient({
        config: clientConfigSchema.parse({ primary: ['lic-a:7470'] }),
        request: { ${field}: 'drafting', client: { instance: 'i', user: 'u', host: 'h' } },
        knownServersFile: 'known.json',
      });
      const words = (state: ClientState): string =>
        state.state === 'lost' ? state.refusal.message : state.state;
      client.onState((state) => console.log(words(state)));
      const outcome = await client.checkout({ waitMs: 5 });
      if (outcome.ok) console.log(outcome.seat.lease.id); else console.log(outcome.refusal.code);
      await client.return();
      close();`;
    expect(check('good', program('feature'))).toBe('');
    expect(check('bad', program('featur'))).toContain("'featur' does not exist");
  });
});
