/**
 * Builds `dist/plimsoll.js`: the whole program in one executable file, whose first line carries the Node flags it is
 * meant to run with (it stands in `src/main.ts`). Only white space is squeezed, so that stack traces stay readable.
 */
import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';

const root = join(import.meta.dirname, '..');
const outfile = join(root, 'dist', 'plimsoll.js');

/**
 * Leaves out the generated half of client-node. We use its `KubeConfig` alone, but importing that drags in one class
 * for each type of the Kubernetes API. Commands are loaded when they are asked for, and what is loaded so is kept whole
 * by esbuild; the re-export of those classes is therefore replaced by nothing. Saves 14 MB of memory.
 */
const withoutGeneratedModels: Plugin = {
  name: 'without-generated-models',
  setup(bundle) {
    bundle.onResolve({ filter: /^\.\/models\/all\.js$/ }, () => ({ path: 'models', namespace: 'nothing' }));
    bundle.onLoad({ filter: /^/, namespace: 'nothing' }, () => ({ contents: 'export {};' }));
    bundle.onResolve({ filter: /^\.\/types\/ObjectParamAPI\.js$/ }, ({ path, resolveDir }) => ({
      path: join(resolveDir, path),
      sideEffects: false,
    }));
  },
};

const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: ['src/main.ts'],
  outfile,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  // Dependencies in CommonJS call `require`, which a module does not have.
  banner: {
    js: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`,
  },
  minifyWhitespace: true,
  legalComments: 'linked',
  plugins: [withoutGeneratedModels],
  metafile: true,
});

const code = readFileSync(outfile, 'utf8');
// One character beyond ASCII would make V8 keep the whole file with two bytes a character. Saves 4 MB of memory.
if (/[^\p{ASCII}]/u.test(code)) throw new Error(`${outfile} holds characters beyond ASCII`);
chmodSync(outfile, 0o755);
const modules = Object.keys(metafile.inputs).length;
console.log(`dist/plimsoll.js: ${(code.length / 1e6).toFixed(1)} MB of ${modules} modules`);
