import {
  nobodyNotified,
  type NotifySettings,
  notifySettingsSchema,
} from '../../../src-shared/model/notify.ts';
import { writeWholeFile } from '../../files/whole-file.ts';
import { readKept } from '../base/kept-file.ts';
import { NodeStartFailure } from '../base/start-failure.ts';

/**
 * Who is told what, with passwords and tokens: for the account of the server alone, and in no other file,
 * backup or answer.
 *
 * @throws {NodeStartFailure} SETTINGS_DAMAGED, DATA_DIRECTORY_UNUSABLE
 */
export async function loadNotifySettings(file: string): Promise<NotifySettings> {
  const kept = await readKept(notifySettingsSchema, file, {
    what: 'The file',
    damaged: (cause) =>
      new NodeStartFailure(
        'SETTINGS_DAMAGED',
        `${file}, which says who is told what by e-mail, webhook or program, is damaged (${cause}). Correct ` +
          'it, or move it away and set the notifications up again. Nothing was changed.',
      ),
  });
  return kept ?? nobodyNotified;
}

export async function saveNotifySettings(file: string, settings: NotifySettings): Promise<void> {
  await writeWholeFile(file, `${JSON.stringify(settings, null, 2)}\n`);
}
