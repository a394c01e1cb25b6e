import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { must } from '../bare/base-root.ts';
import { waitFor } from '../support/wait-for.ts';
import { cache, prepareRoot } from './debian-root.ts';

export interface Ran {
  status: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  /** Whose shell it is typed in; root's unless told. */
  account?: string;
  stdin?: string;
}

const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const outputBytesMax = 64_000_000;

/** A Debian of its own with systemd as its first process, ended and removed when the test is over. */
export class DebianMachine {
  readonly #layer: string;
  readonly #under: string[];
  readonly #root: string;
  #machine: ChildProcess | undefined;
  #init = 0;

  private constructor(layer: string, under: string[]) {
    this.#layer = layer;
    this.#under = under;
    this.#root = join(layer, 'root');
  }

  /** `under`: what starts a program on its network; it has one of its own unless told. */
  static async make({ under = [] }: { under?: string[] } = {}): Promise<DebianMachine> {
    const base = await prepareRoot();
    const layer = mkdtempSync(join(cache, 'us-'));
    for (const name of ['upper', 'work', 'root']) mkdirSync(join(layer, name));
    const folders = `upperdir=${layer}/upper,workdir=${layer}/work`;
    must('mount', [
      ...['-t', 'overlay', 'overlay', '-o', `lowerdir=${base},${folders}`],
      join(layer, 'root'),
    ]);
    const machine = new DebianMachine(layer, under);
    onTestFinished(() => machine.#remove());
    await machine.boot();
    return machine;
  }

  async boot(): Promise<void> {
    const network = this.#under.length === 0 ? ['--net'] : [];
    const [command = '', ...args] = [
      ...[...this.#under, 'sh', '-ec', intoOwnGroup, 'sh', basename(this.#layer)],
      ...['unshare', '--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child'],
      ...['--uts', '--ipc', '--cgroup', ...network, 'sh', '-ec', startSystem, 'sh', this.#root],
    ];
    const machine = spawn(command, args, { stdio: 'ignore' });
    this.#machine = machine;
    this.#init = await waitFor('it has a first process', () => findSystem(machine.pid));
    await waitFor('it is up', async () => {
      const { stdout } = await this.run('systemctl', 'is-system-running');
      return ['running', 'degraded'].includes(stdout.trim());
    });
  }

  /** As a power cut does: nothing of it has time for anything. */
  async powerOff(): Promise<void> {
    const machine = this.#machine;
    this.#machine = undefined;
    if (machine === undefined || machine.exitCode !== null) return;
    const ended = once(machine, 'exit');
    machine.kill('SIGKILL');
    await ended;
    spawnSync('sh', ['-c', removeOwnGroup, 'sh', basename(this.#layer)]);
  }

  /** The path of this machine to a path in it; not to one below /run or /tmp. */
  inside(file: string): string {
    return join(this.#root, file);
  }

  put(from: string, to: string): void {
    copyFileSync(from, this.inside(to));
  }

  read(file: string): string {
    return readFileSync(this.inside(file), 'utf8');
  }

  async run(...command: string[]): Promise<Ran> {
    return this.runAs({}, ...command);
  }

  async runAs({ account, stdin }: RunOptions, ...command: string[]): Promise<Ran> {
    const become =
      account === undefined
        ? []
        : ['setpriv', '--reuid', account, '--regid', account, '--init-groups'];
    const home = account === undefined ? '/root' : `/home/${account}`;
    const spaces = ['mount', 'pid', 'net', 'uts', 'ipc', 'cgroup'].map((name) => `--${name}`);
    const enter = [`--target=${this.#init}`, ...spaces, '--root'];
    const variables = [`PATH=${path}`, `HOME=${home}`, 'LANG=C.UTF-8'];
    const args = [...enter, 'env', '-i', '--chdir=/', ...variables, ...become, ...command];
    const child = spawn('nsenter', args, { stdio: 'pipe' });
    const outputs = ['', ''];
    for (const [at, stream] of [child.stdout, child.stderr].entries()) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        outputs[at] = `${outputs[at]}${text}`.slice(-outputBytesMax);
      });
    }
    child.stdin.on('error', () => undefined);
    child.stdin.end(stdin ?? '');
    const [code] = (await once(child, 'close')) as [number | null];
    return { status: code ?? -1, stdout: outputs[0] ?? '', stderr: outputs[1] ?? '' };
  }

  /** Runs one that must succeed; resolves to what it prints. */
  async do(...command: string[]): Promise<string> {
    const { status, stdout, stderr } = await this.run(...command);
    if (status === 0) return stdout;
    throw new Error(`${command.join(' ')} ended with ${status}: ${stdout}${stderr}`);
  }

  async #remove(): Promise<void> {
    await this.powerOff();
    spawnSync('umount', ['--recursive', '--lazy', this.#root]);
    rmSync(this.#layer, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

/** The first process of the machine that this one has started; none while it is being prepared. */
function findSystem(pid: number | undefined): number | undefined {
  try {
    const child = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0];
    const isSystem = readFileSync(`/proc/${child}/comm`, 'utf8') === 'systemd\n';
    return isSystem ? Number(child) : undefined;
  } catch {
    return undefined;
  }
}

// Processes are told apart by control groups: those of this machine and of others must not mix.
const groups = 'folder=$(mktemp -d); mount -t cgroup2 cgroup2 "$folder"';
const leaveGroups = 'umount "$folder"; rmdir "$folder"';
const intoOwnGroup = `${groups}
mkdir -p "$folder/$1"; echo $$ >"$folder/$1/cgroup.procs"
${leaveGroups}; shift; exec "$@"`;
const removeOwnGroup = `${groups}
find "$folder/$1" -depth -type d -exec rmdir {} +
${leaveGroups}`;

const startSystem = `cd "$1"
mount -t proc proc proc
for folder in run tmp dev; do mount -t tmpfs tmpfs $folder; done
for device in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0; do
  mknod -m 666 "dev/\${device%%:*}" c $(echo "\${device#*:}" | tr : ' ')
done
mkdir dev/shm dev/pts; mount -t tmpfs tmpfs dev/shm; ln -s /proc/self/fd dev/fd
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts; ln -s pts/ptmx dev/ptmx
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
ip link set lo up
exec chroot . env -i container=other PATH=${path} /lib/systemd/systemd`;
