import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { cache, installNode, must, type NodeLine, prepareSuite, type Suite } from './base-root.ts';

export type Account = 'root' | 'ada';
const homeOf = { root: '/root', ada: '/home/ada' };

export interface BareRootOptions {
  suite: Suite;
  node: NodeLine;
  /** Whose checkout it is, and who types. */
  account: Account;
  /** Where the checkout is; `understudy` in the account's home unless told. */
  checkout?: string;
  /** Modules and runtime are there, as after a first run; the system packages are not. */
  installed?: boolean;
  /** The checkout is on a disk of its own with so many bytes. */
  diskBytes?: number;
}

export interface TypeOptions {
  account?: Account;
  /** A display to show windows on. */
  display?: string;
  /** Without any network but the loopback. */
  offline?: boolean;
  env?: Record<string, string>;
}

/** A machine with Debian, git, Node, npm and a checkout alone, in a layer over the cached root. */
export class BareRoot {
  readonly path: string;
  readonly account: Account;
  readonly checkout: string;
  /** All that was typed here, in order. */
  readonly typed: Typed[] = [];
  readonly #layer: string;

  constructor(options: BareRootOptions) {
    const { suite, account } = options;
    this.account = account;
    this.checkout = options.checkout ?? `${homeOf[account]}/understudy`;
    const base = prepareSuite(suite);
    this.#layer = mkdtempSync(join(cache, 'layer-'));
    const [upper, work, path] = ['upper', 'work', 'root'].map((name) => join(this.#layer, name));
    this.path = path ?? '';
    for (const folder of [upper, work, path]) mkdirSync(folder ?? '');
    const layers = `lowerdir=${base},upperdir=${upper},workdir=${work}`;
    must('mount', ['-t', 'overlay', 'overlay', '-o', layers, this.path]);
    this.#mountKernel();
    installNode(this.path, options.node);
    this.#nameHosts();
    this.#copyAccess();
    this.#copyCheckout(options.diskBytes);
    if (options.installed) this.#layInstalled();
  }

  #mountKernel(): void {
    must('mount', ['-t', 'proc', 'proc', this.inside('/proc')]);
    must('mount', ['-t', 'sysfs', 'sysfs', this.inside('/sys')]);
    must('mount', ['--rbind', '/dev', this.inside('/dev')]);
    must('mount', ['--make-rslave', this.inside('/dev')]);
    const sockets = '/tmp/.X11-unix';
    for (const folder of [sockets, this.inside(sockets)]) mkdirSync(folder, { recursive: true });
    must('mount', ['--bind', sockets, this.inside(sockets)]);
  }

  // Every installer writes one; debootstrap alone does not.
  #nameHosts(): void {
    writeFileSync(this.inside('/etc/hosts'), '127.0.0.1 localhost\n::1 localhost\n');
  }

