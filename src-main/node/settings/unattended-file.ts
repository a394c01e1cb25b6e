import {
  nothingUnattended,
  type Unattended,
  unattendedSchema,
} from '../../../src-shared/model/server-config.ts';
import { writeWholeFile } from '../../files/whole-file.ts';
import { readKept } from '../base/kept-file.ts';
import { NodeStartFailure } from '../base/start-failure.ts';

/**
 * What a configuration file has this server do by itself, as it stands in the data directory. It has
 * codes in it with which a server can pair with this one: for the account of the server alone.
 */
export class UnattendedFile {
  readonly #file: string;
  #state: Unattended;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(file: string, state: Unattended) {
    this.#file = file;
    this.#state = state;
  }

  get state(): Unattended {
    return this.#state;
  }

  /** In force once it is written; rejects, with nothing changed, when it cannot be. */
  change(edit: (state: Unattended) => Unattended): Promise<void> {
    const turn = this.#turn.then(async () => {
      const next = edit(this.#state);
      if (next === this.#state) return;
      await writeWholeFile(this.#file, `${JSON.stringify(next, null, 2)}\n`);
      this.#state = next;
    });
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}

/** @throws {NodeStartFailure} SETTINGS_DAMAGED, DATA_DIRECTORY_UNUSABLE */
export async function loadUnattended(file: string): Promise<UnattendedFile> {
  const kept = await readKept(unattendedSchema, file, {
    what: 'The file',
    damaged: (cause) =>
      new NodeStartFailure(
        'SETTINGS_DAMAGED',
        `${file}, which says what a configuration file has this server do, is damaged (${cause}). Move ` +
          'it away and apply the configuration file again. Nothing was changed.',
      ),
  });
  return new UnattendedFile(file, kept ?? nothingUnattended);
}

/** An invitation has paired this server with another one. */
export function usedBy(state: Unattended, code: string, serverId: string): Unattended {
  const invitations = state.invitations.map((invitation) =>
    invitation.code === code ? { ...invitation, pairedWith: serverId } : invitation,
  );
  return { ...state, invitations };
}
