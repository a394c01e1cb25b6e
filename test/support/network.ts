import { execFileSync } from 'node:child_process';
import { onTestFinished } from 'vitest';

/** Why hosts of their own cannot be made on this machine; null when they can. */
export function whyNoNetwork(): string | null {
  if (process.platform !== 'linux') return 'network namespaces are a matter of Linux';
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  try {
    ip('netns', 'add', `us-probe-${process.pid}`);
    ip('netns', 'del', `us-probe-${process.pid}`);
    return null;
  } catch (error) {
    return `ip netns fails: ${String(error)}`;
  }
}

/** Why hosts cannot have a firewall that resets connections; null when they can. */
export function whyNoFirewall(): string | null {
  const missing = whyNoNetwork();
  if (missing !== null) return missing;
  try {
    execFileSync('iptables', ['--version'], { stdio: 'ignore' });
    return null;
  } catch {
    return 'iptables is not installed';
  }
}

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

/** A host in a network namespace, on a bridge with the others and with this process. */
export interface NetworkHost {
  address: string;
  /** The address of this process on the same network. */
  gateway: string;
  /** What starts a program there. */
  under: string[];
  /** Pulls its cable out. */
  cut(): void;
  rejoin(): void;
  /** Loses every packet between it and these hosts, without a word; others still reach all of them. */
  cutFrom(...others: NetworkHost[]): void;
  rejoinTo(...others: NetworkHost[]): void;
  /** What it sends to these hosts is lost, and what they send reaches it. */
  muteTo(...others: NetworkHost[]): void;
  unmuteTo(...others: NetworkHost[]): void;
  /** Its firewall resets every connection with these hosts, new ones as well. */
  refuse(...others: NetworkHost[]): void;
  /** Its firewall refuses nobody any longer. */
  acceptAll(): void;
}

/** How a host loses and finds its way to an address. */
interface Ways {
  lose(to: string): void;
  find(to: string): void;
}

/** Address of hardware that nobody has: what is sent there is lost. */
const nowhere = '02:00:00:00:00:01';

let networksMade = 0;

const subnetCount = 250;

/** So many test files run side by side at most: each looks among networks of its own. */
const sharesOfSubnets = 10;

/** First three numbers of a network that this machine has no address in, as one of a run that was killed. */
function freeSubnet(): string {
  const taken = execFileSync('ip', ['-4', '-brief', 'addr']).toString();
  const share = Number(process.env['VITEST_POOL_ID'] ?? 0) % sharesOfSubnets;
  for (let i = 0; i < subnetCount; i += sharesOfSubnets) {
    const subnet = `10.77.${(process.pid * sharesOfSubnets + share + i) % subnetCount}`;
    if (!taken.includes(` ${subnet}.`)) return subnet;
  }
  throw new Error(
    'the networks of this test among 10.77.0 to 10.77.249 are in use here: see ip addr',
  );
}

/**
 * Hosts on one network that is taken down when the test is over; this process can reach them. Needs
 * root on Linux.
 */
export function makeNetwork(count: number): NetworkHost[] {
  // The kernel lets go of a namespace only some time after it was deleted.
  const tag = `${process.pid % 10_000}x${++networksMade}`;
  const subnet = freeSubnet();
  const bridge = `usb${tag}`;
  ip('link', 'add', bridge, 'type', 'bridge');
  onTestFinished(() => ip('link', 'del', bridge));
  const gateway = `${subnet}.254`;
  ip('addr', 'add', `${gateway}/24`, 'dev', bridge);
  ip('link', 'set', bridge, 'up');
  const ways = new Map<string, Ways>();
  return Array.from({ length: count }, (_, index) => {
    const namespace = `us${tag}n${index}`;
    const outside = `usv${tag}n${index}`;
    const address = `${subnet}.${index + 1}`;
    ip('netns', 'add', namespace);
    onTestFinished(() => ip('netns', 'del', namespace));
    ip('link', 'add', outside, 'type', 'veth', 'peer', 'name', 'e0', 'netns', namespace);
    ip('link', 'set', outside, 'master', bridge, 'up');
    const inside = (...args: string[]) => ip('-n', namespace, ...args);
    inside('link', 'set', 'lo', 'up');
    inside('addr', 'add', `${address}/24`, 'dev', 'e0');
    inside('link', 'set', 'e0', 'up');
    const lose = (to: string) =>
      inside('neigh', 'replace', to, 'lladdr', nowhere, 'dev', 'e0', 'nud', 'permanent');
    const find = (to: string) => inside('neigh', 'del', to, 'dev', 'e0');
    ways.set(address, { lose, find });
    return {
      address,
      gateway,
      under: ['ip', 'netns', 'exec', namespace],
      cut: () => ip('link', 'set', outside, 'down'),
      rejoin: () => ip('link', 'set', outside, 'up'),
      muteTo: (...others) => others.forEach((other) => lose(other.address)),
      unmuteTo: (...others) => others.forEach((other) => find(other.address)),
      acceptAll: () => {
        execFileSync('ip', ['netns', 'exec', namespace, 'iptables', '-F', 'INPUT']);
      },
      refuse: (...others) => {
        for (const other of others) {
          const reset = ['-p', 'tcp', '-j', 'REJECT', '--reject-with', 'tcp-reset'];
          const rule = ['-A', 'INPUT', '-s', other.address, ...reset];
          execFileSync('ip', ['netns', 'exec', namespace, 'iptables', ...rule]);
        }
      },
      cutFrom: (...others) => {
        for (const other of others) {
          lose(other.address);
          ways.get(other.address)?.lose(address);
        }
      },
      rejoinTo: (...others) => {
        for (const other of others) {
          find(other.address);
          ways.get(other.address)?.find(address);
        }
      },
    };
  });
}
