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

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

/** A host in a network namespace, on a bridge with the others. */
export interface NetworkHost {
  address: string;
  /** What starts a program there. */
  under: string[];
  cut(): void;
  rejoin(): void;
}

/** Hosts on one network that is taken down when the test is over. Needs root on Linux. */
export function makeNetwork(count: number): NetworkHost[] {
  const tag = `${process.pid % 10_000}`;
  const bridge = `usb${tag}`;
  ip('link', 'add', bridge, 'type', 'bridge');
  onTestFinished(() => ip('link', 'del', bridge));
  ip('link', 'set', bridge, 'up');
  return Array.from({ length: count }, (_, index) => {
    const namespace = `us${tag}n${index}`;
    const outside = `usv${tag}n${index}`;
    const address = `10.77.7.${index + 1}`;
    ip('netns', 'add', namespace);
    onTestFinished(() => ip('netns', 'del', namespace));
    ip('link', 'add', outside, 'type', 'veth', 'peer', 'name', 'e0', 'netns', namespace);
    ip('link', 'set', outside, 'master', bridge, 'up');
    const inside = (...args: string[]) => ip('-n', namespace, ...args);
    inside('link', 'set', 'lo', 'up');
    inside('addr', 'add', `${address}/24`, 'dev', 'e0');
    inside('link', 'set', 'e0', 'up');
    inside('route', 'add', '224.0.0.0/4', 'dev', 'e0');
    return {
      address,
      under: ['ip', 'netns', 'exec', namespace],
      cut: () => ip('link', 'set', outside, 'down'),
      rejoin: () => ip('link', 'set', outside, 'up'),
    };
  });
}
