import { rm } from 'node:fs/promises';
import { join } from 'node:path';

/** electron-builder's hook: an unpacked Electron brings its own start page, which a product has not. */
export default async function afterExtract({ appOutDir }) {
  await rm(join(appOutDir, 'resources', 'default_app.asar'), { force: true });
}
