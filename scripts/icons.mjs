// Draws assets/*.png and *.ico from the SVG beside them. Run it with Electron after a change:
// xvfb-run -a <electron> --no-sandbox --disable-gpu scripts/icons.mjs
import { readFileSync, writeFileSync } from 'node:fs';
import { app, BrowserWindow } from 'electron';
import { inRoot } from './paths.mjs';

const trayStates = ['serving', 'standby', 'failover', 'stopped'];
const trayColours = {
  light: { serving: '#0b6a0b', standby: '#0f5ea8', failover: '#b34700', stopped: '#a4262c' },
  dark: { serving: '#6ccb5f', standby: '#6cb8f6', failover: '#ffb13b', stopped: '#ff8a80' },
};
const traySizes = [16, 20, 24, 32, 40, 48, 64];
const appSizes = [16, 20, 24, 32, 40, 48, 64, 128, 256];

void app.whenReady().then(async () => {
  const page = new BrowserWindow({ show: false });
  await page.loadURL('about:blank');
  const draw = (svg, size) => page.webContents.executeJavaScript(drawing(svg, size));

  const icon = readFileSync(inRoot('assets/icon.svg'), 'utf8');
  writeFileSync(inRoot('assets/icon.png'), (await draw(icon, 512)).png, 'base64');
  writeFileSync(inRoot('assets/icon.ico'), await drawIco(draw, icon, appSizes));
  for (const [theme, colours] of Object.entries(trayColours)) {
    for (const state of trayStates) {
      const source = readFileSync(inRoot(`assets/tray/${state}.svg`), 'utf8');
      const svg = source.replaceAll('currentColor', colours[state]);
      const file = inRoot(`assets/tray/${state}-${theme}`);
      writeFileSync(`${file}.png`, (await draw(svg, 32)).png, 'base64');
      writeFileSync(`${file}@2x.png`, (await draw(svg, 64)).png, 'base64');
      writeFileSync(`${file}.ico`, await drawIco(draw, svg, traySizes));
    }
  }
  app.exit();
});

function drawing(svg, size) {
  const sized = svg.replace('<svg ', `<svg width="${size}" height="${size}" `);
  return `(async () => {
    const image = new Image();
    image.src = 'data:image/svg+xml,' + encodeURIComponent(${JSON.stringify(sized)});
    await image.decode();
    const canvas = Object.assign(document.createElement('canvas'), { width: ${size}, height: ${size} });
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0, ${size}, ${size});
    const pixels = Array.from(context.getImageData(0, 0, ${size}, ${size}).data);
    return { png: canvas.toDataURL('image/png').split(',')[1], pixels };
  })()`;
}

async function drawIco(draw, svg, sizes) {
  const images = [];
  for (const size of sizes) {
    const { png, pixels } = await draw(svg, size);
    images.push(size < 256 ? bitmap(size, pixels) : Buffer.from(png, 'base64'));
  }
  const header = Buffer.alloc(6 + 16 * sizes.length);
  header.writeUInt16LE(1, 2);
  header.writeUInt16LE(sizes.length, 4);
  let offset = header.length;
  for (const [index, image] of images.entries()) {
    const at = 6 + 16 * index;
    header.writeUInt8(sizes[index] % 256, at);
    header.writeUInt8(sizes[index] % 256, at + 1);
    header.writeUInt16LE(1, at + 4);
    header.writeUInt16LE(32, at + 6);
    header.writeUInt32LE(image.length, at + 8);
    header.writeUInt32LE(offset, at + 12);
    offset += image.length;
  }
  return Buffer.concat([header, ...images]);
}

// A Windows bitmap as an .ico has it: double height for the mask, rows bottom up, blue first.
function bitmap(size, pixels) {
  const maskRowBytes = Math.ceil(size / 32) * 4;
  const image = Buffer.alloc(40 + size * size * 4 + size * maskRowBytes);
  image.writeUInt32LE(40, 0);
  image.writeInt32LE(size, 4);
  image.writeInt32LE(size * 2, 8);
  image.writeUInt16LE(1, 12);
  image.writeUInt16LE(32, 14);
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      const from = (y * size + x) * 4;
      const [red, green, blue, alpha] = pixels.slice(from, from + 4);
      image.set([blue, green, red, alpha], 40 + ((size - 1 - y) * size + x) * 4);
      const mask = 40 + size * size * 4 + (size - 1 - y) * maskRowBytes + (x >> 3);
      if (alpha === 0) image[mask] |= 0x80 >> (x & 7);
    }
  }
  return image;
}
