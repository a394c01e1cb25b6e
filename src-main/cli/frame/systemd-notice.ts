import { spawn } from 'node:child_process';

/**
 * Tells systemd that the service serves, when it is the one that started this process (sd_notify(3)): a
 * unit of `Type=notify` counts as started only then. systemd's own program does it, since Node has no
 * sockets of that kind; `NotifyAccess=all` lets it.
 */
export function noteToSystemd(env: Readonly<Record<string, string | undefined>>): void {
  if (!env['NOTIFY_SOCKET']) return;
  const notice = spawn('systemd-notify', ['--ready'], { stdio: ['ignore', 'ignore', 'pipe'] });
  const fail = (why: string) =>
    process.stderr.write(`understudy: systemd could not be told that the server serves: ${why}\n`);
  let said = '';
  notice.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  notice.once('error', (error) => fail(error.message));
  notice.once('close', (status) => {
    if (status !== 0 && status !== null && status > 0) fail(said.trim() || `status ${status}`);
  });
}
