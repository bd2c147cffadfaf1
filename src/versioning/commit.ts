const signatureOf = /^sha256-[0-9a-f]{64}(?:\.|$)/;
const artefactEnding = /\.(?:sig|att|sbom)$/;
/** How many digits an abbreviated commit id has at least, as git writes one. */
export const shortestId = 7;
const commitId = /^[0-9a-f]{7,64}$/;
const revisionPrefix = /^(?:sha|git|commit|rev|pr|mr|branch)[-_.]/i;
const gitDescribe = /(?:-\d+-|\.\d+\.)g[0-9a-f]{7}/;

/**
 * Whether a tag names something stored beside an image, not an image: cosign's and the OCI 1.1 fallback schema
 * `sha256-<hex>`, and `.sig`, `.att`, `.sbom`. (The sha512 form has 135 characters, so it is no legal tag.)
 */
export function isArtefact(tag: string): boolean {
  return signatureOf.test(tag) || artefactEnding.test(tag);
}

/** Whether a tag is a revision: a commit id, a revision word and its name (`pr-7`), or `git describe` output. */
export function isCommit(tag: string): boolean {
  return (commitId.test(tag) && hasLetter(tag)) || revisionPrefix.test(tag) || gitDescribe.test(tag);
}

/** Whether a part of a tag between delimiters looks like an abbreviated commit id: `a1b2c3d`, `ga1b2c3d`. */
export function looksLikeHash(part: string): boolean {
  const id = part.startsWith('g') ? part.slice(1) : part;
  return commitId.test(id) && hasLetter(id) && /\d/.test(id);
}

/** Whether a part of a variant looks like an abbreviated commit id. */
export function holdsHash(variant: string): boolean {
  return variant.length >= shortestId && variant.split(/[-_.]/).some(looksLikeHash);
}

function hasLetter(id: string): boolean {
  return /[a-f]/.test(id);
}
