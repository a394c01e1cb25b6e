import { run } from './process.mjs';

/** Runs npm with its output on stderr; resolves to its exit status. */
export function npm(args, { cwd } = {}) {
  const stdio = ['ignore', process.stderr, process.stderr];
  const cli = process.env.npm_execpath;
  if (cli?.endsWith('.js')) return run(process.execPath, [cli, ...args], { cwd, stdio });
  if (process.platform === 'win32') {
    const quoted = args.map((arg) => (/\s/.test(arg) ? `"${arg}"` : arg));
    return run('npm.cmd', quoted, { cwd, stdio, shell: true });
  }
  return run('npm', args, { cwd, stdio });
}
