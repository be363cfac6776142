// Bundles the report's page into bundle/: `npm ci && npm run build`. The digest tells a test what it was made of.
import {createHash} from "node:crypto";
import {readFileSync, readdirSync, writeFileSync} from "node:fs";
import {build} from "esbuild";

const sources = ["build.mjs", "package.json", ...readdirSync("src").sort().map(name => `src/${name}`)];
const digest = createHash("sha256");
for (const name of sources) digest.update(name).update("\0").update(readFileSync(name)).update("\0");
await build({
  entryPoints: {report: "src/main.js"},
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2020",
  charset: "utf8",
  legalComments: "inline",
  outdir: "bundle",
});
writeFileSync("bundle/sources.sha256", digest.digest("hex") + "\n");
