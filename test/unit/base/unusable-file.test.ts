import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { readKept } from '../../../src-main/node/base/kept-file.ts';
import { NodeStartFailure } from '../../../src-main/node/base/start-failure.ts';
import { unusableFile } from '../../../src-main/node/base/unusable-file.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';

const damaged = () => new NodeStartFailure('PAIRING_DAMAGED', 'damaged');

it('says of a directory where a file was that it has to be moved away', async () => {
  const file = join(makeTemporaryDirectory(), 'paired-servers.json');
  mkdirSync(file);
  const failure = readKept(z.object({}), file, { what: 'The list of paired servers', damaged });
  await expect(failure).rejects.toMatchObject({
    code: 'DATA_DIRECTORY_UNUSABLE',
    message:
      `The list of paired servers ${file} cannot be read or written: it is a directory. A file and a ` +
      'directory were exchanged there: move away what is not as it was.',
  });
});

it.each([
  ['EACCES', 'access is denied (/data/key.pem). Give the account that runs Understudy the right'],
  ['ENOSPC', 'the disk is full (/data/key.pem). Make room on it.'],
])('says what to do about %s, and of which file it is', (code, told) => {
  const error = Object.assign(new Error('open failed'), { code, path: '/data/key.pem' });
  expect(unusableFile('The key', error).message).toContain(
    `The key cannot be read or written: ${told}`,
  );
});
