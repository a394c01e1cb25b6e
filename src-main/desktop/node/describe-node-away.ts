import type { NodeConnection } from '../../../src-shared/model/ui-snapshot.ts';
import { describeSpan } from '../../../src-shared/view/describe-span.ts';
import type { StartFailure } from './embedded-node.ts';

/** An embedded node that says nothing for so long is ended and started again. */
export const hangEndedAfterSeconds = 60;

export interface EmbeddedEnd {
  failure: StartFailure | null;
  /** Exit status of the node's process. */
  status: number;
  /** Null: the node is not started again by itself. */
  retryInMs: number | null;
}

/** Why the embedded node ended and what happens next, or what the admin can do. */
export function describeEnd({ failure, status, retryInMs }: EmbeddedEnd): string {
  const why = failure
    ? endSentence(failure.message)
    : `The licence server stopped unexpectedly (status ${status}).`;
  return `${why} ${describeNext(retryInMs)}`;
}

function describeNext(retryInMs: number | null): string {
  if (retryInMs === null) {
    return 'Choose “What can be done …” in the menu of the tray icon when you are ready.';
  }
  return retryInMs < 1_000 ? 'It is being started again.' : 'It is started again automatically.';
}

export function describeSilence(mode: NodeConnection['mode']): string {
  return mode === 'attached'
    ? 'This window follows as soon as it answers again.'
    : `It is started again if it says nothing for ${describeSpan(hangEndedAfterSeconds * 1_000)}.`;
}

export function describeAttachedAway(): string {
  return (
    'The licence server that was started with this computer has stopped. When the system starts it ' +
    'again, this window follows automatically. Until then it can be started in this program.'
  );
}

/** The server has a service of its own: this program does not start it. */
export function describeInstalledAway(platform: NodeJS.Platform): string {
  const [start, group] =
    platform === 'win32'
      ? ['Start “Understudy licence server” in Services', '“Understudy Admins”']
      : ['Start it with “systemctl start understudy”', '“understudy”'];
  return (
    'The licence server that is installed on this computer does not answer: its service is not ' +
    `running, or this account may not administer it. ${start}, or have this account put into the ` +
    `group ${group} and log on again. The Settings tab can have a server in this program instead.`
  );
}

function endSentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
