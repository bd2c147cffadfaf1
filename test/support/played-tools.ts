import { buildArguments, otherArchitecture, ownArchitecture, storageArguments } from '../image/build.ts';
import { root } from './installation.ts';

/** `npm ci` does nothing, because everything is installed; the rest speaks of this repository, wherever it is called. */
export const npmScript = `case $1 in
  ci) exit 0 ;;
  *) PATH=\${PATH#*:} exec npm --prefix '${root}' "$@" ;;
esac`;

/** The Helm at a path; the registry of the test cluster is spoken to over plain HTTP. */
export function helmScript(helm: string): string {
  return `case $1 in
  push | pull) set -- "$@" --plain-http ;;
esac
exec '${helm}' "$@"`;
}

/**
 * What the documentation and the steps of a release ask of docker, done by buildah on an image that the runner has built:
 * `docker build --tag NAME .`, `docker push NAME`, and `docker buildx build --tag NAME --metadata-file FILE … --push .`
 * for both architectures. The context is this repository, from wherever it is called.
 */
export function dockerScript(image: string): string {
  const storage = quoted(storageArguments(image));
  const [own, other] = [ownArchitecture, otherArchitecture].map((each) =>
    quoted(buildArguments(image, each)),
  );
  return `command=$1; shift
case $command in
  build) exec buildah ${own} "$1" "$2" '${root}' ;;
  push) exec buildah ${storage} push --quiet --tls-verify=false "$1" "docker://$1" ;;
  buildx) ;;
  *) exit 2 ;;
esac
test "$1" = build; shift
tag= metadata= kept=
while [ $# -gt 0 ]; do
  case $1 in
    --tag) tag=$2; shift ;;
    --metadata-file) metadata=$2; shift ;;
    --build-arg | --label) kept="$kept $1=$2"; shift ;;
  esac
  shift
done
buildah ${storage} manifest rm "$tag" >/dev/null 2>&1 || true
buildah ${own} $kept --manifest "$tag" '${root}'
buildah ${other} $kept --manifest "$tag" '${root}'
buildah ${storage} manifest push --all --tls-verify=false --digestfile "$metadata.digest" "$tag" "docker://$tag"
printf '{"containerimage.digest": "%s"}' "$(cat "$metadata.digest")" >"$metadata"
rm "$metadata.digest"`;
}

function quoted(words: readonly string[]): string {
  return words.map((word) => `'${word}'`).join(' ');
}
