import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses';

/** Packages the application as it is built and returns the folder of the unpacked program. */
export function pack(platform: 'win' | 'linux'): string {
  const output = resolve('test-results/package');
  const env = { ...process.env };
  delete env['ELECTRON_RUN_AS_NODE'];
  const { status, stdout, stderr } = spawnSync(
    env['npm_node_execpath'] ?? 'node',
    [
      ...['scripts/package.mjs', `--${platform}`, 'dir', '--x64'],
      `-c.directories.output=${output}`,
    ],
    { env, encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`Packaging for ${platform} failed:\n${stdout}${stderr}`);
  return join(output, `${platform}-unpacked`);
}

// In the program a fuse is a character.
const states = new Map([
  ['0'.charCodeAt(0), 'off'],
  ['1'.charCodeAt(0), 'on'],
]);

/** What the fuses of every package must read. */
export const fuses = {
  runAsNode: 'off',
  cookieEncryption: 'on',
  nodeOptions: 'off',
  nodeInspect: 'off',
  asarIntegrity: 'on',
  onlyAsar: 'on',
  fileProtocolPrivileges: 'off',
};

export async function readFuses(program: string): Promise<Record<string, string>> {
  const wire = await getCurrentFuseWire(program);
  const state = (option: FuseV1Options) => states.get(Number(wire[option])) ?? 'neither';
  return {
    runAsNode: state(FuseV1Options.RunAsNode),
    cookieEncryption: state(FuseV1Options.EnableCookieEncryption),
    nodeOptions: state(FuseV1Options.EnableNodeOptionsEnvironmentVariable),
    nodeInspect: state(FuseV1Options.EnableNodeCliInspectArguments),
    asarIntegrity: state(FuseV1Options.EnableEmbeddedAsarIntegrityValidation),
    onlyAsar: state(FuseV1Options.OnlyLoadAppFromAsar),
    fileProtocolPrivileges: state(FuseV1Options.GrantFileProtocolExtraPrivileges),
  };
}
