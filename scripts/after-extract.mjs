import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

/**
 * What a window without hardware acceleration has no use for, 34 MB of it: the shader compilers of WebGPU,
 * and Vulkan in software.
 */
const unused = [
  'dxcompiler.dll',
  'dxil.dll',
  'vk_swiftshader.dll',
  'vk_swiftshader_icd.json',
  'vulkan-1.dll',
];

/**
 * electron-builder's hook: takes out of an unpacked Electron what a product has not, its own start page and
 * libraries that nothing here uses, and packs the licences of Chromium's parts: 20 MB of text are 2.
 */
export default async function afterExtract({ appOutDir }) {
  const inProgram = (...path) => join(appOutDir, ...path);
  await rm(inProgram('resources', 'default_app.asar'), { force: true });
  for (const name of unused) await rm(inProgram(name), { force: true });
  const licences = inProgram('LICENSES.chromium.html');
  if (!existsSync(licences)) return;
  const packed = createWriteStream(`${licences}.gz`);
  await pipeline(createReadStream(licences), createGzip({ level: 9 }), packed);
  await rm(licences);
}