  /** How this machine reaches registry and mirror. */
  #copyAccess(): void {
    for (const file of ['/etc/resolv.conf', '/etc/ssl/certs/ca-certificates.crt']) {
      if (existsSync(file)) copyFileSync(file, this.inside(file));
    }
    const npmrc = join(homedir(), '.npmrc');
    if (!existsSync(npmrc)) return;
    for (const account of ['root', 'ada'] as const) {
      copyFileSync(npmrc, this.inside(`${homeOf[account]}/.npmrc`));
      this.do(`chown ${account}: ~${account}/.npmrc`);
    }
  }

  #copyCheckout(diskBytes?: number): void {
    const folder = this.inside(this.checkout);
    mkdirSync(folder, { recursive: true });
    if (diskBytes !== undefined) {
      must('mount', ['-t', 'tmpfs', '-o', `size=${diskBytes}`, 'tmpfs', folder]);
    }
    const files = 'git ls-files -co --exclude-standard -z | xargs -0r ls -d 2>/dev/null';
    must('bash', ['-c', `${files} | tar -cT - | tar -xC "$0" --no-same-owner`, folder]);
    this.do(`chown -R ${this.account}: '${this.checkout}'`);
  }

  // Over those of this checkout, which stay as they are.
  #layInstalled(): void {
    for (const [at, name] of ['node_modules', '.cache/electron'].entries()) {
      const [upper, work] = ['upper', 'work'].map((part) => join(this.#layer, `${part}-${at}`));
      const path = `${this.checkout}/${name}`;
      for (const folder of [upper, work, this.inside(path)]) {
        mkdirSync(folder ?? '', { recursive: true });
      }
      const layers = `lowerdir=${resolve(name)},upperdir=${upper},workdir=${work}`;
      must('mount', ['-t', 'overlay', 'overlay', '-o', layers, this.inside(path)]);
    }
    const made = ['', '/node_modules', '/.cache', '/.cache/electron'];
    for (const path of made) this.do(`chown ${this.account}: '${this.checkout}${path}'`);
  }

  /** The path of this machine to a path in the root. */
  inside(path: string): string {
    return join(this.path, path);
  }

  has(path: string): boolean {
    return existsSync(this.inside(path));
  }

  /** Has something done in the root by its own root account, as a preparation. */
  do(script: string): void {
    must('chroot', [this.path, 'bash', '-ec', script]);
  }

  /** Types a command line in the checkout. */
  type(text: string, options: TypeOptions = {}): Typed {
    const { account = this.account, display, offline = false, env = {} } = options;
    const home = homeOf[account];
    const variables = {
      ...{ HOME: home, USER: account, LANG: 'C' },
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      ...passedOn(),
      ...(display === undefined ? {} : { DISPLAY: display }),
      ...env,
    };
    // Only the loopback is there offline, and it is up as on any machine.
    const prepare = offline ? 'ip link set lo up && ' : '';
    const namespaces = [
      '--mount',
      '--pid',
      '--fork',
      '--kill-child',
      ...(offline ? ['--net'] : []),
    ];
    const become = ['setpriv', '--reuid', account, '--regid', account, '--init-groups'];
    const script = `cd "$0" && { ${text}\n}; exit $?`;
    const inner = [this.path, ...become, 'bash', '-c', script, this.checkout];
    const child = spawn(
      'unshare',
      [
        ...namespaces,
        ...[`--mount-proc=${this.inside('/proc')}`, 'sh', '-c', `${prepare}exec chroot "$@"`, 'sh'],
        ...inner,
      ],
      { stdio: ['ignore', 'pipe', 'pipe'], env: variables },
    );
    const typed = new Typed(text, child);
    this.typed.push(typed);
    return typed;
  }

  remove(): void {
    spawnSync('umount', ['--recursive', '--lazy', this.path]);
    rmSync(this.#layer, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

// How this machine's certificates and proxies are found, and npm's settings.
function passedOn(): Record<string, string> {
  const names = /^(NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|https?_proxy|no_proxy|npm_config_registry)$/i;
  const entries = Object.entries(process.env).filter(([name]) => names.test(name));
  return Object.fromEntries(entries.map(([name, value]) => [name, value ?? '']));
}

/** What becomes of a command line that was typed. */
export class Typed {
  output = '';
  readonly text: string;
  readonly #begunMs = Date.now();
  readonly #child: ChildProcess;
  readonly #closed: Promise<number>;
  #isOver = false;

  constructor(text: string, child: ChildProcess) {
    this.text = text;
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (part: string) => (this.output += part));
    }
    this.#closed = new Promise((resolve) => {
      child.once('close', (code) => {
        this.#isOver = true;
        resolve(code ?? -1);
      });
    });
  }

  get seconds(): number {
    return (Date.now() - this.#begunMs) / 1000;
  }

  /** Resolves to its exit status. Throws when that takes longer. */
  async ends(withinSeconds: number): Promise<number> {
    await this.until(() => this.#isOver, withinSeconds, 'its end');
    return this.#closed;
  }

  /** Waits until it has printed this. Throws when it ends before, or when that takes longer. */
  async says(words: string | RegExp, withinSeconds: number): Promise<void> {
    const found = () =>
      typeof words === 'string' ? this.output.includes(words) : words.test(this.output);
    await this.until(() => found() || this.#isOver, withinSeconds, `“${String(words)}”`);
    if (!found()) throw this.failure(`ended without “${String(words)}”`);
  }

  async until(condition: () => boolean, withinSeconds: number, what: string): Promise<void> {
    const until = Date.now() + withinSeconds * 1000;
    while (!condition()) {
      if (Date.now() > until) {
        this.cutOff();
        throw this.failure(`not ${what} within ${withinSeconds} s`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  failure(what: string): Error {
    return new Error(`${this.text}: ${what}. The end of its output:\n${this.output.slice(-3000)}`);
  }

  /** Sends a signal to the command itself, as a service manager does. */
  signal(name: NodeJS.Signals): void {
    const shell = childrenOf(this.#child.pid);
    for (const pid of shell.flatMap(childrenOf)) process.kill(pid, name);
  }

  /** Ends it and all that it has started, as a power cut does. */
  cutOff(): void {
    this.#child.kill('SIGKILL');
  }
}

function childrenOf(pid: number | undefined): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}
