import { escapeHidden } from '../../../src-shared/model/hidden-characters.ts';
import type { Notice, NotifySettings } from '../../../src-shared/model/notify.ts';

/** Longest wait for each step of the conversation with the mail server, in milliseconds. */
const stepMsMax = 15_000;

const subjectLengthMax = 160;

type Mail = NonNullable<NotifySettings['email']>;

/**
 * Tells people by one e-mail of one entry or several.
 *
 * @throws {Error} why the mail server did not take it, as the end of a sentence
 */
export async function sendMail(
  { host, port, security, user, password, from, to }: Mail,
  notices: readonly Notice[],
): Promise<void> {
  // Most servers send none.
  const { createTransport } = await import('nodemailer');
  const transport = createTransport({
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    ...(user === '' ? {} : { auth: { user, pass: password } }),
    connectionTimeout: stepMsMax,
    greetingTimeout: stepMsMax,
    socketTimeout: stepMsMax,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  try {
    await transport.sendMail({ from, to, subject: subjectOf(notices), text: textOf(notices) });
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    const message = `the mail server ${host}:${port} did not take it: ${cause}`;
    throw new Error(message, { cause: error });
  } finally {
    transport.close();
  }
}

function subjectOf([first, ...more]: readonly Notice[]): string {
  const others = more.length === 0 ? '' : ` (and ${more.length} more)`;
  const text = escapeHidden(first?.text ?? '');
  const room = subjectLengthMax - others.length;
  return `Understudy: ${text.length > room ? `${text.slice(0, room - 1)}…` : text}${others}`;
}

function textOf(notices: readonly Notice[]): string {
  const parts = notices.map(({ at, severity, kind, text }) =>
    [escapeHidden(text), `${at}, ${severity}, ${kind}`].join('\n'),
  );
  return `${parts.join('\n\n')}\n\nThe tab Timeline and "understudy events" have more.\n`;
}
