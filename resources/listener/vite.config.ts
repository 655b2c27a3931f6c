import { defineConfig } from "vitest/config";

// Fixed file names and no source maps: the built files are committed, and `make check` compares them.
export default defineConfig({
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "es2021",
    outDir: "dist",
    assetsInlineLimit: 0,
    modulePreload: false,
    cssCodeSplit: false,
    reportCompressedSize: false,
    rollupOptions: {
      // Of sendspin-js only the time filter is used; its player and decoders have no effect when loaded.
      treeshake: { moduleSideEffects: (id) => !id.includes("@sendspin") },
      output: {
        entryFileNames: "page.js",
        chunkFileNames: "[name].js",
        assetFileNames: "[name][extname]",
      },
    },
  },
  test: {
    include: ["tests/**/*.test.ts"],
    server: { deps: { inline: ["@sendspin/sendspin-js"] } },
  },
});
