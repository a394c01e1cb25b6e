import { defineConfig } from 'vite';

// A sandboxed preload can only be CommonJS, and in one file.
export default defineConfig({
  publicDir: false,
  ssr: { noExternal: true, target: 'node' },
  build: {
    ssr: 'src-main/desktop/window/preload.ts',
    target: 'node24',
    outDir: 'dist/preload',
    emptyOutDir: false,
    sourcemap: true,
    minify: false,
    reportCompressedSize: false,
    rolldownOptions: {
      external: ['electron'],
      output: { format: 'cjs', entryFileNames: 'preload.cjs', codeSplitting: false },
    },
  },
});
