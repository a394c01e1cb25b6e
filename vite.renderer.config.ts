import { readFileSync } from 'node:fs';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

export default defineConfig({
  root: 'src-renderer',
  base: './',
  publicDir: false,
  define: { __APP_VERSION__: JSON.stringify(version) },
  plugins: [react()],
  build: {
    target: 'chrome148',
    outDir: '../dist/renderer',
    emptyOutDir: false,
    sourcemap: true,
    reportCompressedSize: false,
    // The content security policy allows no `data:` fonts or scripts.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 4096,
  },
});
