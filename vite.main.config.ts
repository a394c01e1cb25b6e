import { readFileSync } from 'node:fs';
import { defineConfig } from 'vite';

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

// Everything for Electron's main process and for its Node: one flat folder of ES modules, so that code
// finds its siblings by `new URL('./store-worker.js', import.meta.url)` from whichever chunk it is in.
export default defineConfig({
  publicDir: false,
  define: { __APP_VERSION__: JSON.stringify(version) },
  ssr: { noExternal: true, target: 'node' },
  build: {
    ssr: true,
    target: 'node24',
    outDir: 'dist/main',
    emptyOutDir: false,
    sourcemap: true,
    minify: false,
    reportCompressedSize: false,
    rolldownOptions: {
      external: ['electron'],
      input: {
        main: 'src-main/main.ts',
        cli: 'src-main/cli.ts',
        serve: 'src-main/serve.ts',
        'node-process': 'src-main/node-process.ts',
        'store-worker': 'src-main/node/store/store-worker.ts',
        'backup-worker': 'src-main/node/backup/backup-worker.ts',
      },
      output: {
        format: 'es',
        entryFileNames: '[name].js',
        chunkFileNames: 'chunk-[name].js',
      },
    },
  },
});
