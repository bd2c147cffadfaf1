import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Document, parseAllDocuments } from 'yaml';
import { at, isJsonObject, type JsonObject, listAt, textAt } from '../../model/json.ts';
import { ok, problem, type Result } from '../../model/result.ts';

/** The most bytes of one file, and the most files of one folder. */
const largestFile = 32 * 1024 * 1024;
const mostFiles = 2_000;
const extensions = /\.(?:ya?ml|json)$/i;

/** What is read from. */
export interface ManifestSource {
  /** Files and folders; `-` is standard input. */
  readonly paths: readonly string[];
  /** Also folders within folders. */
  readonly recursive: boolean;
  readonly input: () => AsyncIterable<Uint8Array>;
}

/**
 * Reads every Kubernetes object of files and folders: YAML of several documents, JSON, and lists, as `kubectl get -o yaml`
 * and `kustomize build` print them. What is no Kubernetes object (values, patches without a kind) is passed over.
 */
export async function readManifests(source: ManifestSource): Promise<Result<readonly JsonObject[]>> {
  const objects: JsonObject[] = [];
  for (const path of source.paths) {
    const texts = await readTexts(path, source);
    if (!texts.ok) return texts;
    for (const { name, text } of texts.value) {
      const parsed = parseManifests(name, text);
      if (!parsed.ok) return parsed;
      objects.push(...parsed.value);
    }
  }
  return ok(objects);
}

/** Reads the objects of one text; the problem names the file and the line. */
function parseManifests(name: string, text: string): Result<readonly JsonObject[]> {
  const objects: JsonObject[] = [];
  // As kubectl reads them, `<<` takes over what another map holds.
  for (const document of parseAllDocuments(text, { logLevel: 'silent', merge: true })) {
    if (!('errors' in document)) continue;
    const [fault] = document.errors;
    if (fault) {
      const line = fault.linePos?.[0].line ?? 1;
      return problem('InvalidPolicy', `${name}:${line}: ${firstLine(fault)}`);
    }
    const value = valueOf(document);
    if (!value.ok) return problem('InvalidPolicy', `${name}: ${value.problem.message}`);
    const found = objectsIn(value.value);
    const odd = found.map(oddAnnotation).find((words) => words !== undefined);
    if (odd !== undefined) return problem('InvalidPolicy', `${name}: ${odd}`);
    objects.push(...found);
  }
  return ok(objects);
}

/** What a document says, where JSON can say it too: kubectl sends nothing else, and what holds itself has no end. */
function valueOf(document: Document.Parsed): Result<unknown> {
  try {
    const value: unknown = document.toJS({ maxAliasCount: 1_000 });
    JSON.stringify(value);
    return ok(value);
  } catch (error) {
    return problem('InvalidPolicy', firstLine(error));
  }
}

/** The API refuses annotations that are no texts; passed over, `suspend: true` without quotes would be one that is missing. */
function oddAnnotation(object: JsonObject): string | undefined {
  const annotations = at(object, 'metadata', 'annotations');
  const odd = Object.entries(isJsonObject(annotations) ? annotations : {}).find(
    ([, value]) => typeof value !== 'string' && value !== null,
  );
  if (odd === undefined) return undefined;
  const whose = `${textAt(object, 'kind') ?? 'object'} ${textAt(object, 'metadata', 'name') ?? ''}`;
  return `the annotation ${odd[0]} of ${whose} is no text; put its value in quotes`;
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';
}

function objectsIn(value: unknown): readonly JsonObject[] {
  if (!isJsonObject(value)) return [];
  const kind = textAt(value, 'kind');
  if (kind === undefined || textAt(value, 'apiVersion') === undefined) return [];
  return kind.endsWith('List') ? listAt(value, 'items').flatMap(objectsIn) : [value];
}

interface NamedText {
  readonly name: string;
  readonly text: string;
}

async function readTexts(path: string, source: ManifestSource): Promise<Result<readonly NamedText[]>> {
  if (path === '-') return readInput(source.input());
  try {
    const info = await stat(path);
    const files = info.isDirectory() ? await filesIn(path, source.recursive) : [path];
    if (files.length > mostFiles) return refuse(path, `it has more than ${mostFiles} manifests`);
    const texts: NamedText[] = [];
    for (const name of files) {
      const { size } = await stat(name);
      if (size > largestFile) return refuse(name, `it is larger than ${largestFile} bytes`);
      texts.push({ name, text: await readFile(name, 'utf8') });
    }
    return ok(texts);
  } catch (error) {
    return refuse(path, firstLine(error));
  }
}

async function filesIn(folder: string, recursive: boolean): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive });
  return entries
    .filter((entry) => entry.isFile() && extensions.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

async function readInput(chunks: AsyncIterable<Uint8Array>): Promise<Result<readonly NamedText[]>> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > largestFile) return refuse('standard input', `it is larger than ${largestFile} bytes`);
    pieces.push(chunk);
  }
  return ok([{ name: 'standard input', text: Buffer.concat(pieces).toString('utf8') }]);
}

function refuse(path: string, why: string): Result<never> {
  return problem('InvalidPolicy', `${path} cannot be read: ${why}`);
}
