import { readFileSync } from "node:fs";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const BUNDLED = ["preact", "@preact/signals", "@preact/signals-core", "marked", "dompurify", "@sendspin/sendspin-js"];

/** The licences of what is inside page.js, beside it. */
const licences: Plugin = {
  name: "licences",
  generateBundle() {
    const texts = BUNDLED.map((name) => {
      const text = readFileSync(new URL(`node_modules/${name}/LICENSE`, import.meta.url), "utf8");
      return `${name}\n${"=".repeat(name.length)}\n\n${text.trim()}\n`;
    });
    this.emitFile({ type: "asset", fileName: "licences.txt", source: texts.join("\n\n") });
  },
};

// Fixed file names and no source maps: the built files are committed, and `make check` compares them.
export default defineConfig({
  base: "./",
  plugins: [licences],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "es2022", // marked calls what came with it (Safari from 15.4 on); class fields spelled out are longer
    cssTarget: "es2021",
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
    css: true, // a test reads its colours
    server: { deps: { inline: ["@sendspin/sendspin-js"] } },
  },
});
