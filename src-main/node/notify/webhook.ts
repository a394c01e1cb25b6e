import type { Notice, NotifySettings } from '../../../src-shared/model/notify.ts';

/** Longest time for one request, in milliseconds. */
const answerMsMax = 10_000;

/**
 * Tells a webhook: `POST` with the notice as JSON.
 *
 * @throws {Error} why it was not taken, as the end of a sentence, without the address
 */
export async function postWebhook(
  { url, authorization }: NonNullable<NotifySettings['webhook']>,
  notice: Notice,
  signal: AbortSignal,
): Promise<void> {
  const { host } = new URL(url);
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(authorization === '' ? {} : { authorization }),
    },
    body: JSON.stringify(notice),
    // An answer that leads elsewhere would take what is secret there.
    redirect: 'manual',
    signal: AbortSignal.any([signal, AbortSignal.timeout(answerMsMax)]),
  }).catch((error: unknown) => {
    throw new Error(`${host} cannot be reached: ${describeCause(error)}`);
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`${host} answered with status ${response.status}`);
}

function describeCause(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${answerMsMax / 1_000} s`;
  return error.cause instanceof Error ? error.cause.message : error.message;
}
