import { before, suite, test } from 'node:test';
import { kinds } from '../../src/kube/kinds.ts';
import { listPath, type Resource, resources } from '../../src/kube/resources.ts';
import { isJsonObject, type JsonObject, textAt } from '../../src/model/json.ts';
import { workloadKinds } from '../../src/model/workload.ts';
import { openShop } from '../behaviour/open-shop.ts';
import type { Shop } from '../behaviour/shop.ts';
import { readMigrations } from '../support/migrations.ts';
import { undoing } from '../support/undoing.ts';

/** A real API server admits, field by field, every manifest that the documentation tells people to write. */
suite('docs/migrate', { timeout: 120_000 }, () => {
  const defer = undoing();
  let shop: Shop;

  before(async () => {
    ({ shop } = await openShop(defer));
  });

  for (const { tool, after: manifests } of readMigrations()) {
    test(`the manifests after ${tool} are admitted`, async () => {
      for (const manifest of manifests) await admit(manifest);
    });
  }

  async function admit(manifest: JsonObject): Promise<void> {
    const metadata = isJsonObject(manifest['metadata']) ? manifest['metadata'] : {};
    await shop.admin.create(
      listPath(resourceOf(manifest), shop.namespace),
      { ...manifest, metadata: { ...metadata, namespace: shop.namespace } },
      { query: { fieldValidation: 'Strict', dryRun: 'All' }, signal: new AbortController().signal },
    );
  }
});

function resourceOf(manifest: JsonObject): Resource {
  const kind = textAt(manifest, 'kind');
  const known = [...workloadKinds.map((each) => kinds[each].resource), resources.imagePolicies];
  const resource = known.find((each) => each.kind === kind);
  if (!resource) throw new Error(`a migration tells people to write a ${kind}, which we do not know`);
  return resource;
}
