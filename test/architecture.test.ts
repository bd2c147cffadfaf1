import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { suite, test } from 'node:test';
import { transformSync } from 'esbuild';

/** What each room of `src` may import: whatever lies on a lower floor. */
const floors: readonly (readonly string[])[] = [
  ['model'],
  ['runtime'],
  ['versioning', 'policy', 'registry', 'kube'],
  ['decide'],
  ['rollout'],
  ['controllers/memory', 'controllers/pods', 'controllers/repositories', 'observe'],
  ['controllers/policies', 'controllers/rollouts'],
  ['controllers/workloads'],
  ['sandbox'],
  ['commands', 'app.ts', 'config.ts', 'main.ts', 'version.ts'],
];
const topFloor = floors.length - 1;

/** Folders that are divided into rooms; every other folder is one. */
const divided = ['controllers'];

/** Folders of pure functions: they import nothing that reads or writes anything. */
const pureRooms = ['model', 'versioning', 'policy', 'decide', 'rollout'];

/** Modules that touch the outside world. Only who composes makes use of them; everybody else is handed what they build. */
const edges = [
  'runtime/clock.ts',
  'registry/client.ts',
  'kube/client.ts',
  'kube/connection.ts',
  'kube/events.ts',
  'kube/lease.ts',
  'kube/reflector.ts',
  'kube/reflectors.ts',
  'observe/metrics.ts',
  'observe/probes.ts',
  'app.ts',
];

/** Globals that would make a result depend on something that is no argument, and who may read them all the same. */
const globals: Readonly<Record<string, readonly string[]>> = {
  process: ['main.ts'],
  console: [],
  globalThis: [],
  fetch: [],
  performance: ['runtime/clock.ts'],
  'Date.now': ['runtime/clock.ts'],
  setTimeout: ['runtime/clock.ts'],
  setInterval: [],
  setImmediate: [],
};

const src = join(import.meta.dirname, '..', 'src');

interface Import {
  /** A path below `src`, or the name of a package. */
  readonly target: string;
  readonly own: boolean;
  readonly typeOnly: boolean;
}

interface Source {
  /** Path below `src`: `kube/client.ts`. */
  readonly path: string;
  /** Its folder below `src`, a folder of a divided one, or the file itself where it lies directly in `src`. */
  readonly room: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

const sources: readonly Source[] = globSync('**/*.ts', { cwd: src })
  .toSorted()
  .map((path) => {
    const text = readFileSync(join(src, path), 'utf8');
    return { path, room: roomOf(path), text, imports: importsOf(path, text) };
  });

suite('the shape of the code', () => {
  test('every folder has a floor, and no floor is empty', () => {
    const rooms = new Set(sources.map(({ room }) => room));
    assert.deepEqual([...rooms].toSorted(), floors.flat().toSorted());
  });

  test('a folder imports only from lower floors, never from a neighbour', () => {
    const wrong = everyImport(({ room, path }, { own, target }) => {
      if (!own || room === roomOf(target)) return undefined;
      const onTop = floorOf(room) === topFloor && floorOf(roomOf(target)) === topFloor;
      return onTop || floorOf(roomOf(target)) < floorOf(room) ? undefined : `${path} imports ${target}`;
    });
    assert.deepEqual(wrong, []);
  });

  test('only the composition uses what touches the outside world; others know its types', () => {
    const wrong = everyImport(({ room, path }, { own, target, typeOnly }) => {
      const composes = floorOf(room) === topFloor || room === 'sandbox' || room === roomOf(target);
      return own && !typeOnly && !composes && edges.includes(target)
        ? `${path} imports ${target}`
        : undefined;
    });
    assert.deepEqual(wrong, []);
  });

  test('the pure folders import nothing of Node', () => {
    const wrong = everyImport(({ room, path }, { target }) =>
      pureRooms.includes(room) && target.startsWith('node:') ? `${path} imports ${target}` : undefined,
    );
    assert.deepEqual(wrong, []);
  });

  test('the clock, the process and other globals are read only where the table says so', () => {
    const marks = Object.keys(globals).map((name) => [name, `mark_${name.replace('.', '_')}`] as const);
    const wrong = sources.flatMap(({ path, text }) => {
      // esbuild replaces only names that nothing in the file declares, so a parameter called `process` is not meant.
      const { code } = transformSync(text, { loader: 'ts', define: Object.fromEntries(marks) });
      const now =
        code.includes('new Date()') && path !== 'runtime/clock.ts' ? [`${path} reads new Date()`] : [];
      const read = marks.filter(([name, mark]) => code.includes(mark) && !globals[name]?.includes(path));
      return [...now, ...read.map(([name]) => `${path} reads ${name}`)];
    });
    assert.deepEqual(wrong, []);
  });

  test('randomness is an argument, of which Math.random is at most the default', () => {
    assert.deepEqual(matching(/\bMath\.random\(/), []);
  });

  test('there are no default exports and no barrel files', () => {
    assert.deepEqual(matching(/^export default\b/m), []);
    assert.deepEqual(matching(/^export \*/m), []);
    const declaration = /^(?:export )?(?:async )?(?:const|function|class|interface|type) \w/m;
    const empty = sources.filter(({ path, text }) => path !== 'main.ts' && !declaration.test(text));
    assert.deepEqual(pathsOf(empty), []);
  });

  test('no file is longer than 350 lines', () => {
    const long = sources.filter(({ text }) => text.split('\n').length - 1 > 350);
    assert.deepEqual(pathsOf(long), []);
  });
});

/** Says what is wrong with each import, where something is. */
function everyImport(judge: (source: Source, imported: Import) => string | undefined): readonly string[] {
  return sources.flatMap((source) => source.imports.flatMap((imported) => judge(source, imported) ?? []));
}

function matching(pattern: RegExp): readonly string[] {
  return pathsOf(sources.filter(({ text }) => pattern.test(text)));
}

function pathsOf(found: readonly Source[]): readonly string[] {
  return found.map(({ path }) => path);
}

function importsOf(path: string, text: string): readonly Import[] {
  const statements = text.matchAll(/^(?:im|ex)port\s(?:([^'";]*?)\sfrom\s)?'([^']+)';/gm);
  const dynamic = text.matchAll(/\bimport\(\s*()'([^']+)'/g);
  return [...statements, ...dynamic].map(([, clause = '', specifier = '']) => {
    const own = specifier.startsWith('.');
    const target = own ? relative(src, join(src, dirname(path), specifier)) : specifier;
    return { target, own, typeOnly: isTypeOnly(clause) };
  });
}

/** `type { A }`, and `{ type A, type B }`. */
function isTypeOnly(clause: string): boolean {
  if (clause.startsWith('type ')) return true;
  const names = /^\{(.*)\}$/s.exec(clause.trim())?.[1]?.split(',') ?? [];
  const written = names.map((name) => name.trim()).filter((name) => name !== '');
  return written.length > 0 && written.every((name) => name.startsWith('type '));
}

function roomOf(path: string): string {
  const [folder = path, inner = ''] = path.split('/');
  return divided.includes(folder) ? `${folder}/${inner}` : folder;
}

function floorOf(room: string): number {
  return floors.findIndex((rooms) => rooms.includes(room));
}
