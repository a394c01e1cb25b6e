import { lastLines } from './apt.mjs';
import { runStep } from './process.mjs';
import { Stop } from './say.mjs';

/**
 * Runs npm without showing what it prints. Throws a `Stop` that says why when it fails, or when it only
 * says that it did not: npm ends with 0 when there was no room for the files of a package.
 */
export async function npm(args, { cwd, purpose }) {
  const { status, output } = await start([...args, '--loglevel=warn'], { cwd });
  if (status === 0 && !/TAR_ENTRY_ERROR|ENOSPC|EDQUOT/.test(output)) return;
  throw new Stop(
    `${purpose} ${explain(output)}\n\nThe end of what npm said:\n${lastLines(withoutEngines(output))}`,
  );
}

// That some packages ask for a newer Node than the tools need hides what went wrong.
const withoutEngines = (output) => output.replace(/^npm warn EBADENGINE.*\n/gim, '');

function start(args, { cwd }) {
  const cli = process.env.npm_execpath;
  if (cli?.endsWith('.js')) return runStep(process.execPath, [cli, ...args], { cwd });
  if (process.platform === 'win32') {
    const quoted = args.map((arg) => (/\s/.test(arg) ? `"${arg}"` : arg));
    return runStep('npm.cmd', quoted, { cwd, shell: true });
  }
  return runStep('npm', args, { cwd });
}

/** What npm's output says was wrong, and what to do about it. */
export function explain(output) {
  const found = causes.find(({ pattern }) => pattern.test(output));
  return found?.advice ?? 'Run the same command again when that is put right.';
}

const causes = [
  {
    pattern: /ENOSPC|EDQUOT|no space left/i,
    advice:
      'The disk is full. Make room on it (README: about 2 GB), then run the same command again.',
  },
  {
    pattern: /EACCES|EPERM|root-owned files/,
    advice:
      "A folder belongs to another account: the checkout or npm's cache (npm config get cache). " +
      'Give it to this account, then run the same command again.',
  },
  {
    pattern: /CERT|certificate/i,
    advice:
      'The certificate of the npm registry is not trusted here. Behind a proxy that has its own, name ' +
      'its file in NODE_EXTRA_CA_CERTS.',
  },
  {
    // The last is what npm 10 says when all its connections are refused at once.
    pattern:
      /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|network|Exit handler never/i,
    advice:
      'The npm registry cannot be reached. See that npm ping answers (npm config get registry; a proxy ' +
      'is named in HTTPS_PROXY), then run the same command again.',
  },
  {
    pattern: /TAR_ENTRY_ERROR/,
    advice: 'Files could not be written. See to the disk, then run the same command again.',
  },
];
