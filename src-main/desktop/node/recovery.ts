import type { MessageBoxOptions } from 'electron';
import type { StartFailure } from './embedded-node.ts';

export type RecoveryChoice = 'tryAgain' | 'startAnew' | 'openFolder' | 'later';

/** What the admin can choose after the embedded node could not start; in the order of `buttons`. */
export function deriveRecovery(failure: StartFailure): {
  choices: RecoveryChoice[];
  question: MessageBoxOptions;
} {
  const options: [RecoveryChoice, string][] = [['tryAgain', 'Try again']];
  if (failure.code === 'STORE_DAMAGED') {
    options.push(['startAnew', 'Put the ledger aside and begin an empty one']);
  }
  options.push(['openFolder', 'Open the data folder'], ['later', 'Later']);
  const choices = options.map(([choice]) => choice);
  return {
    choices,
    question: {
      type: 'error',
      title: 'Understudy',
      message: 'The licence server could not start.',
      detail: deriveDetail(failure),
      buttons: options.map(([, label]) => label),
      defaultId: 0,
      cancelId: choices.indexOf('later'),
      noLink: true,
    },
  };
}

function deriveDetail({ code, message }: StartFailure): string {
  if (code !== 'STORE_DAMAGED') return message;
  return (
    `${message}\n\nPutting the ledger aside keeps the damaged file beside the new one and deletes nothing. ` +
    'Licence files have to be imported again, and it is no longer known who holds a seat.'
  );
}
