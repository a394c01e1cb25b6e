import { readFileSync } from 'node:fs';
import { defineConfig } from 'vite';

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

// The package of the licence client: one ES module for Node 20 and later, and for Electron's main process.
export default defineConfig({
  publicDir: false,
  define: { __APP_VERSION__: JSON.stringify(version) },
  ssr: { target: 'node' },
  build: {
    ssr: true,
    target: 'node20',
    outDir: 'release/client',
    emptyOutDir: true,
    minify: false,
    reportCompressedSize: false,
    rolldownOptions: {
      external: ['zod', 'bonjour-service'],
      input: { index: 'src-main/client-transport/index.ts' },
      output: { format: 'es', entryFileNames: '[name].js' },
    },
  },
});
